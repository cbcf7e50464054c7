import { describe } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { testDoctor } from './doctor-suite.js'

/** Some steps of each. `npm run test:faults` has every one, and every operation. */
const tried = [
  'the very first start',
  'first write',
  'retry',
  'commit',
  'cancel',
  'undo',
  'recovery of a commit',
]
const inMemory = fileSystems.filter(([name]) => name === 'memfs')

describe.each(inMemory)('the doctor on %s', (_name, open) => {
  testDoctor(open, { tries: 4, chosen: ({ name }) => tried.includes(name) })
})
