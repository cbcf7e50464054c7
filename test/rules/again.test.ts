import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { SessionStatus } from '../../lib/api.js'
import type { Session } from '../../lib/session.js'
import { quickFileSystems } from '../support/file-systems.js'
import { type Place, paths, places } from './support/places.js'

const upper = 'workspace/sessions/first'
const files = { 'acts/a.md': 'a\n', 'acts/b.md': 'b\n', 'acts/c.md': 'c\n', 'notes/n.md': 'n\n' }

/** The session has been looked at, and what was seen is old enough to be remembered. */
async function lookedAt(place: Place): Promise<Session> {
  const session = await place.start()
  for (const path of Object.keys(files)) await session.write(path, 'session\n')
  await session.write('acts/new.md', 'new\n')
  await setTimeout(60)
  for (let again = 0; again < 3; again++) {
    expect(paths((await session.status()).changes.modified)).toEqual(Object.keys(files).sort())
    expect((await session.diff({ words: false })).map(({ filePath }) => filePath)).toHaveLength(5)
  }
  return session
}

/** What a handle says that has seen nothing yet. */
async function anew(
  place: Place,
): Promise<Pick<SessionStatus, 'changes' | 'conflicts' | 'ignored' | 'sizeBytes'>> {
  const workspace = await place.open()
  const session = await workspace.session('first')
  const { changes, conflicts, ignored, sizeBytes } = await session.status()
  return { changes, conflicts, ignored, sizeBytes }
}

describe.each(quickFileSystems)('looking again, on %s', (_name, open) => {
  const make = places(open)

  const happenings: [name: string, happen: (place: Place) => void][] = [
    ['a live file is changed in place', ({ put }) => put('acts/a.md', 'person\n')],
    [
      'a live file is replaced by one as large',
      ({ fs, root, put }) => {
        put('notes/other.md', 'x\n')
        fs.renameSync(`${root}/notes/other.md`, `${root}/acts/a.md`)
      },
    ],
    ['a live file goes', ({ fs, root }) => fs.unlinkSync(`${root}/acts/a.md`)],
    ['a live file is put where the session made one', ({ put }) => put('acts/new.md', 'person\n')],
    ['a live folder goes', ({ fs, root }) => fs.rmSync(`${root}/notes`, { recursive: true })],
    [
      'a live folder is exchanged for a link',
      ({ fs, root }) => {
        fs.renameSync(`${root}/notes`, `${root}/moved`)
        fs.symlinkSync('moved', `${root}/notes`)
      },
    ],
    ['a copy is edited by hand', ({ put }) => put(`${upper}/acts/a.md`, 'by hand\n')],
    ['a copy is brought back by hand to what live has', ({ put }) => put(`${upper}/acts/a.md`, 'a\n')],
    ['a file is put into the session by hand', ({ put }) => put(`${upper}/acts/stray.md`, 'by hand\n')],
    [
      'a folder of files is put into the session by hand',
      ({ put }) => put(`${upper}/deep/er/stray.md`, 'x\n'),
    ],
    ['what git ignores is said', ({ put }) => put('acts/.gitignore', 'a.md\nnew.md\n')],
    ['something is put into the scratch', ({ put }) => put(`${upper}/artifacts/s.txt`, 'scratch\n')],
  ]
  it.each(happenings)('C1, T3: is as looking for the first time, when %s', async (_what, happen) => {
    const place = make(files)
    const session = await lookedAt(place)
    happen(place)
    const { changes, conflicts, ignored } = await session.status()
    const again = await session.status()
    expect(again).toMatchObject(await anew(place))
    expect(again).toMatchObject({ changes, conflicts, ignored })
  })

  it('C1: what git ignores is no more, once its rules are changed back', async () => {
    const place = make(files)
    const session = await lookedAt(place)
    place.put('acts/.gitignore', 'a.md\n')
    await setTimeout(60)
    for (let again = 0; again < 2; again++) expect((await session.status()).ignored).toBe(1)
    place.put('acts/.gitignore', 'c.md\nb.md\n')
    expect((await session.status()).ignored).toBe(2)
  })

  it('C1: what the session itself does shows at once', async () => {
    const place = make(files)
    const session = await lookedAt(place)
    await session.write('acts/a.md', 'once more\n')
    expect((await session.diff({ files: ['acts/a.md'], words: false }))[0]?.patch).toContain('+once more')
    await session.remove('acts/b.md')
    await session.write('acts/c.md', 'c\n')
    const { changes } = await session.status()
    expect([paths(changes.modified), paths(changes.deleted)]).toEqual([
      ['acts/a.md', 'notes/n.md'],
      ['acts/b.md'],
    ])
  })
})
