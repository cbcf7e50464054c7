import { describe } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { testFaults } from './fault-suite.js'

/** Some steps only: copies of the workspace cost more here. `npm run test:faults` tries them all. */
const thoroughness = { crashEvery: 47, errorEvery: 101, goOnEvery: 7 }
const onDisk = fileSystems.filter(([name]) => name !== 'memfs')

describe.each(onDisk)('faults on %s', (_name, open) => {
  testFaults(open, thoroughness, ({ name }) => !['checkpoint', 'restore', 'merge'].includes(name))
})
