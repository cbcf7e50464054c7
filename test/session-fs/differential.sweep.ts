/** A session against a plain folder, through more sequences of operations than every run has time for. */
import { tmpdir } from 'node:os'
import { describe, it } from 'vitest'
import { bySize } from '../faults/support/size.js'
import { compareAll, inMemory, onDisk, sequenceWithLayers } from './compare.js'

const count = bySize(500, 10_000)

describe('session.fs answers as node:fs/promises does, and leaves the same files after the commit', () => {
  it('C1, C3, P8: on a disk', () => compareAll(() => onDisk(tmpdir()), count))
  it('C1, C3, P8: through layers', () => compareAll(() => onDisk(tmpdir()), count / 5, sequenceWithLayers))
  it('C1, C3, P8: in memory', () => compareAll(inMemory, count / 5))
})
