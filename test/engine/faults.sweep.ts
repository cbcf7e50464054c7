import { describe } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { testFaults } from './fault-suite.js'

/** A crash before and after every step, and every kind of error at each; `FAULTS_EVERY=n` thins it out. */
const every = Number(process.env.FAULTS_EVERY ?? 1)

describe.each(fileSystems)('all faults on %s', (_name, open) => {
  testFaults(open, { crashEvery: every, errorEvery: every, goOnEvery: 10, all: true })
})
