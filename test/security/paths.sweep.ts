/** Whatever is given as a path is inside of the workspace, or refused: a million of them. */
import { expect, it } from 'vitest'
import { bySize } from '../faults/support/size.js'
import { report } from '../faults/support/summary.js'
import { fuzzPaths } from './support/path-fuzz.js'

it('P1: a path is inside or refused, and read as node:path and the disk read it', {
  timeout: 1_800_000,
}, () => {
  const { cases, inside, refused, onDisk } = fuzzPaths(bySize(100_000, 1_000_000), {
    seed: Date.now() % 2 ** 31,
  })
  report('parsed paths', { paths: cases, inside, refused, 'compared with the disk': onDisk, escapes: 0 })
  expect(inside + refused).toBe(cases)
})
