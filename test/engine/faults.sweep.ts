import { describe } from 'vitest'
import { bySize } from '../faults/support/size.js'
import { fileSystems } from '../support/file-systems.js'
import { testFaults } from './fault-suite.js'

/** A crash before and after every step, and every kind of error at each; at CI size, more of them than in every run. */
const all = { crashEvery: 1, errorEvery: 1, goOnEvery: 10, all: true }

describe.each(fileSystems)('all faults on %s', (name, open) => {
  const some =
    name === 'memfs'
      ? { crashEvery: 1, errorEvery: 3, goOnEvery: 20 }
      : { crashEvery: 11, errorEvery: 29, goOnEvery: 10 }
  testFaults(open, bySize(some, all))
})
