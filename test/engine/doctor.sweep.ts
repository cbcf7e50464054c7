import { describe } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { testDoctor } from './doctor-suite.js'

/** Every operation, killed at each of its steps; in CI at some forty of them, in memory. */
const isFull = process.env.COWRITE_SWEEP !== 'ci'
const chosen = fileSystems.filter(([name]) => isFull || name === 'memfs')

describe.each(chosen)('the doctor, at every kill, on %s', (_name, open) => {
  testDoctor(open, { tries: isFull ? Number.POSITIVE_INFINITY : 40 })
})
