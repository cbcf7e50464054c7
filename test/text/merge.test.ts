import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitLines } from '../../lib/text/lines.js'
import { mergeTexts, mostMergeEdits } from '../../lib/text/merge.js'

const base = 'one\ntwo\nthree\nfour\nfive\n'
const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', 'd '), { maxLength: 12 })
const texts = fc
  .tuple(lines, fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([all, end, ended]) => all.join(end) + (ended && all.length > 0 ? end : ''))

describe('merging texts', () => {
  it('T3: changes in different places are both in', () => {
    const outcome = mergeTexts(base, base.replace('one', 'ONE'), base.replace('five', 'FIVE'))
    expect(outcome).toEqual({ merged: 'ONE\ntwo\nthree\nfour\nFIVE\n' })
  })

  it('T3: the same change on both sides is no conflict, beside another change', () => {
    const same = base.replace('two', 'TWO')
    expect(mergeTexts(base, same, `${same}six\n`)).toEqual({ merged: `${same}six\n` })
  })

  it('T3: line ends and a missing last one are kept', () => {
    const windows = base.replaceAll('\n', '\r\n').replace(/\r\n$/, '')
    const ours = windows.replace('one', 'ONE')
    expect(mergeTexts(windows, ours, windows.replace('five', 'FIVE'))).toEqual({
      merged: 'ONE\r\ntwo\r\nthree\r\nfour\r\nFIVE',
    })
  })

  it('T3: two changes of one line are a conflict, marked in the style of diff3', () => {
    const outcome = mergeTexts(base, base.replace('two', 'ours'), base.replace('two', 'theirs'))
    if ('merged' in outcome) throw new Error('merged')
    expect(outcome.conflicts).toBe(1)
    expect(outcome.marked()).toBe(
      'one\n<<<<<<< session\nours\n||||||| base\ntwo\n=======\ntheirs\n>>>>>>> global\nthree\nfour\nfive\n',
    )
    expect(outcome.marked({ session: 'draft', global: 'book' })).toContain('<<<<<<< draft\n')
  })

  it('T3: markers end their lines as the file does, after a last line without an end, too', () => {
    const outcome = mergeTexts('a\r\nb', 'a\r\nours', 'a\r\ntheirs')
    if ('merged' in outcome) throw new Error('merged')
    expect(outcome.marked()).toBe(
      'a\r\n<<<<<<< session\r\nours\r\n||||||| base\r\nb\r\n=======\r\ntheirs\r\n>>>>>>> global\r\n',
    )
  })

  it('T3: a line that lost its end is never glued to one that follows', () => {
    const outcome = mergeTexts('a\nb\n', 'a\nb', 'a\nb\nc\n')
    expect(outcome).not.toHaveProperty('merged')
  })

  it('T3: lines that repeat by the thousand cost nothing much', () => {
    const novel = Array.from({ length: 12_000 }, (_, at) => (at % 2 ? '\n' : `line ${at}\n`))
    const [ours, theirs] = [[...novel], [...novel]]
    ours[2] = 'ours\n'
    theirs[11_000] = 'theirs\n'
    const started = performance.now()
    const outcome = mergeTexts(novel.join(''), ours.join(''), theirs.join(''))
    expect('merged' in outcome && outcome.merged.split('\n')).toHaveLength(12_001)
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('T3: what is too different is a conflict of the whole, and says so', () => {
    const many = (letter: string) =>
      Array.from({ length: mostMergeEdits }, (_, at) => `${letter}${at}\n`).join('')
    const outcome = mergeTexts(many('a'), many('b'), many('c'))
    if ('merged' in outcome) throw new Error('merged')
    expect(outcome).toMatchObject({ conflicts: 1, tooLarge: true })
    expect(outcome.marked()).toBe(
      `<<<<<<< session\n${many('b')}||||||| base\n${many('a')}=======\n${many('c')}>>>>>>> global\n`,
    )
  })

  it('T3: with one side unchanged, the merge is the other side', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        expect(mergeTexts(one, other, one)).toEqual({ merged: other })
        expect(mergeTexts(one, one, other)).toEqual({ merged: other })
        expect(mergeTexts(one, other, other)).toEqual({ merged: other })
      }),
    )
  })

  it('T3: a merge holds no line that neither side has, and swapping the sides gives the same', () => {
    fc.assert(
      fc.property(texts, texts, texts, (start, ours, theirs) => {
        const outcome = mergeTexts(start, ours, theirs)
        const swapped = mergeTexts(start, theirs, ours)
        expect('merged' in swapped).toBe('merged' in outcome)
        if (!('merged' in outcome)) return
        expect(swapped).toEqual(outcome)
        const known = new Set(`${ours}\n${theirs}`.split(/\r?\n/))
        expect(outcome.merged.split(/\r?\n/).filter((line) => !known.has(line))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('T3: a conflict shows all new lines of both sides', () => {
    fc.assert(
      fc.property(texts, texts, texts, (start, ours, theirs) => {
        const outcome = mergeTexts(start, ours, theirs)
        if ('merged' in outcome) return
        const linesOf = (text: string) => splitLines(text).map((line) => line.replace(/\r?\n$/, ''))
        const marked = linesOf(outcome.marked())
        // What base has may be deleted on one side with the other's consent.
        const known = new Set(linesOf(start))
        for (const line of [...linesOf(ours), ...linesOf(theirs)])
          if (!known.has(line)) expect(marked).toContain(line)
      }),
      { numRuns: 300 },
    )
  })
})
