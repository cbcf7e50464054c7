import { describe } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { testFaults } from './fault-suite.js'

/** In memory every step, on the disk some; `npm run test:faults` tries every kind of fault at every step of both. */
describe.each(fileSystems)('faults on %s', (name, open) => {
  testFaults(
    open,
    name === 'memfs'
      ? { crashEvery: 1, errorEvery: 1, goOnEvery: 10 }
      : { crashEvery: 11, errorEvery: 13, goOnEvery: 5 },
  )
})
