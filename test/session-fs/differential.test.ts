/** A session against a plain folder, some sequences of operations: `differential.sweep.ts` tries five hundred. */
import { tmpdir } from 'node:os'
import { describe, it } from 'vitest'
import { quickFolder } from '../support/file-systems.js'
import { compareAll, inMemory, onDisk, sequenceWithLayers } from './compare.js'

describe('session.fs answers as node:fs/promises does, and leaves the same files after the commit', () => {
  it('C1, C3, P8: of the system', { timeout: 120_000 }, () => compareAll(() => onDisk(quickFolder), 60))
  it('C1, C3, P8: on a disk', { timeout: 60_000 }, () => compareAll(() => onDisk(tmpdir()), 12))
  it('C1, C3, P8: through layers', { timeout: 60_000 }, () =>
    compareAll(() => onDisk(quickFolder), 28, sequenceWithLayers),
  )
  it('C1, C3, P8: in memory', { timeout: 60_000 }, () => compareAll(inMemory, 20))
})
