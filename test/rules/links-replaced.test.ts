/** A live link whose place folders take in the session. */
import { describe, expect, it } from 'vitest'
import type { Session } from '../../lib/session.js'
import { fileSystems } from '../support/file-systems.js'
import { lowerOf, paths, places } from './support/places.js'

const files = { 'tgt/in.txt': 'in the target\n', 'note.txt': 'a note\n' }

const ways: [how: string, make: (session: Session) => Promise<unknown>, made: string[]][] = [
  ['a folder', ({ fs }) => fs.mkdir('a'), []],
  ['a folder in a folder', ({ fs }) => fs.mkdir('a/b', { recursive: true }), ['b']],
  ['folders, one with a file', ({ fs }) => deep(fs), ['b', 'b/c', 'b/c/d', 'b/e', 'b/e/f.txt']],
  ['a file in a folder', (session) => session.write('a/b/f.txt', 'x'), ['b', 'b/f.txt']],
  ['a folder that goes and comes', ({ fs }) => again(fs), ['b', 'b/c']],
]

async function deep(fs: Session['fs']): Promise<void> {
  await fs.mkdir('a/b/c/d', { recursive: true })
  await fs.mkdir('a/b/e', { recursive: true })
  await fs.writeFile('a/b/e/f.txt', 'f')
}

async function again(fs: Session['fs']): Promise<void> {
  await deep(fs)
  await fs.rm('a/b', { recursive: true })
  await fs.mkdir('a/b/c', { recursive: true })
}

describe.each(fileSystems)('a live link replaced in a session, on %s', (_name, open) => {
  const make = places(open)

  it.each(ways)(
    'C3, T7: by %s; a commit makes just that, and an undo brings the link back',
    async (_how, work, made) => {
      const place = make(files)
      place.fs.symlinkSync('tgt', `${place.root}/a`)
      const before = lowerOf(place)
      const session = await place.start()
      await session.write('note.txt', 'more\n')
      await session.fs.unlink('a')
      await work(session)

      const { changes, conflicts } = await session.status()
      expect(conflicts).toEqual([])
      expect(paths(changes.modified)).toContain('note.txt')
      expect((await session.read('note.txt')).content).toBe('more\n')
      expect(
        (await session.files({ folder: 'a', recursive: true })).entries
          .map(({ filePath }) => filePath)
          .sort(),
      ).toEqual(made.map((path) => `a/${path}`))
      await session.diff()
      expect(lowerOf(place)).toEqual(before)

      const workspace = await place.open()
      const { commitId } = (await session.commit()) as { commitId: string }
      expect(place.fs.lstatSync(`${place.root}/a`).isDirectory()).toBe(true)
      const inside = Object.keys(lowerOf(place)).filter((path) => path.startsWith('a/'))
      expect(inside.sort()).toEqual(made.map((path) => `a/${path}`))
      expect(place.names('tgt')).toEqual(['in.txt'])
      await workspace.undo(commitId)
      expect(place.fs.readlinkSync(`${place.root}/a`)).toBe('tgt')
      expect(Object.keys(lowerOf(place))).toEqual(Object.keys(before))
    },
  )
})
