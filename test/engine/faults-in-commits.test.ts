import { describe } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { testFaults } from './fault-suite.js'

/** As for the other operations, in a file of its own so that both run at once. */
const thoroughness = { crashEvery: 8, errorEvery: 47, goOnEvery: 29 }
const inMemory = fileSystems.filter(([name]) => name === 'memfs')

describe.each(inMemory)('faults in commits on %s', (_name, open) => {
  testFaults(open, thoroughness, ({ name }) => name.includes('commit'))
})
