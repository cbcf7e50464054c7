import { describe } from 'vitest'
import { bySize } from '../faults/support/size.js'
import { fileSystems } from '../support/file-systems.js'
import { testDoctor } from './doctor-suite.js'

/** Every operation, killed at each of its steps; in CI at some of them, in memory. */
const inMemory = fileSystems.filter(([name]) => name === 'memfs')

describe.each(bySize(inMemory, fileSystems))('the doctor, at every kill, on %s', (_name, open) => {
  testDoctor(open, { tries: bySize(40, Number.POSITIVE_INFINITY) })
})
