import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import type { FilePort } from '../../lib/port/port.js'
import type { Session } from '../../lib/session.js'
import { interceptedPort } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, lowerOf, type Place, paths, places, plan, scene, thrownBy } from './support/places.js'

const mebibyte = 1024 * 1024
const nothingChanged = { modified: [], created: [], deleted: [] }

describe.each(fileSystems)('copy-on-write, on %s', (_name, open) => {
  const make = places(open)
  const bases = (place: Place) => place.names('workspace/sessions/first/.cowrite/bases')

  it('C1: a read finds upper, else a deletion, else lower', async () => {
    const place = make()
    const session = await place.start()
    expect(await session.read(plan)).toMatchObject({ content: place.read(plan), source: 'global' })
    place.put(plan, 'written beside the session\n')
    expect((await session.read(plan)).content).toBe('written beside the session\n')
    await session.write(plan, 'in the session')
    place.put(plan, 'written beside it again')
    expect(await session.read(plan)).toMatchObject({ content: 'in the session', source: 'session' })
    await session.remove(plan)
    expect(await codeOf(session.read(plan))).toBe('NOT_FOUND')
    expect(place.has(plan)).toBe(true)
    await session.remove('context')
    expect(await codeOf(session.read('context/characters/alexa.json'))).toBe('NOT_FOUND')
    await session.write('context/new.md', 'x')
    const { entries } = await session.files({ folder: 'context', recursive: true })
    expect(entries.map(({ filePath }) => filePath)).toEqual(['context/new.md'])
  })

  it('C2: the fingerprint and the record come before upper changes, and the base is kept', async () => {
    const place = make()
    const before = place.read(scene)
    let seen = ''
    const port = interceptedPort(place.port, {
      before({ name, paths: [, to] }) {
        if (name === 'rename' && to?.endsWith('scene-0101.md'))
          seen = place.read('workspace/sessions/first/.cowrite/record')
      },
    })
    const workspace = new Workspace(port, {})
    const session = (await workspace.start('first')) as Session
    expect(await session.write(scene, 'rewritten')).toMatchObject({ change: 'modified', copiedUp: true })
    expect(seen).toContain(scene)
    expect(seen).toMatch(/"sha256":"[0-9a-f]{64}"/)
    const [kept] = bases(place)
    expect(place.read(`workspace/sessions/first/.cowrite/bases/${kept}`)).toBe(before)
    expect(await session.write(scene, 'again')).toMatchObject({ change: 'modified', copiedUp: false })
    expect(bases(place)).toHaveLength(1)
    await workspace.close()
  })

  it.each([
    ['8 MiB', 8 * mebibyte, true],
    ['more than 8 MiB', 8 * mebibyte + 1, false],
  ])(
    'C2: of a file of %s the content is kept as base: %s bytes, %s, and there is a text merge or none',
    async (_what, size, isKept) => {
      const line = `${'x'.repeat(127)}\n`
      const text = line
        .repeat(Math.ceil(size / 128))
        .slice(0, size - 1)
        .concat('\n')
      const place = make({ 'large.md': text })
      const port: FilePort = { ...place.port, reflink: () => false }
      const workspace = new Workspace(port, {})
      const session = (await workspace.start('first')) as Session
      await session.write('large.md', 'small now\n')
      expect(bases(place)).toHaveLength(isKept ? 1 : 0)
      place.put('large.md', `first\n${text.slice(6)}`)
      const { conflicts } = await session.preview()
      expect(conflicts).toHaveLength(1)
      expect(conflicts[0]?.reason).toMatch(isKept ? /same place/ : /not kept/)
      await workspace.close()
    },
  )

  it('C3: everything that a session does behaves in the merged view as on the folder, and comes back on commit', async () => {
    const place = make()
    place.fs.chmodSync(`${place.root}/notes.txt`, 0o755)
    const session = await place.start()
    await session.write('acts/act-2/deep/new.md', 'new')
    await session.write(plan, 'modified')
    await session.edit(scene, 'It rained.', 'It poured.')
    await session.move('notes.txt', 'kept/notes.txt')
    await session.remove('context')
    const merged = (await session.files({ recursive: true })).entries.map(({ filePath }) => filePath)
    expect(merged).not.toContain('context/characters/alexa.json')
    expect(merged).not.toContain('notes.txt')
    await session.commit()
    const files = Object.keys(lowerOf(place)).sort()
    expect(files).toEqual([...merged].sort())
    expect(place.read(plan)).toBe('modified')
    expect(place.read(scene)).toContain('It poured.')
    expect(place.read('acts/act-2/deep/new.md')).toBe('new')
    expect(place.read('kept/notes.txt')).toBe('remember the lamp\n')
    expect(place.fs.statSync(`${place.root}/kept/notes.txt`).mode & 0o777).toBe(0o755)
  })

  it('C3: what comes to nothing leaves no change', async () => {
    const place = make()
    const session = await place.start()
    const was = place.read(plan)
    expect((await session.write(plan, was)).change).toBe('unchanged')
    await session.write(plan, 'different')
    expect((await session.write(plan, was)).change).toBe('unchanged')
    await session.write('new.md', 'x')
    await session.remove('new.md')
    await session.move('notes.txt', 'elsewhere.txt')
    await session.move('elsewhere.txt', 'notes.txt')
    const { changes } = await session.status()
    expect(changes).toEqual(nothingChanged)
    const before = lowerOf(place)
    expect(await session.commit()).toMatchObject({ files: [] })
    expect(lowerOf(place)).toEqual(before)
  })

  it('C3: a change stays where lower is no longer what it was', async () => {
    const place = make()
    const session = await place.start()
    const was = place.read(plan)
    await session.write(plan, 'different')
    place.put(plan, 'edited by hand\n')
    await session.write(plan, was)
    expect((await session.read(plan)).content).toBe(was)
    expect((await session.read(plan)).source).toBe('session')
    await session.write('new.md', 'x')
    place.put('new.md', 'made by hand')
    await session.remove('new.md')
    expect(await codeOf(session.read('new.md')), 'the deletion stays').toBe('NOT_FOUND')
  })

  it('C4: if_match gives optimistic concurrency', async () => {
    const session = await make().start()
    const { etag } = await session.read(plan)
    const written = await session.write(plan, 'one', { ifMatch: etag })
    expect(written.etag).toBe((await session.read(plan)).etag)
    const error = await thrownBy(session.write(plan, 'two', { ifMatch: etag }))
    expect(error).toMatchObject({ code: 'CONFLICT', data: { etag: written.etag } })
    expect((await session.read(plan)).content).toBe('one')
    expect(await codeOf(session.write('new.md', 'x', { ifMatch: etag }))).toBe('CONFLICT')
    expect(await codeOf(session.read('new.md'))).toBe('NOT_FOUND')
  })

  it('C4: of writes at once through several handles each is whole, and one is last', async () => {
    const place = make()
    const handles = await Promise.all([place.open(), place.open(), place.open()])
    await handles[0]?.start('first')
    const sessions = await Promise.all(handles.map((handle) => handle.session('first')))
    const contents = Array.from({ length: 30 }, (_, at) => `${at} `.repeat(200))
    await Promise.all(contents.map((content, at) => sessions[at % 3]?.write(plan, content)))
    expect(contents).toContain((await sessions[0]?.read(plan))?.content)
    expect((await sessions[1]?.status())?.changes.modified).toHaveLength(1)
  })

  it('C4: no write is acknowledged after the seal', async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'before')
    const internal = `${place.root}/workspace/sessions/first/.cowrite`
    place.fs.renameSync(`${internal}/record`, `${internal}/record.sealed`)
    for (const write of [
      () => session.write(plan, 'after'),
      () => session.write('new.md', 'after'),
      () => session.edit(plan, 'before', 'after'),
      () => session.remove('notes.txt'),
      () => session.move('notes.txt', 'n.txt'),
      () => session.retry(plan, 'after'),
    ])
      expect(await codeOf(write())).toBe('LOCKED')
  })

  it('C4: a write that lands while a commit runs is either in it or refused', async () => {
    const place = make({})
    const [writing, committing] = [await place.open(), await place.open()]
    await writing.start('first')
    const [writer, committer] = [await writing.session('first'), await committing.session('first')]
    await writer.write('first.md', '0')
    const acknowledged = ['first.md']
    const writes = (async () => {
      for (let at = 0; at < 200; at++) {
        const path = `f${at}.md`
        const failed = await writer.write(path, 'x').then(
          () => null,
          (error: { code: string }) => error.code,
        )
        if (failed !== null) return expect(failed).toMatch(/LOCKED|SESSION_NOT_FOUND/)
        acknowledged.push(path)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await committer.commit()
    await writes
    for (const path of acknowledged) expect(place.has(path), path).toBe(true)
  })

  it('C1, C3: a file that was put into the session’s folder by hand is read, listed, edited and moved like any other', async () => {
    const place = make()
    // Younger than the session, nobody could say what the hand began with.
    await new Promise((resolve) => setTimeout(resolve, 50))
    const session = await place.start()
    const own = 'workspace/sessions/first'
    place.put(`${own}/${plan}`, 'The plan.\n\nBy hand.\n')
    place.put(`${own}/acts/new.md`, 'A scene, by hand.\n')
    place.put(`${own}/acts/deep/er.md`, 'Deeper, by hand.\n')
    expect((await session.read(plan)).content).toBe('The plan.\n\nBy hand.\n')
    expect((await session.read('acts/new.md')).content).toBe('A scene, by hand.\n')
    expect((await session.files({ folder: 'acts' })).entries.map(({ filePath }) => filePath)).toContain(
      'acts/deep',
    )
    expect((await session.search('by hand')).total, 'in either case').toBe(3)
    await session.edit('acts/new.md', 'A scene', 'A long scene')
    await session.move('acts', 'story')
    expect(await session.fs.readFile('story/deep/er.md', 'utf8')).toBe('Deeper, by hand.\n')
    await session.commit()
    expect(place.read('story/act-1/plan.md')).toBe('The plan.\n\nBy hand.\n')
    expect(place.read('story/new.md')).toBe('A long scene, by hand.\n')
  })

  it('C1, C3: session.fs finds what was put into the session’s folder by hand', async () => {
    const place = make()
    const { fs } = await place.start()
    const own = 'workspace/sessions/first'
    place.put(`${own}/by-hand.md`, '1')
    place.put(`${own}/folder/by-hand.md`, '2')
    place.put(`${own}/${scene}`, 'The scene, by hand.\n')
    place.put(`${own}/gone/a.md`, '3')
    expect(await fs.readFile('by-hand.md', 'utf8')).toBe('1')
    expect(await fs.readdir('folder')).toEqual(['by-hand.md'])
    await fs.appendFile(scene, 'And more.\n')
    expect(await fs.readFile(scene, 'utf8')).toBe('The scene, by hand.\nAnd more.\n')
    await fs.rename('folder', 'moved')
    expect(await fs.readFile('moved/by-hand.md', 'utf8')).toBe('2')
    await fs.unlink('gone/a.md')
    expect(await fs.readdir('gone')).toEqual([])
  })

  it('C3: what is made again in a folder that was deleted is there, also with the content it had', async () => {
    const place = make({ 'd/f.md': 'one', 'd/g.md': 'two' })
    const session = await place.start()
    const { fs } = session
    await fs.writeFile('d/f.md', 'changed')
    await fs.rm('d', { recursive: true })
    await fs.mkdir('d')
    await fs.writeFile('d/f.md', 'one')
    expect(await fs.readdir('d')).toEqual(['f.md'])
    expect(await fs.readFile('d/f.md', 'utf8')).toBe('one')
    await session.commit()
    expect(place.names('d')).toEqual(['f.md'])
    expect(place.read('d/f.md')).toBe('one')
  })

  it('C3: a folder that lower has lost is there as long as the session has files in it', async () => {
    const place = make({ 'd/x.md': 'X', 'o.md': 'o' })
    const session = await place.start()
    const { fs } = session
    await fs.writeFile('d/new.md', 'a new scene')
    place.fs.rmSync(`${place.root}/d`, { recursive: true })
    expect(await fs.readdir('.')).toContain('d')
    expect((await fs.lstat('d'))?.isDirectory()).toBe(true)
    expect(await fs.readdir('d')).toEqual(['new.md'])
    await fs.writeFile('d/two.md', '2')
    await session.commit()
    expect(place.names('d')).toEqual(['new.md', 'two.md'])
    const again = (await (await place.open()).start('second')) as Session
    await again.fs.writeFile('d/three.md', '3')
    place.fs.rmSync(`${place.root}/d`, { recursive: true })
    await again.fs.rm('d', { recursive: true })
    expect(await again.fs.readdir('.')).not.toContain('d')
  })

  it('C5: content is bytes, and what is no text is never taken for one', async () => {
    const bytes = Uint8Array.from({ length: 1024 }, (_, at) => at % 256)
    const place = make()
    place.put('image.png', bytes)
    const session = await place.start()
    const read = await session.read('image.png')
    expect(read.encoding).toBe('base64')
    expect(new Uint8Array(Buffer.from(read.content, 'base64'))).toEqual(bytes)
    expect(await codeOf(session.edit('image.png', 'a', 'b'))).toBe('WRONG_KIND')
    const other = bytes.slice().reverse()
    await session.write('image.png', other)
    expect((await session.search('a', { glob: '*.png' })).total).toBe(0)
    const [diff] = await session.diff()
    expect(diff).toMatchObject({ binary: true, patch: '', additions: 0 })
    place.put('image.png', bytes.slice(1))
    expect((await session.preview()).conflicts[0]?.reason).toMatch(/not text/)
    place.put('image.png', bytes)
    await session.commit()
    expect(new Uint8Array(place.fs.readFileSync(`${place.root}/image.png`))).toEqual(other)
  })

  it('C5: text keeps its byte order mark, its line ends and the lack of a last one', async () => {
    const text = '\ufeffone\r\ntwo\r\nthree'
    const place = make({ 'windows.md': text })
    const session = await place.start()
    await session.edit('windows.md', 'two', 'TWO')
    expect((await session.read('windows.md')).content).toBe('\ufeffone\r\nTWO\r\nthree')
    await session.commit()
    expect(place.read('windows.md')).toBe('\ufeffone\r\nTWO\r\nthree')
  })

  it('C5: a part of a file is cut short where something comes after it, and nowhere else', async () => {
    const session = await make({ 'a.md': 'one\ntwo\nthree\n', 'b.bin': '\0\xff\xfe\0' }).start()
    await session.write('b.bin', Buffer.from([0, 255, 254, 0]))
    for (const [path, length] of [
      ['a.md', 3],
      ['b.bin', 4],
    ] as const) {
      const cut = async (offset: number, limit?: number) =>
        (await session.read(path, { offset, ...(limit === undefined ? {} : { limit }) })).truncated
      expect(await cut(0)).toBe(false)
      expect(await cut(1)).toBe(false)
      expect(await cut(1, length - 1)).toBe(false)
      expect(await cut(length + 5)).toBe(false)
      expect(await cut(0, 1)).toBe(true)
      expect(await cut(1, length - 2)).toBe(true)
    }
  })

  it('C5: text that cannot be written as UTF-8 is refused rather than damaged', async () => {
    const session = await make().start()
    expect(await codeOf(session.write('x.md', 'half \ud800 a pair'))).toBe('INVALID_INPUT')
    expect(await codeOf(session.edit('notes.txt', 'lamp', '\udc00'))).toBe('INVALID_INPUT')
    expect((await session.status()).changes).toEqual(nothingChanged)
  })

  it('C5: an edit that would make a gigabyte of a megabyte is refused', async () => {
    const session = await make({ 'many.md': 'a'.repeat(mebibyte) }).start()
    const edit = session.edit('many.md', 'a', 'b'.repeat(1024), { replaceAll: true })
    expect(await codeOf(edit)).toBe('INVALID_INPUT')
    expect((await session.status()).changes).toEqual(nothingChanged)
  })

  it('C5: a large file is read and copied in pieces, never whole', async () => {
    const place = make()
    const size = 24 * mebibyte
    place.put('large.bin', Buffer.alloc(size, 7))
    let largest = 0
    const port = interceptedPort(place.port, {})
    const measuring: FilePort = {
      ...port,
      reflink: () => false,
      openForReading(path) {
        const file = port.openForReading(path)
        const note = (length: number) => {
          largest = Math.max(largest, length)
        }
        return {
          ...file,
          read(buffer, offset, length, position) {
            note(length)
            return file.read(buffer, offset, length, position)
          },
          readAsync(buffer, offset, length, position) {
            note(length)
            return file.readAsync(buffer, offset, length, position)
          },
          readAll() {
            note(Number(file.stat().size))
            return file.readAll()
          },
        }
      },
    }
    const workspace = new Workspace(measuring, {})
    const session = (await workspace.start('first')) as Session
    await session.move('large.bin', 'moved.bin')
    await session.write('notes.txt', 'x')
    await session.status()
    await session.diff()
    await session.preview()
    await session.retry('moved.bin', 'too large')
    await session.commit()
    expect(place.fs.statSync(`${place.root}/moved.bin`).size).toBe(size)
    expect(largest).toBeLessThanOrEqual(mebibyte)
    await workspace.close()
  })

  it('C5: an append to a large file copies it once, and then writes what is appended', async () => {
    const place = make()
    const size = 24 * mebibyte
    place.put('large.log', Buffer.alloc(size, 7))
    const session = await place.start()
    const fs = session.fs as unknown as typeof import('node:fs/promises')
    const before = process.memoryUsage().arrayBuffers
    await fs.appendFile('large.log', 'one\n')
    const inode = place.fs.statSync(`${place.root}/workspace/sessions/first/large.log`).ino
    for (let at = 0; at < 20; at++) await fs.appendFile('large.log', 'more\n')
    const upper = place.fs.statSync(`${place.root}/workspace/sessions/first/large.log`)
    expect(upper.ino, 'written in place').toBe(inode)
    expect(upper.size).toBe(size + 4 + 100)
    expect(place.fs.statSync(`${place.root}/large.log`).size).toBe(size)
    if (place.fs === (await import('node:fs')))
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(size)
    expect(paths((await session.status()).changes.modified)).toEqual(['large.log'])
  })
})
