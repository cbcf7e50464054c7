import { describe } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { testFaults } from './fault-suite.js'

/** A crash before and after every step, and every kind of error at each. */

describe.each(fileSystems)('all faults on %s', (_name, open) => {
  testFaults(open, { crashEvery: 1, errorEvery: 1, goOnEvery: 10, all: true })
})
