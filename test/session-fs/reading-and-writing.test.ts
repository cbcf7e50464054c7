import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { layoutOf } from '../../lib/store/layout.js'
import { sealSession } from '../../lib/store/seal.js'
import { book, codeOf, lowerOf, places, plan, scene } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'

const mebibyte = 1024 * 1024

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[number]]

describe.each(fileSystems)('session.fs, reading and writing on %s', (_name, open) => {
  const make = places(open)

  it('C1: reads text in an encoding, bytes without one', async () => {
    const { fs } = await make().start()
    expect(await fs.readFile(plan, 'utf8')).toBe(book[plan])
    expect(await fs.readFile(plan, { encoding: 'base64' })).toBe(Buffer.from(book[plan]).toString('base64'))
    expect(await fs.readFile(plan)).toEqual(Buffer.from(book[plan]))
  })

  it('C1: takes paths as text, bytes and file URLs, relative to the workspace or absolute under it', async () => {
    const place = make()
    const { fs } = await place.start()
    const absolute = `${place.root}/${plan}`
    const url = new URL(`file://${absolute.split('/').map(encodeURIComponent).join('/')}`)
    for (const path of [plan, `./acts/../${plan}`, Buffer.from(plan), absolute, url]) {
      expect(await fs.readFile(path, 'utf8')).toBe(book[plan])
    }
    expect(await fs.realpath(plan)).toBe(absolute)
  })

  it.each<[string, unknown]>([
    ['text', 'new'],
    ['a Buffer', Buffer.from('new')],
    ['a part of an array', new Uint8Array(Buffer.from('a new b')).subarray(2, 5)],
    ['a DataView', new DataView(new Uint8Array(Buffer.from('new')).buffer)],
    ['an iterable', ['n', Buffer.from('ew')]],
    [
      'an async iterable',
      (async function* () {
        yield 'ne'
        yield 'w'
      })(),
    ],
    ['a stream', Readable.from(['ne', 'w'])],
  ])('C3: writes %s', async (_kind, data) => {
    const place = make()
    const session = await place.start()
    await session.fs.writeFile(plan, data as string)
    expect(await session.fs.readFile(plan, 'utf8')).toBe('new')
    expect(place.read(plan)).toBe(book[plan])
    expect((await session.status()).changes.modified.map(({ path }) => path)).toEqual([plan])
  })

  it('C3: a file that is written back to what it was is no change', async () => {
    const session = await make().start()
    const { fs } = session
    const count = async () => (await session.status()).changes.modified.length
    await fs.writeFile(plan, 'x')
    expect(await count()).toBe(1)
    await fs.writeFile(plan, book[plan])
    expect(await count()).toBe(0)
    await fs.appendFile(plan, 'x')
    await fs.truncate(plan, book[plan].length)
    expect(await count()).toBe(0)
    const handle = await fs.open(plan, 'r+')
    await handle.write('X', 0)
    expect(await count()).toBe(1)
    await handle.write(book[plan].slice(0, 1), 0)
    await handle.close()
    expect(await count()).toBe(0)
    await (await fs.open(plan, 'a')).close()
    expect(await count()).toBe(0)
  })

  it('C4: a write whose content fails half-way leaves the old content', async () => {
    const { fs } = await make().start()
    async function* broken() {
      yield 'half'
      throw new Error('no more')
    }
    await expect(fs.writeFile(plan, broken())).rejects.toThrow('no more')
    expect(await fs.readFile(plan, 'utf8')).toBe(book[plan])
    await expect(fs.writeFile('new.md', broken())).rejects.toThrow('no more')
    expect(await codeOf(fs.stat('new.md'))).toBe('ENOENT')
  })

  it('C4: a signal stops a write or a read, and nothing is changed', async () => {
    const { fs } = await make().start()
    const stop = new AbortController()
    async function* slow() {
      yield 'half'
      stop.abort()
      yield 'whole'
    }
    await expect(fs.writeFile(plan, slow(), { signal: stop.signal })).rejects.toMatchObject({
      name: 'AbortError',
      code: 'ABORT_ERR',
    })
    expect(await fs.readFile(plan, 'utf8')).toBe(book[plan])
    await expect(fs.readFile(plan, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('C4: no write is acknowledged after the seal, by path or by an open handle', async () => {
    const place = make()
    const session = await place.start()
    const { fs } = session
    const handle = await fs.open(plan, 'a')
    await handle.write('before\n')
    const own = layoutOf('workspace').sessionLayout('first')
    sealSession(place.port, own, 'first')
    for (const late of [
      () => fs.writeFile(scene, 'late'),
      () => fs.appendFile(scene, 'late'),
      () => fs.truncate(scene, 1),
      () => fs.mkdir('late'),
      () => fs.rename(scene, 'late.md'),
      () => fs.rm('context', { recursive: true }),
      () => fs.unlink(scene),
      () => fs.symlink('notes.txt', 'late'),
      () => fs.copyFile(scene, 'late.md'),
      () => fs.chmod(scene, 0o755),
      () => handle.write('late'),
      () => fs.open('late.md', 'w'),
    ]) {
      await expect(late(), String(late)).rejects.toMatchObject({ code: 'EBUSY', cause: { code: 'LOCKED' } })
    }
    await handle.close()
    expect(await fs.readFile(scene, 'utf8')).toBe(book[scene])
  })

  it('C4: a handle whose file was replaced or deleted acknowledges nothing', async () => {
    const { fs } = await make().start()
    const replaced = await fs.open(plan, 'r+')
    await fs.writeFile(plan, 'whole')
    await expect(replaced.write('lost')).rejects.toMatchObject({ code: 'ESTALE', syscall: 'write' })
    await replaced.close()
    const deleted = await fs.open(plan, 'a')
    await fs.unlink(plan)
    await expect(deleted.write('lost')).rejects.toMatchObject({ code: 'ESTALE' })
    await deleted.close()
    expect(await codeOf(fs.stat(plan))).toBe('ENOENT')
  })

  it('C4: appends at the same time are all there', async () => {
    const { fs } = await make().start()
    const lines = Array.from({ length: 40 }, (_, at) => `line ${at}\n`)
    await Promise.all(
      lines.map((line, at) =>
        at % 4 === 0 ? fs.appendFile('log', [line] as never) : fs.appendFile('log', line),
      ),
    )
    expect((await fs.readFile('log', 'utf8')).split(/(?<=\n)/).sort()).toEqual(lines.sort())
  })

  it('C4: a handle reads, writes, cuts and looks as a FileHandle of node does', async () => {
    const { fs } = await make().start()
    await using handle = await fs.open('new.md', 'w+')
    expect(await handle.write('one two three')).toMatchObject({ bytesWritten: 13, buffer: 'one two three' })
    await handle.write(Buffer.from('XTWOX'), 1, 3, 4)
    await handle.writev([Buffer.from(' a'), Buffer.from('nd')])
    expect((await handle.read(Buffer.alloc(3), 0, 3, 4)).buffer.toString()).toBe('TWO')
    expect((await handle.read({ buffer: Buffer.alloc(3), position: 0 })).buffer.toString()).toBe('one')
    const parts = [Buffer.alloc(3), Buffer.alloc(4)]
    expect((await handle.readv(parts, 0)).bytesRead).toBe(7)
    expect(parts.join('|')).toBe('one| TWO')
    await handle.truncate(7)
    expect((await handle.stat()).size).toBe(7)
    expect((await handle.stat({ bigint: true })).size).toBe(7n)
    await handle.appendFile(' more')
    await handle.sync()
    await handle.datasync()
    await handle.chmod(0o600)
    expect((await fs.stat('new.md')).mode & 0o777).toBe(0o600)
    await handle.utimes(1, 2)
    expect((await handle.stat()).mtimeMs).toBe(2000)
    expect(handle.fd).toBeGreaterThan(0)
  })

  it('C4: a handle gives lines and streams', async () => {
    const { fs } = await make().start()
    const lines: string[] = []
    for await (const line of (await fs.open(scene)).readLines()) lines.push(line)
    expect(lines).toEqual(book[scene].trimEnd().split('\n'))
    const handle = await fs.open('copy.md', 'w')
    await pipeline((await fs.open(scene)).createReadStream(), handle.createWriteStream())
    expect(await fs.readFile('copy.md', 'utf8')).toBe(book[scene])
    const web = await fs.open(scene)
    const pieces: string[] = []
    for await (const piece of web.readableWebStream() as AsyncIterable<Uint8Array>)
      pieces.push(Buffer.from(piece).toString())
    await web.close()
    expect(pieces.join('')).toBe(book[scene])
  })

  it('C2: a handle that reads cannot change lower', async () => {
    const place = make()
    const session = await place.start()
    const before = lowerOf(place)
    const handle = await session.fs.open(plan, 'r')
    await expect(handle.write('x')).rejects.toMatchObject({ code: 'EBADF' })
    await expect(handle.truncate(0)).rejects.toMatchObject({ code: 'EINVAL' })
    await handle.chmod(0o755)
    await handle.utimes(1, 1)
    await handle.close()
    expect((await session.fs.stat(plan)).mode & 0o777).toBe(0o755)
    expect(lowerOf(place)).toEqual(before)
  })

  it('C4: streams read a range and write from a place on', async () => {
    const { fs } = await make({ 'a.txt': '0123456789' }).start()
    const pieces: string[] = []
    for await (const piece of fs.createReadStream('a.txt', {
      start: 2,
      end: 7,
      highWaterMark: 2,
      encoding: 'utf8',
    }))
      pieces.push(piece as string)
    expect(pieces).toEqual(['23', '45', '67'])
    await pipeline(Readable.from(['AB', 'CD']), fs.createWriteStream('a.txt', { flags: 'r+', start: 4 }))
    expect(await fs.readFile('a.txt', 'utf8')).toBe('0123ABCD89')
    await pipeline(fs.createReadStream('a.txt'), fs.createWriteStream('b.txt', { flags: 'wx', mode: 0o600 }))
    expect(await fs.readFile('b.txt', 'utf8')).toBe('0123ABCD89')
    const failing = pipeline(Readable.from(['x']), fs.createWriteStream('b.txt', { flags: 'wx' }))
    await expect(failing).rejects.toMatchObject({ code: 'EEXIST', path: 'b.txt' })
    await expect(fs.createReadStream('none').toArray()).rejects.toMatchObject({
      code: 'ENOENT',
      syscall: 'open',
    })
  })

  it('C5: bytes stay bytes, through reads, copies and streams of a large file', async () => {
    const place = make()
    const large = Buffer.alloc(3 * mebibyte + 7, Buffer.from(Array.from({ length: 251 }, (_, at) => at + 3)))
    place.put('large.bin', large)
    const { fs } = await place.start()
    expect(large.equals(await fs.readFile('large.bin'))).toBe(true)
    await fs.copyFile('large.bin', 'copy.bin')
    await pipeline(fs.createReadStream('copy.bin'), fs.createWriteStream('streamed.bin'))
    expect(large.equals(await fs.readFile('streamed.bin'))).toBe(true)
    await fs.appendFile('streamed.bin', 'end')
    expect((await fs.stat('streamed.bin')).size).toBe(large.length + 3)
  })

  it('C2: nothing that session.fs does changes lower, in bytes, modes or times', async () => {
    const place = make()
    place.fs.symlinkSync('plan.md', `${place.root}/acts/act-1/link.md`)
    const before = lowerOf(place)
    const session = await place.start()
    const { fs } = session
    await fs.writeFile(plan, 'x')
    await fs.appendFile('acts/act-1/link.md', 'y')
    await fs.chmod('notes.txt', 0o755)
    await fs.chmod('acts', 0o700)
    await fs.utimes('notes.txt', 1, 1)
    await fs.utimes('context', 1, 1)
    await fs.lutimes('acts/act-1/link.md', 1, 1)
    await fs.rename('acts/act-1/chapters', 'chapters')
    await fs.cp('context', 'context-2', { recursive: true })
    await fs.rm('context', { recursive: true })
    await fs.truncate('notes.txt', 3)
    await (await fs.open('notes.txt', 'r+')).close()
    await pipeline(Readable.from(['z']), fs.createWriteStream('notes.txt'))
    expect(await fs.readFile(plan, 'utf8')).toBe('xy')
    await session.status()
    expect(lowerOf(place)).toEqual(before)
    await session.commit()
    expect(place.read(plan)).toBe('xy')
    expect(place.names('.')).toEqual(['acts', 'chapters', 'context-2', 'notes.txt', 'workspace'])
  })
})

describe('session.fs, with a file too large for memory', () => {
  const make = places(onDisk)

  it('C5: an append, a stream and a copy hold only pieces of it', { timeout: 60_000 }, async () => {
    const place = make()
    place.put('large.bin', '')
    place.fs.truncateSync(`${place.root}/large.bin`, 160 * mebibyte)
    const { fs } = await place.start()
    const before = process.memoryUsage()
    let most = 0
    const watch = setInterval(() => {
      const { arrayBuffers, heapUsed } = process.memoryUsage()
      most = Math.max(most, arrayBuffers + heapUsed - before.arrayBuffers - before.heapUsed)
    }, 2)
    await fs.appendFile('large.bin', 'the end')
    await fs.copyFile('large.bin', 'copy.bin')
    const tail: Buffer[] = []
    for await (const piece of fs.createReadStream('copy.bin', { start: 150 * mebibyte }))
      tail.push(piece.subarray(-7))
    clearInterval(watch)
    expect(tail.at(-1)?.toString()).toBe('the end')
    expect(most).toBeLessThan(64 * mebibyte)
  })
})
