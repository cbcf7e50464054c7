import { describe } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { testFaults } from './fault-suite.js'

/** Every thirteenth state that a crash can leave. `npm run test:faults` tries all of them, and every kind of error. */
const thoroughness = { crashEvery: 13, errorEvery: 59, goOnEvery: 29 }
const hasManySteps = (name: string) =>
  name.startsWith('start of a fork') || ['checkpoint', 'restore', 'merge'].includes(name)
const inMemory = fileSystems.filter(([name]) => name === 'memfs')

describe.each(inMemory)('faults on %s', (_name, open) => {
  testFaults(open, thoroughness, ({ name }) => !name.includes('commit') && !hasManySteps(name))
})

describe.each(inMemory)('faults in what has many steps that are alike, on %s', (_name, open) => {
  testFaults(open, { ...thoroughness, crashEvery: 29, errorEvery: 149 }, ({ name }) => hasManySteps(name))
})
