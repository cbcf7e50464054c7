import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FilePort } from '../../lib/port/port.js'
import { allFileSystems, type FileSystem } from '../support/file-systems.js'
import { codeOf, codeOfAsync } from './code-of.js'

describe.each(allFileSystems)('the port on %s', (_name, open) => {
  let system: FileSystem
  let port: FilePort

  beforeEach(() => {
    system = open()
    port = system.port
    put('chapter.md', 'Call me Ishmael.')
    system.fs.mkdirSync(at('acts/act-1'), { recursive: true })
    put('acts/act-1/plan.md', 'the plan')
  })
  afterEach(() => system.dispose())

  const at = (path: string) => `${system.root}/${path}`
  const put = (path: string, content: string) => system.fs.writeFileSync(at(path), content)
  const read = (path: string) => system.fs.readFileSync(at(path), 'utf8')
  const modeOf = (path: string) => Number(port.nativeStat(path, true).mode) & 0o7777
  const kind = (path: string) => {
    const stats = port.stat(path)
    if (stats === null) return null
    return stats.isFile()
      ? 'file'
      : stats.isDirectory()
        ? 'folder'
        : stats.isSymbolicLink()
          ? 'symlink'
          : 'other'
  }

  function readAll(path: string): string {
    const file = port.openForReading(path)
    try {
      return file.readAll().toString()
    } finally {
      file.close()
    }
  }

  function write(path: string, content: string, mode?: number): void {
    const file = port.create(path, mode)
    file.write(Buffer.from(content))
    file.close()
  }

  it('tells where it is', () => {
    expect(port.root).toBe(system.root)
    expect(port.absolute('')).toBe(system.root)
    expect(port.absolute('acts/act-1')).toBe(at('acts/act-1'))
    expect(port.caseSensitive).toBe(true)
    expect(port.timestampGranularity).toBeGreaterThan(0)
  })

  it('stats a file, a folder, the root and a link, and says null for nothing', () => {
    port.symlink('nowhere', 'link')
    expect(port.stat('chapter.md')).toMatchObject({ size: 16n })
    expect(typeof port.stat('chapter.md')?.mtimeNs).toBe('bigint')
    expect(['chapter.md', 'acts', '', 'link'].map(kind)).toEqual(['file', 'folder', 'folder', 'symlink'])
    expect(port.stat('link')).toMatchObject({ size: 7n, mode: 0o120777n })
    expect(port.stat('none')).toBeNull()
    expect(port.stat('none/none')).toBeNull()
    expect(port.stat('chapter.md/none')).toBeNull()
    expect(port.stat('chapter.md/none/none')).toBeNull()
  })

  it('stats as node does', () => {
    expect(port.nativeStat('chapter.md', false).size).toBe(16)
    expect(port.nativeStat('chapter.md', false).mtime).toBeInstanceOf(Date)
    expect(port.nativeStat('chapter.md', true).size).toBe(16n)
    expect(codeOf(() => port.nativeStat('none', false))).toBe('ENOENT')
    expect(codeOf(() => port.nativeStat('chapter.md/none', true))).toBe('ENOTDIR')
  })

  it('stats the names of one folder at once', () => {
    const found = port.statEach('acts/act-1', ['plan.md', 'none', 'plan.md'])
    expect(found.map((stats) => stats?.size)).toEqual([8n, undefined, 8n])
    expect(found[1]).toBeNull()
    expect(port.statEach('', ['chapter.md'])[0]?.size).toBe(16n)
    expect(port.statEach('none', ['a', 'b'])).toEqual([null, null])
    expect(port.statEach('none/none', ['a'])).toEqual([null])
    expect(port.statEach('chapter.md', ['a'])).toEqual([null])
  })

  it('lists a folder', () => {
    port.symlink('chapter.md', 'link')
    const entries = port.list('').sort((one, other) => (one.name < other.name ? -1 : 1))
    expect(entries).toEqual([
      { name: 'acts', kind: 'folder' },
      { name: 'chapter.md', kind: 'file' },
      { name: 'link', kind: 'symlink' },
    ])
    expect(port.list('acts/act-1')).toEqual([{ name: 'plan.md', kind: 'file' }])
    expect(codeOf(() => port.list('none'))).toBe('ENOENT')
    expect(codeOf(() => port.list('chapter.md'))).toBe('ENOTDIR')
    expect(codeOf(() => port.list('link'))).toBe('ENOTDIR')
  })

  it('reads and writes through an open file', async () => {
    const file = port.create('new.md')
    file.write(Buffer.from('one two'))
    file.write(Buffer.from('TWO'), 4)
    await file.writeAsync(Buffer.from(' three'), 7)
    const buffer = Buffer.alloc(5)
    expect(file.read(buffer, 0, 5, 4)).toBe(5)
    expect(buffer.toString()).toBe('TWO t')
    expect(await file.readAsync(buffer, 1, 3, 0)).toBe(3)
    expect(buffer.toString()).toBe('Tonet')
    expect(file.read(buffer, 0, 5, 13)).toBe(0)
    file.truncate(3)
    expect(file.stat().size).toBe(3n)
    await file.sync()
    expect(file.readAll().toString()).toBe('one')
    file.close()
    expect(read('new.md')).toBe('one')
  })

  it('reads a file that grows, shrinks or is empty', () => {
    put('empty.md', '')
    expect(readAll('empty.md')).toBe('')
    const file = port.openForReading('chapter.md')
    const long = 'x'.repeat(100_000)
    put('chapter.md', long)
    expect(file.readAll().toString()).toBe(long)
    put('chapter.md', 'short')
    expect(file.readAll().toString()).toBe('short')
    file.close()
  })

  it('refuses a closed file, however often it was closed', () => {
    const file = port.openForReading('chapter.md')
    file.close()
    file.close()
    expect(codeOf(() => file.readAll())).toBe('EBADF')
    expect(codeOf(() => file.stat())).toBe('EBADF')
  })

  it('refuses to write to what was opened for reading', async () => {
    const file = port.openForReading('chapter.md')
    expect(codeOf(() => file.write(Buffer.from('x')))).toBe('EBADF')
    expect(await codeOfAsync(() => file.writeAsync(Buffer.from('x')))).toBe('EBADF')
    expect(codeOf(() => file.truncate(0))).toBe('EINVAL')
    file.close()
    expect(read('chapter.md')).toBe('Call me Ishmael.')
  })

  it('writes in place and appends', () => {
    const inPlace = port.openForWriting('chapter.md')
    inPlace.write(Buffer.from('Name'))
    inPlace.close()
    expect(read('chapter.md')).toBe('Name me Ishmael.')
    const appending = port.openForWriting('chapter.md', { append: true })
    appending.write(Buffer.from(' Some'))
    appending.write(Buffer.from(' years'))
    appending.close()
    expect(read('chapter.md')).toBe('Name me Ishmael. Some years')
  })

  it('opens only what is there', () => {
    for (const open of [
      (path: string) => port.openForReading(path),
      (path: string) => port.openForWriting(path),
    ]) {
      expect(codeOf(() => open('none'))).toBe('ENOENT')
      expect(codeOf(() => open('none/none'))).toBe('ENOENT')
      expect(codeOf(() => open('chapter.md/none'))).toBe('ENOTDIR')
      expect(codeOf(() => open('acts'))).toBe('WRONG_KIND')
      expect(codeOf(() => open(''))).toBe('WRONG_KIND')
    }
  })

  it('creates only what is not there, with its mode', () => {
    write('new.md', 'new', 0o755)
    const mask = process.umask()
    expect(modeOf('new.md')).toBe(0o755 & ~mask)
    write('plain.md', 'new')
    expect(modeOf('plain.md')).toBe(0o666 & ~mask)
    port.symlink('nowhere', 'dangling')
    for (const taken of ['new.md', 'acts', 'dangling']) {
      expect(codeOf(() => port.create(taken))).toBe('EEXIST')
      expect(codeOf(() => port.makeFolder(taken))).toBe('EEXIST')
      expect(codeOf(() => port.symlink('x', taken))).toBe('EEXIST')
      expect(codeOf(() => port.link('chapter.md', taken))).toBe('EEXIST')
    }
    expect(port.stat('nowhere')).toBeNull()
    expect(codeOf(() => port.create('none/new.md'))).toBe('ENOENT')
    expect(codeOf(() => port.create('chapter.md/new.md'))).toBe('ENOTDIR')
    expect(codeOf(() => port.create('x'.repeat(256)))).toBe('ENAMETOOLONG')
  })

  it('makes and removes folders', () => {
    port.makeFolder('new')
    port.makeFolder('new/inner', 0o700)
    expect(modeOf('new/inner')).toBe(0o700)
    expect(codeOf(() => port.removeFolder('new'))).toBe('ENOTEMPTY')
    port.removeFolder('new/inner')
    port.removeFolder('new')
    expect(port.stat('new')).toBeNull()
    expect(codeOf(() => port.removeFolder('new'))).toBe('ENOENT')
    expect(codeOf(() => port.removeFolder('chapter.md'))).toBe('ENOTDIR')
    expect(codeOf(() => port.makeFolder('none/new'))).toBe('ENOENT')
  })

  it('removes files and links, never what a link points to', () => {
    port.symlink('chapter.md', 'link')
    port.symlink('acts', 'folder-link')
    port.remove('link')
    expect(codeOf(() => port.removeFolder('folder-link'))).toBe('ENOTDIR')
    port.remove('folder-link')
    expect(['link', 'folder-link', 'chapter.md', 'acts'].map(kind)).toEqual([null, null, 'file', 'folder'])
    port.remove('chapter.md')
    expect(port.stat('chapter.md')).toBeNull()
    expect(codeOf(() => port.remove('chapter.md'))).toBe('ENOENT')
    expect(codeOf(() => port.remove('acts'))).toBe(process.platform === 'linux' ? 'EISDIR' : 'EPERM')
  })

  it('renames a file over another, and a folder with what is in it', () => {
    port.rename('chapter.md', 'acts/act-1/plan.md')
    expect(read('acts/act-1/plan.md')).toBe('Call me Ishmael.')
    expect(port.stat('chapter.md')).toBeNull()
    port.makeFolder('target')
    port.rename('acts', 'target')
    expect(readAll('target/act-1/plan.md')).toBe('Call me Ishmael.')
    port.remove('target/act-1/plan.md')
    port.removeFolder('target/act-1')
    port.removeFolder('target')
    expect(port.list('')).toEqual([])
  })

  it('renames a link, not its target', () => {
    port.symlink('chapter.md', 'link')
    port.rename('link', 'moved')
    expect(port.readLink('moved')).toBe('chapter.md')
    expect(['link', 'moved', 'chapter.md'].map(kind)).toEqual([null, 'symlink', 'file'])
    port.rename('chapter.md', 'moved')
    expect(kind('moved')).toBe('file')
  })

  it('refuses the renames that a disk refuses', () => {
    put('acts/other.md', '')
    expect(codeOf(() => port.rename('none', 'x'))).toBe('ENOENT')
    expect(codeOf(() => port.rename('chapter.md', 'none/x'))).toBe('ENOENT')
    expect(codeOf(() => port.rename('chapter.md', 'acts'))).toBe('EISDIR')
    expect(codeOf(() => port.rename('acts/act-1', 'chapter.md'))).toBe('ENOTDIR')
    expect(codeOf(() => port.rename('acts', 'acts/act-1/inner'))).toBe('EINVAL')
    port.makeFolder('full')
    put('full/x.md', '')
    expect(codeOf(() => port.rename('acts', 'full'))).toBe('ENOTEMPTY')
    expect(codeOf(() => port.rename('', 'x'))).toBe('EBUSY')
    port.rename('chapter.md', 'chapter.md')
    expect(read('chapter.md')).toBe('Call me Ishmael.')
  })

  it('makes hard links, of a link too, and of no folder', () => {
    port.symlink('chapter.md', 'link')
    port.link('chapter.md', 'second.md')
    expect(port.stat('second.md')?.ino).toBe(port.stat('chapter.md')?.ino)
    expect(port.stat('chapter.md')?.nlink).toBe(2n)
    port.link('link', 'acts/link')
    expect(port.readLink('acts/link')).toBe('chapter.md')
    expect(codeOf(() => port.link('none', 'x'))).toBe('ENOENT')
    expect(codeOf(() => port.link('acts', 'x'))).toBe('EPERM')
    port.rename('chapter.md', 'second.md')
    expect([kind('chapter.md'), kind('second.md')]).toEqual(['file', 'file'])
  })

  it('makes links to anything and reads them', () => {
    for (const target of ['chapter.md', '../outside', '/etc/passwd', 'no such file']) {
      port.symlink(target, 'link')
      expect(port.readLink('link')).toBe(target)
      port.remove('link')
    }
    expect(codeOf(() => port.readLink('chapter.md'))).toBe('EINVAL')
    expect(codeOf(() => port.readLink('none'))).toBe('ENOENT')
  })

  it('changes modes, of links never, and leaves the modification time alone', () => {
    port.setTimes('chapter.md', 1_000_000, 2_000_000)
    port.chmod('chapter.md', 0o700)
    expect(modeOf('chapter.md')).toBe(0o700)
    expect(port.nativeStat('chapter.md', false).mtimeMs).toBe(2_000_000)
    port.chmod('acts', 0o750)
    expect(modeOf('acts')).toBe(0o750)
    const file = port.openForWriting('chapter.md')
    file.chmod(0o640)
    file.close()
    expect(modeOf('chapter.md')).toBe(0o640)
    expect(port.nativeStat('chapter.md', false).mtimeMs).toBe(2_000_000)
    port.symlink('chapter.md', 'link')
    expect(codeOf(() => port.chmod('link', 0o777))).toBe('ELOOP')
    expect(modeOf('chapter.md')).toBe(0o640)
    expect(codeOf(() => port.chmod('none', 0o777))).toBe('ENOENT')
  })

  it('sets times in milliseconds, before 1970 too; of a link, its own', () => {
    port.symlink('chapter.md', 'link')
    const before = port.nativeStat('chapter.md', false).mtimeMs
    port.setTimes('link', 1000, 3000)
    expect(port.nativeStat('link', false).mtimeMs).toBe(3000)
    expect(port.nativeStat('chapter.md', false).mtimeMs).toBe(before)
    port.setTimes('chapter.md', 5500, 4500)
    expect(port.nativeStat('chapter.md', false)).toMatchObject({ atimeMs: 5500, mtimeMs: 4500 })
    port.setTimes('chapter.md', 1000, -5000)
    expect(port.nativeStat('chapter.md', false).mtimeMs).toBe(-5000)
    port.setTimes('', 1000, 7000)
    expect(port.nativeStat('', false).mtimeMs).toBe(7000)
    expect(codeOf(() => port.setTimes('none', 1, 1))).toBe('ENOENT')
  })

  it('tells what may be written', () => {
    port.symlink('chapter.md', 'link')
    expect(['chapter.md', 'acts', ''].map((path) => port.isWritable(path))).toEqual([true, true, true])
    expect(['none', 'none/none', 'chapter.md/none', 'link'].map((path) => port.isWritable(path))).toEqual([
      false,
      false,
      false,
      false,
    ])
  })

  it('shares blocks where it can, and leaves nothing where it cannot', () => {
    const shared = port.reflink('chapter.md', 'copy.md')
    expect(port.stat('copy.md') !== null).toBe(shared)
    if (shared) expect(read('copy.md')).toBe('Call me Ishmael.')
  })

  it('makes a twin of a file, with its mode, and leaves nothing where it cannot', async () => {
    port.chmod('chapter.md', 0o640)
    await port.duplicate('chapter.md', 'acts/twin.md')
    expect(read('acts/twin.md')).toBe('Call me Ishmael.')
    expect(Number(port.stat('acts/twin.md')?.mode ?? 0n) & 0o777).toBe(0o640)
    port.symlink('chapter.md', 'link')
    expect(await codeOfAsync(() => port.duplicate('chapter.md', 'acts/twin.md'))).toBe('EEXIST')
    expect(await codeOfAsync(() => port.duplicate('none', 'other'))).toBe('ENOENT')
    expect(await codeOfAsync(() => port.duplicate('chapter.md', 'none/other'))).toBe('ENOENT')
    expect(await codeOfAsync(() => port.duplicate('acts', 'other'))).toBe('WRONG_KIND')
    expect(await codeOfAsync(() => port.duplicate('link', 'other'))).toBe('WRONG_KIND')
    expect(port.stat('other')).toBe(null)
  })

  it('syncs folders', async () => {
    await port.syncFolder('')
    await port.syncFolder('acts/act-1')
    expect(await codeOfAsync(() => port.syncFolder('none'))).toBe('ENOENT')
    expect(await codeOfAsync(() => port.syncFolder('chapter.md'))).toBe('ENOTDIR')
  })

  it('opens handles like those of node:fs/promises', async () => {
    const reading = await port.openHandle('chapter.md', 'r')
    expect(await reading.readFile('utf8')).toBe('Call me Ishmael.')
    expect(await codeOfAsync(() => reading.write('x'))).toBe('EBADF')
    expect(await codeOfAsync(() => reading.truncate(0))).toBe('EINVAL')
    await reading.close()
    const appending = await port.openHandle('chapter.md', 'a')
    await appending.write(' Some')
    expect(await codeOfAsync(() => appending.read(Buffer.alloc(1), 0, 1, 0))).toBe('EBADF')
    await appending.close()
    const both = await port.openHandle('chapter.md', 'r+')
    await both.write('N', 0)
    await both.close()
    expect(read('chapter.md')).toBe('Nall me Ishmael. Some')
    expect(await codeOfAsync(() => port.openHandle('none', 'r+'))).toBe('ENOENT')
    expect(await codeOfAsync(() => port.openHandle('acts', 'r'))).toBe('WRONG_KIND')
    expect(await codeOfAsync(() => port.openHandle('acts', 'r+'))).toBe('WRONG_KIND')
  })

  it.each([
    'with space.md',
    'été – 終わり.md',
    'two\nlines.md',
    'back\\slash.md',
    'gone (deleted)',
    'quote\'".md',
    '-rf',
    '...',
  ])('works on a file named %j', async (name) => {
    const path = `acts/${name}`
    write(path, 'content')
    expect(readAll(path)).toBe('content')
    expect(port.stat(path)?.size).toBe(7n)
    expect(port.list('acts').map((entry) => entry.name)).toContain(name)
    expect(port.statEach('acts', [name])[0]?.size).toBe(7n)
    await (await port.openHandle(path, 'r')).close()
    port.chmod(path, 0o600)
    port.rename(path, name)
    port.link(name, path)
    port.remove(path)
    port.remove(name)
    port.makeFolder(name)
    write(`${name}/inner.md`, 'inner')
    expect(readAll(`${name}/inner.md`)).toBe('inner')
  })

  it('names the file in its errors as the caller does', () => {
    const thrown = (run: () => unknown) => {
      try {
        run()
      } catch (error) {
        return error
      }
    }
    const create = thrown(() => port.create('chapter.md'))
    expect(create).toMatchObject({ code: 'EEXIST', path: at('chapter.md'), syscall: 'open' })
    expect(String(create)).toContain(`EEXIST: file already exists, open '${at('chapter.md')}'`)
    const rename = thrown(() => port.rename('none', 'acts/none'))
    expect(rename).toMatchObject({ code: 'ENOENT', path: at('none'), dest: at('acts/none') })
  })
})
