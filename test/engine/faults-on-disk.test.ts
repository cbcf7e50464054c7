import { describe } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { testFaults } from './fault-suite.js'

/**
 * Some steps of some operations, one for each way in which files are changed: copies of the workspace cost more here.
 * `npm run test:faults` tries all operations, and more steps.
 */
const thoroughness = { crashEvery: 113, errorEvery: 307, goOnEvery: 7 }
const chosen = [
  'the very first start',
  'first write',
  'move of a folder',
  'retry',
  'commit',
  'cancel',
  'undo',
  'start of a fork',
  'recovery of a commit',
]
const onDisk = fileSystems.filter(([name]) => name !== 'memfs')

describe.each(onDisk)('faults on %s', (_name, open) => {
  testFaults(open, thoroughness, ({ name }) => chosen.includes(name))
})
