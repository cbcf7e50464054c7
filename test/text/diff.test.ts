import { applyPatch, createTwoFilesPatch, parsePatch } from 'diff'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unifiedDiff } from '../../lib/text/diff.js'

describe('the unified diff', () => {
  it('counts and shows what was added and removed', () => {
    expect(unifiedDiff('acts/ü b.md', 'one\ntwo\n', 'one\n2\nthree')).toEqual({
      patch:
        '--- a/acts/ü b.md\n+++ b/acts/ü b.md\n@@ -1,2 +1,3 @@\n one\n-two\n+2\n+three\n\\ No newline at end of file\n',
      additions: 2,
      deletions: 1,
      unit: 'lines',
    })
  })

  it('a created file comes from /dev/null, a deleted one goes there', () => {
    expect(unifiedDiff('new.md', null, 'x\n').patch).toBe(
      '--- /dev/null\n+++ b/new.md\n@@ -0,0 +1,1 @@\n+x\n',
    )
    expect(unifiedDiff('old.md', 'x\n', null).patch).toBe(
      '--- a/old.md\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n',
    )
    expect(unifiedDiff('empty.md', null, '').patch).toBe('--- /dev/null\n+++ b/empty.md\n')
  })

  it('the same text has no diff', () => {
    expect(unifiedDiff('a.md', 'x', 'x')).toEqual({ patch: '', additions: 0, deletions: 0, unit: 'lines' })
  })

  it('P7: a line break in a name starts no line of the diff', () => {
    expect(unifiedDiff('a\n+b".md', 'x\n', 'y\n').patch.split('\n')[1]).toBe('+++ "b/a\\012+b\\".md"')
  })

  it('patches one side into the other', () => {
    const text = fc.array(fc.constantFrom('a\n', 'b\n', '\n', 'c\r\n')).map((lines) => lines.join(''))
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { patch } = unifiedDiff('x', before, after)
        expect(patch === '' ? before : applyPatch(before, patch)).toBe(after)
      }),
    )
  })

  it('shows three lines around a change, and numbers it in the whole text, however much stays as it is', () => {
    const line = fc.constantFrom('', 'a', 'b', 'a longer line', 'c\r')
    const lines = (maxLength: number) => fc.array(line, { maxLength })
    fc.assert(
      fc.property(
        lines(12),
        lines(4),
        lines(4),
        lines(12),
        fc.boolean(),
        (head, old, young, tail, isEnded) => {
          const end = isEnded ? '\n' : ''
          const [before, after] = [old, young].map(
            (middle) => [...head, ...middle, ...tail].join('\n') + end,
          ) as [string, string]
          const { patch, additions, deletions } = unifiedDiff('a.txt', before, after)
          if (before === after) return
          expect(applyPatch(before, patch)).toBe(after)
          const whole = createTwoFilesPatch('a/a.txt', 'b/a.txt', before, after, undefined, undefined, {
            context: 3,
          })
          const marks = (text: string, mark: string) =>
            text.split('\n').filter((one) => one.startsWith(mark) && !one.startsWith(mark.repeat(3))).length
          expect([additions, deletions]).toEqual([marks(whole, '+'), marks(whole, '-')])
          // applyPatch would find the place of a hunk that is numbered wrongly.
          const olds = before.split('\n')
          for (const { oldStart, oldLines, lines } of parsePatch(patch)[0]?.hunks ?? []) {
            const first = oldLines === 0 ? oldStart : oldStart - 1
            const held = lines.filter((one) => /^[ -]/.test(one)).map((one) => one.slice(1))
            expect(olds.slice(first, first + oldLines)).toEqual(held)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('what is too different is one replacement that says so', () => {
    const lines = (letter: string) => Array.from({ length: 2_000 }, (_, at) => `${letter}${at}\n`).join('')
    expect(unifiedDiff('x', `same\n${lines('a')}`, `same\n${lines('b')}`)).toEqual({
      patch:
        '--- a/x\n+++ b/x\n@@ -2,2000 +2,2000 @@ too much to compare line by line: ' +
        '2000 lines replaced by 2000; the lines are left out\n',
      additions: 2_000,
      deletions: 2_000,
      unit: 'lines',
    })
  })

  it('a long new file is shown whole', () => {
    const { additions, patch } = unifiedDiff('x', null, 'line\n'.repeat(10_000))
    expect(additions).toBe(10_000)
    expect(patch.match(/^\+line$/gm)).toHaveLength(10_000)
  })
})
