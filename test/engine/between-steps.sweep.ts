import { describe } from 'vitest'
import { bySize } from '../faults/support/size.js'
import { quickFileSystems } from '../support/file-systems.js'
import { testEdits } from './edits-suite.js'

/** Every moment that has to do with the edited file; at full size all others, too. */
describe.each(quickFileSystems)('edits by hand, at every moment, on %s', (_name, open) => {
  testEdits(open, { some: bySize(83, 1), step: 1 })
})
