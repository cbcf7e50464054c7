/** One thing in a session's folder that nobody can look at. */
import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import { errnoError } from '../../lib/port/faults.js'
import type { Session } from '../../lib/session.js'
import { interceptedPort, type Verb } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'
import { paths, places, thrownBy } from './support/places.js'

const upper = 'workspace/sessions/first'

describe.each(fileSystems)('one odd thing in a session, on %s', (_name, open) => {
  const make = places(open)

  async function withOdd(code: string, at: string, isKnown: boolean) {
    const place = make()
    let isOdd = false
    const isAt = (path: string) => path === `${upper}/${at}` || path.startsWith(`${upper}/${at}/`)
    const look = new Set(['list', 'openForReading', 'openHandle', 'statEach', 'duplicate', 'named'])
    const before = ({ name, paths: asked }: Verb) => {
      if (isOdd && look.has(name) && asked.some(isAt)) throw errnoError(code, 'open', asked[0] ?? '')
    }
    const workspace = new Workspace(interceptedPort(place.port, { before }), {})
    const session = (await workspace.start('first')) as Session
    await session.write('notes.txt', 'more\n')
    if (isKnown) await session.write(at, 'odd\n')
    else place.put(`${upper}/${at}/inside.txt`, 'odd\n')
    isOdd = true
    return { place, workspace, session, mend: () => (isOdd = false) }
  }

  it.each([
    ['a copy', 'EACCES', 'odd.txt', true],
    ['a copy', 'EIO', 'acts/act-1/plan.md', true],
    ['a folder that a hand put there', 'EACCES', 'acts/odd', false],
    ['a folder that a hand put there', 'ENAMETOOLONG', 'odd', false],
  ])(
    'S3: %s that answers %s is told, keeps nobody from the rest, and no commit leaves it behind',
    async (_what, code, at, isKnown) => {
      const { place, workspace, session, mend } = await withOdd(code, at, isKnown)
      const { changes, conflicts, status } = await session.status()
      expect(status).toBe('ACTIVE')
      expect(paths(changes.modified)).toContain('notes.txt')
      expect(conflicts).toMatchObject([{ path: at, reason: expect.stringMatching(/^cannot be looked at: /) }])
      const diffs = await session.diff()
      expect(diffs.find(({ filePath }) => filePath === 'notes.txt')?.patch).toContain('+more')
      expect((await session.read('notes.txt')).content).toBe('more\n')
      await session.write('another.txt', 'x\n')
      const refused = await thrownBy(session.commit())
      expect(refused).toMatchObject({ code: 'CONFLICT', data: { conflicts: [{ path: at }], ways: [] } })
      expect(refused.message).toContain('cannot be looked at')
      await session.commit({ files: ['another.txt'] })
      expect(place.read('another.txt')).toBe('x\n')
      mend()
      expect((await session.status()).conflicts).toEqual([])
      await session.commit()
      expect(place.read(isKnown ? at : `${at}/inside.txt`)).toBe('odd\n')
      await workspace.close()
    },
  )

  it('S3: a session that holds such a thing can be thrown away', async () => {
    const { place, workspace, session } = await withOdd('EACCES', 'odd', false)
    await session.cancel()
    expect(place.names('workspace/sessions')).toEqual([])
    await workspace.close()
  })
})
