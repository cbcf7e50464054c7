import { describe } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { testFaults } from './fault-suite.js'

/** A crash at every step. `npm run test:faults` tries every kind of fault, before and after each. */
const thoroughness = { crashEvery: 1, errorEvery: 13, goOnEvery: 29 }
const inMemory = fileSystems.filter(([name]) => name === 'memfs')

describe.each(inMemory)('faults on %s', (_name, open) => {
  testFaults(open, thoroughness, ({ name }) => !name.includes('commit'))
})
