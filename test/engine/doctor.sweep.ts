import { afterAll, describe } from 'vitest'
import { bySize } from '../faults/support/size.js'
import { report } from '../faults/support/summary.js'
import { fileSystems } from '../support/file-systems.js'
import { testDoctor } from './doctor-suite.js'

/** Every operation, in each state that a kill can leave; in CI in some of them, in memory. */
const inMemory = fileSystems.filter(([name]) => name === 'memfs')

describe.each(bySize(inMemory, fileSystems))('the doctor, at every kill, on %s', (name, open) => {
  const tally = testDoctor(open, { tries: bySize(40, Number.POSITIVE_INFINITY) })
  afterAll(() =>
    report(`the doctor after a kill, ${name}`, {
      kills: tally.kills,
      'with findings': tally.found,
    }),
  )
})
