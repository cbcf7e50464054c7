/** Work on anybody's text ends, whatever the text is. */
import { Script } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { placesOf } from '../../lib/text/find-text.js'
import { filterByGlob } from '../../lib/text/glob.js'
import { inTime, outOfTime } from '../../lib/text/in-time.js'
import { proseDiff } from '../../lib/text/prose.js'
import { places } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'

const [, [, inMemory]] = fileSystems as [unknown, (typeof fileSystems)[number]]

describe('work on anybody’s text', () => {
  const make = places(inMemory)
  it('is broken off when its time is up, in the middle of an expression', () => {
    expect(inTime(20, () => /^(a+)+b$/.test('a'.repeat(100)))).toBe(outOfTime)
    expect(inTime(1_000, () => inTime(1_000, () => 'done'))).toBe('done')
    expect(() => inTime(1_000, () => JSON.parse('{'))).toThrow(SyntaxError)
  })

  // Nobody else of the process is heard meanwhile. A novel that was changed all over is compared in two.
  it('holds a process up for seconds at the most', async () => {
    const session = await make({ '.gitignore': '*.log\n' }).start()
    await session.write('a.log', 'ignored')
    const run = vi.spyOn(Script.prototype, 'runInContext')
    const timeOf = async (work: () => unknown) => {
      run.mockClear()
      await work()
      return run.mock.lastCall?.[1]
    }
    expect(await timeOf(() => filterByGlob(['a'], '*(a|aa)', 'glob', (path) => path))).toEqual({
      timeout: 2_000,
    })
    const chapter = 'One sentence. '.repeat(1_500)
    expect(await timeOf(() => proseDiff('a.md', chapter, 'Another.'))).toEqual({ timeout: 5_000 })
    expect(await timeOf(() => proseDiff('a.md', 'One sentence.', 'Another.'))).toBeUndefined()
    expect(await timeOf(() => session.status())).toEqual({ timeout: 5_000 })
  })
})

describe('a glob', () => {
  it('that would take years is refused', () => {
    const glob = () => filterByGlob(['a'.repeat(250)], `${'*a'.repeat(12)}b`, 'glob', (path) => path)
    expect(glob).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })

  it('that repeats nothing matches as ever', () => {
    const files = ['a.md', 'b/a.md', 'a.txt']
    expect(filterByGlob(files, '*.{md,mdx}', 'glob', (path) => path)).toEqual(['a.md', 'b/a.md'])
  })
})

describe('a search', () => {
  it('finds a text where the platform finds it, however long and repetitive both are', () => {
    const text = (maxLength: number) =>
      fc.array(fc.constantFrom('a', 'a', 'ab', 'b', '🙂'), { maxLength }).map((all) => all.join(''))
    fc.assert(
      fc.property(text(400), text(6), fc.integer({ min: 1, max: 60 }), (around, word, times) => {
        const query = (word || 'a').repeat(times)
        const found = placesOf(`${around}${query}${around}`, query)
        const parts = `${around}${query}${around}`.split(query)
        expect(found.length).toBe(parts.length - 1)
        expect(found[0]).toBe(parts[0]?.length)
      }),
      { numRuns: 300 },
    )
    const long = 'a'.repeat(4 * 1024 * 1024)
    expect(placesOf(long, `${'a'.repeat(50_000)}b${'a'.repeat(50_000)}`)).toEqual([])
  })
})
