/** A tool from npm that takes an `fs`, and knows nothing of sessions. */
import { replaceInFile } from 'replace-in-file'
import { describe, expect, it } from 'vitest'
import { lowerOf, places, plan, scene } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'

describe.each(fileSystems)('a tool that takes an fs, on %s', (_name, open) => {
  const make = places(open)

  it('C1, C2: reads and writes in the session alone, until the commit', async () => {
    const place = make()
    const before = lowerOf(place)
    const session = await place.start()
    await session.fs.writeFile(plan, 'They meet in the rain.\n')
    const results = await replaceInFile({
      files: [plan, scene],
      disableGlobs: true,
      from: [/rain/g, /dark/g],
      to: ['snow', 'light'],
      fs: session.fs,
    } as never)
    expect((results as { hasChanged: boolean }[]).map(({ hasChanged }) => hasChanged)).toEqual([true, true])
    expect(await session.fs.readFile(plan, 'utf8')).toBe('They meet in the snow.\n')
    expect(lowerOf(place)).toEqual(before)
    await session.commit()
    expect(place.read(plan)).toBe('They meet in the snow.\n')
    expect(place.read(scene)).toContain('It was light.\nIt snowed.')
  })
})
