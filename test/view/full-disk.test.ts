/** A disk that a command in a view has filled. */
import { existsSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import { errnoError } from '../../lib/port/faults.js'
import type { Session } from '../../lib/session.js'
import { codeOf, paths, places } from '../rules/support/places.js'
import { interceptedPort, type Verb } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'
import { canMount } from './support/mounts.js'
import { keepViewsTogether } from './support/ways.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]
keepViewsTogether()

const takesRoom = new Set(['create', 'write', 'writeAsync', 'makeFolder', 'link', 'symlink'])

describe.runIf(canMount)('a disk that is full when a command has ended', () => {
  const make = places(onDisk)

  async function filled() {
    const place = make()
    let isFull = false
    const before = ({ name, paths: [path = ''] }: Verb) => {
      if (isFull && takesRoom.has(name)) throw errnoError('ENOSPC', 'write', path)
    }
    const workspace = new Workspace(interceptedPort(place.port, { before }), {})
    const session = (await workspace.start('first')) as Session
    await session.write('mine.txt', 'mine\n')
    const script = 'echo huge > huge; echo more >> notes.txt; read wait'
    const { stdin, done } = await session.run('sh', ['-c', script], { stdio: 'pipe' })
    isFull = true
    stdin?.end('go\n')
    expect(await codeOf(done)).toMatch(/^(ENOSPC|CANNOT_WRITE)$/)
    return { place, workspace, session, makeRoom: () => (isFull = false) }
  }

  it('S4, V3: the session is read all the same, says what waits, and has it once there is room', async () => {
    const { place, workspace, session, makeRoom } = await filled()
    const { changes, view } = await session.status()
    expect(paths(changes.created)).toEqual(['mine.txt'])
    expect(view?.waiting).toMatch(/the disk is full; it waits in workspace\/views\/first\/upper$/)
    expect((await session.read('mine.txt')).content).toBe('mine\n')
    await session.diff()
    const others = await place.open()
    expect((await (await others.session('first')).read('mine.txt')).content).toBe('mine\n')
    // Nothing is committed that what waits is not part of.
    expect(await codeOf(session.commit())).toBe('CANNOT_WRITE')
    expect(place.has('mine.txt')).toBe(false)
    makeRoom()
    const after = await session.status()
    expect([paths(after.changes.created), paths(after.changes.modified)]).toEqual([
      ['huge', 'mine.txt'],
      ['notes.txt'],
    ])
    expect(after.view).toBeUndefined()
    await session.commit()
    expect(place.read('notes.txt')).toBe('remember the lamp\nmore\n')
    await workspace.close()
  })

  it('S4, V7: so is one whose view stands in a folder', async () => {
    const place = make()
    let isFull = false
    const before = ({ name, paths: [path = ''] }: Verb) => {
      if (isFull && takesRoom.has(name)) throw errnoError('ENOSPC', 'write', path)
    }
    const workspace = new Workspace(interceptedPort(place.port, { before }), {})
    const session = (await workspace.start('first')) as Session
    const { folder, close } = await session.view({ provider: 'copy' })
    writeFileSync(`${folder}/new.txt`, 'new\n')
    isFull = true
    const { changes, view } = await session.status()
    expect(paths(changes.created)).toEqual([])
    expect(view?.waiting).toContain(`the disk is full; it waits in ${folder}`)
    expect(await codeOf(session.commit())).toBe('CANNOT_WRITE')
    isFull = false
    expect(paths((await session.status()).changes.created)).toEqual(['new.txt'])
    await close()
    await workspace.close()
  })

  it('S4: what a command has made can be deleted before it came in, and makes the room', async () => {
    const { place, workspace, session, makeRoom } = await filled()
    expect(await session.remove('huge')).toEqual({ filePath: 'huge', change: 'deleted' })
    expect(existsSync(`${place.root}/workspace/views/first/upper/huge`)).toBe(false)
    makeRoom()
    const { changes } = await session.status()
    expect([paths(changes.created), paths(changes.modified)]).toEqual([['mine.txt'], ['notes.txt']])
    await workspace.close()
  })
})

describe.each(fileSystems)('a full disk, on %s', (_name, open) => {
  const make = places(open)

  it("S4: a file of the session's own makes the room that its deletion takes; one that lower had does not", async () => {
    const place = make()
    let [isFull, freed] = [false, '']
    const before = ({ name, paths: [path = ''] }: Verb) => {
      if (name === 'truncate') [isFull, freed] = [false, path]
      if (isFull && takesRoom.has(name)) throw errnoError('ENOSPC', 'write', path)
    }
    const workspace = new Workspace(interceptedPort(place.port, { before }), {})
    const session = (await workspace.start('first')) as Session
    await session.write('huge', 'huge\n')
    await session.write('notes.txt', 'changed\n')
    isFull = true
    expect(await codeOf(session.remove('notes.txt'))).toMatch(/^(ENOSPC|CANNOT_WRITE)$/)
    expect((await session.read('notes.txt')).content).toBe('changed\n')
    await session.remove('huge')
    expect(freed).toBe('workspace/sessions/first/huge')
    expect(paths((await session.status()).changes.created)).toEqual([])
    await workspace.close()
  })
})
