import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { callsBetweenMarks } from '../../bench/counts.mjs'
import { rowsOf } from '../../bench/report/judge.mjs'
import { performanceParts } from '../../bench/report/markdown.mjs'
import { median, ratioOf, rotated } from '../../bench/shared/numbers.mjs'

const project = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(project, path), 'utf8')

describe('the benchmarks', () => {
  it('take the middle, and of two in the middle their mean', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 2, 100])).toBe(3)
    expect(() => median([])).toThrow(RangeError)
  })

  it('compare within a round, so that a slow round is slow for both', () => {
    expect(ratioOf([1, 10, 3], [2, 20, 3])).toEqual({ ratio: 0.5, lowest: 0.5, highest: 1 })
    expect(() => ratioOf([1], [1, 2])).toThrow(RangeError)
  })

  it('let each be first in turn', () => {
    expect([0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''))).toEqual([
      'abc',
      'bca',
      'cab',
      'abc',
    ])
  })

  it('say whether a limit is met, and name what could not be measured', () => {
    const line = {
      measures: [
        { says: 'over', of: 'slow', against: 'plain', most: 1.5 },
        { says: 'within', of: 'plain', most: 2, unit: 'ms' },
        { says: 'missing', of: 'slow', against: 'peer', most: 1 },
      ],
      samples: { slow: [4, 4, 5], plain: [2, 2, 2] },
      needs: { peer: 'git' },
    }
    const rows = rowsOf(line, { git: 'there is no git' })
    expect(rows.map(({ value, holds, missing }) => [value, holds, missing])).toEqual([
      [2, false, null],
      [2, true, null],
      [null, null, 'there is no git'],
    ])
  })

  it('count the calls between two marks, and no others', () => {
    const trace = [
      '7 openat(AT_FDCWD, "before") = 3',
      '7 statx(AT_FDCWD, "/cowrite-bench-begin/commit") = -1 ENOENT',
      '7 openat(AT_FDCWD, "file") = 3',
      '8 fsync(3</tmp/file> <unfinished ...>',
      '7 epoll_pwait(5, []) = 0',
      '8 <... fsync resumed>) = 0',
      '7 statx(AT_FDCWD, "/cowrite-bench-end/commit") = -1 ENOENT',
      '7 close(3) = 0',
    ]
    expect(callsBetweenMarks(trace.join('\n'))).toEqual([{ name: 'commit', calls: 2, syncs: 1 }])
  })

  it('are what the page on performance shows', () => {
    const page = read('docs/performance.md')
    const parts = performanceParts(JSON.parse(read('bench/results/latest.json')))
    for (const part of Object.values(parts)) expect(page).toContain(`\n${part}\n`)
  })
})
