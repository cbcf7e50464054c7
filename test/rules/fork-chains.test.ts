import fc from 'fast-check'
import { describe, it } from 'vitest'
import { chain, tryChain } from './support/fork-chains.js'

describe('a chain of five forks', () => {
  it(
    'S6, C1: reads, lists, tells and commits as a plain folder with the same edits',
    { timeout: 60_000 },
    () => fc.assert(fc.asyncProperty(chain, tryChain), { numRuns: 3, timeout: 20_000 }),
  )
})
