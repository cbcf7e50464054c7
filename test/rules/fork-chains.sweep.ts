/** Many chains of forks; `fork-chains.test.ts` tries a few. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { chain, tryChain } from './support/fork-chains.js'

const numRuns = process.env.COWRITE_SWEEP === 'full' ? 3_000 : 120

describe('chains of five forks', () => {
  it(
    `S6, C1: ${numRuns} of them read, list, tell and commit as a plain folder with the same edits`,
    { timeout: 3_600_000 },
    () => fc.assert(fc.asyncProperty(chain, tryChain), { numRuns, timeout: 60_000 }),
  )
})
