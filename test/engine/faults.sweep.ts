import { afterAll, describe } from 'vitest'
import { bySize } from '../faults/support/size.js'
import { report } from '../faults/support/summary.js'
import { fileSystems } from '../support/file-systems.js'
import { testFaults } from './fault-suite.js'

/** A crash before and after every step, and every kind of error at each; at CI size, more of them than in every run. */
const all = { crashEvery: 1, errorEvery: 1, goOnEvery: 7, all: true }

describe.each(fileSystems)('all faults on %s', (name, open) => {
  const some =
    name === 'memfs'
      ? { crashEvery: 1, errorEvery: 3, goOnEvery: 20 }
      : { crashEvery: 11, errorEvery: 29, goOnEvery: 10 }
  const tally = testFaults(open, bySize(some, all))
  afterAll(() => report(`faults at the port, ${name}`, { ...tally }))
})
