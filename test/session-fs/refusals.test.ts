import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isCowriteError } from '../../lib/errors.js'
import { book, codeOf, places, plan, scene, thrownBy } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'

type NodeError = NodeJS.ErrnoException & { dest?: string }

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[number]]

describe.each(fileSystems)('session.fs, refusing on %s', (_name, open) => {
  const make = places(open)

  it('C1: an error has the shape of node’s, and ours in its cause', async () => {
    const { fs } = await make().start()
    const missing = await thrownBy<NodeError>(fs.readFile('acts/none.md'))
    expect(missing.message).toBe("ENOENT: no such file or directory, open 'acts/none.md'")
    expect({ ...missing }).toEqual({ errno: -2, code: 'ENOENT', syscall: 'open', path: 'acts/none.md' })
    expect(missing.cause).toMatchObject({ name: 'CowriteError', code: 'NOT_FOUND' })
    const moved = await thrownBy<NodeError>(fs.rename('none', 'other'))
    expect(moved.message).toBe("ENOENT: no such file or directory, rename 'none' -> 'other'")
    expect(moved).toMatchObject({ path: 'none', dest: 'other', syscall: 'rename' })
    expect(isCowriteError(moved.cause)).toBe(true)
  })

  it.each<[string, string, (fs: Fs) => Promise<unknown>]>([
    ['a file that is to be made and is there', 'EEXIST', (fs) => fs.writeFile(plan, '', { flag: 'wx' })],
    ['a folder as a file', 'EISDIR', (fs) => fs.readFile('acts')],
    ['a file as a folder', 'ENOTDIR', (fs) => fs.readdir(plan)],
    ['a slash after a file', 'ENOTDIR', (fs) => fs.stat(`${plan}/`)],
    ['something in a file', 'ENOTDIR', (fs) => fs.writeFile(`${plan}/x`, '')],
    ['a folder that is not empty', 'ENOTEMPTY', (fs) => fs.rmdir('acts')],
    ['a folder, without recursive', 'ERR_FS_EISDIR', (fs) => fs.rm('acts')],
    ['a folder into itself', 'EINVAL', (fs) => fs.rename('acts', 'acts/inside')],
    ['a link that is none', 'EINVAL', (fs) => fs.readlink(plan)],
    ['an executable that is none', 'EACCES', (fs) => fs.access(plan, 1)],
    ['an empty path', 'ENOENT', (fs) => fs.stat('')],
    ['a name that is too long', 'ENAMETOOLONG', (fs) => fs.writeFile('x'.repeat(256), '')],
    ['a hard link', 'EPERM', (fs) => fs.link(plan, 'second')],
    ['an owner', 'EPERM', (fs) => fs.chown(plan, 12345, 12345)],
    ['no path at all', 'ERR_INVALID_ARG_TYPE', (fs) => fs.readFile(undefined as never)],
    ['a path with a NUL', 'ERR_INVALID_ARG_VALUE', (fs) => fs.readFile('a\0b')],
    ['a number as content', 'ERR_INVALID_ARG_TYPE', (fs) => fs.writeFile(plan, 3 as never)],
    ['an encoding that is none', 'ERR_INVALID_ARG_VALUE', (fs) => fs.readFile(plan, 'nope' as never)],
    ['flags that are none', 'ERR_INVALID_ARG_VALUE', (fs) => fs.open(plan, 'q')],
    ['a URL that is no file’s', 'ERR_INVALID_URL_SCHEME', (fs) => fs.readFile(new URL('http://x/y'))],
  ])('C3: %s is %s', async (_what, code, call) => {
    const session = await make().start()
    expect(await codeOf(call(session.fs))).toBe(code)
    const { changes } = await session.status()
    expect([...changes.created, ...changes.modified, ...changes.deleted]).toEqual([])
  })

  it.each(['..', '../x', '/etc/passwd', 'acts/../../x', 'C:/x'])(
    'P1: %s is out of the workspace',
    async (path) => {
      const { fs } = await make().start()
      for (const call of [
        () => fs.readFile(path),
        () => fs.writeFile(path, 'x'),
        () => fs.stat(path),
        () => fs.readdir(path),
        () => fs.rm(path, { recursive: true, force: true }),
        () => fs.rename(plan, path),
        () => fs.cp(plan, path),
      ]) {
        const refused = await thrownBy<NodeError>(call())
        expect(refused).toMatchObject({ code: 'EACCES', cause: { code: 'PATH_ESCAPE' } })
      }
    },
  )

  it('P1: a backslash is no separator', async () => {
    const { fs } = await make().start()
    await expect(fs.writeFile('acts\\x.md', '')).rejects.toMatchObject({
      code: 'EINVAL',
      cause: { code: 'INVALID_INPUT' },
    })
  })

  it('P2, P8: a link out of the workspace is not followed, nor made', async () => {
    const place = make()
    const outside = `${dirname(place.root)}/outside`
    place.fs.mkdirSync(outside)
    place.fs.writeFileSync(`${outside}/secret`, 'secret')
    place.fs.symlinkSync(outside, `${place.root}/out`)
    place.fs.symlinkSync('../outside/secret', `${place.root}/secret`)
    place.fs.symlinkSync('secret', `${place.root}/second`)
    const { fs } = await place.start()
    for (const call of [
      () => fs.readFile('secret'),
      () => fs.readFile('second'),
      () => fs.readFile('out/secret'),
      () => fs.readdir('out'),
      () => fs.stat('secret'),
      () => fs.realpath('out'),
      () => fs.access('out/secret'),
      () => fs.writeFile('secret', 'x'),
      () => fs.writeFile('out/new', 'x'),
      () => fs.open('out/secret', 'r+'),
      () => fs.appendFile('second', 'x'),
      () => fs.truncate('secret', 0),
      () => fs.mkdir('out/new'),
      () => fs.rename(plan, 'out/plan.md'),
      () => fs.unlink('out/secret'),
      () => fs.chmod('secret', 0o777),
      () => fs.copyFile('secret', 'copy'),
      () => fs.symlink('../outside', 'made'),
      () => fs.symlink(outside, 'made'),
    ]) {
      await expect(call(), String(call)).rejects.toMatchObject({
        code: 'EACCES',
        cause: { code: 'PATH_ESCAPE' },
      })
    }
    expect(await fs.readlink('secret')).toBe('../outside/secret')
    expect((await fs.lstat('secret')).isSymbolicLink()).toBe(true)
    await fs.unlink('secret')
    await fs.rm('out', { recursive: true })
    expect(place.fs.readFileSync(`${outside}/secret`, 'utf8')).toBe('secret')
    expect(place.fs.readdirSync(outside)).toEqual(['secret'])
  })

  it('P8: a link inside is followed: the write lands on a copy of its target, and the link stays', async () => {
    const place = make()
    place.fs.symlinkSync('act-1/plan.md', `${place.root}/acts/plan.md`)
    place.fs.symlinkSync('../acts/act-1', `${place.root}/context/act`)
    const session = await place.start()
    const { fs } = session
    await fs.writeFile('acts/plan.md', 'by a link')
    await fs.appendFile('context/act/../act-1/plan.md', ', and again')
    expect(await fs.readFile(plan, 'utf8')).toBe('by a link, and again')
    expect(await fs.realpath('context/act/plan.md')).toBe(`${place.root}/${plan}`)
    expect((await session.status()).changes.modified.map(({ path }) => path)).toEqual([plan])
    await fs.symlink('none.md', 'dangling')
    await fs.writeFile('dangling', 'made')
    expect(await fs.readFile('none.md', 'utf8')).toBe('made')
    expect(await fs.readdir('context', { recursive: true })).toContain('act/plan.md')
  })

  it('P3: the state folder and .git are not seen, not read and not written', async () => {
    const place = make({ ...book, '.git/config': '[core]', 'sub/.git/HEAD': 'ref' })
    place.fs.symlinkSync('.git', `${place.root}/repository`)
    const { fs } = await place.start()
    expect(await fs.readdir('.')).toEqual(['acts', 'context', 'notes.txt', 'repository', 'sub'])
    expect(await fs.readdir('.', { recursive: true })).not.toContainEqual(expect.stringContaining('.git'))
    for (const path of [
      '.git/config',
      'workspace/config.json',
      'sub/.git/HEAD',
      'sub/.GIT/x',
      'repository/config',
    ]) {
      for (const call of [() => fs.readFile(path), () => fs.stat(path), () => fs.access(path)]) {
        await expect(call(), `${call} ${path}`).rejects.toMatchObject({
          code: 'ENOENT',
          cause: { code: 'PATH_PROTECTED' },
        })
      }
      for (const call of [
        () => fs.writeFile(path, 'x'),
        () => fs.open(path, 'r+'),
        () => fs.rm(path, { force: true }),
        () => fs.unlink(path),
        () => fs.rename(plan, path),
        () => fs.mkdir(path, { recursive: true }),
      ]) {
        await expect(call(), `${call} ${path}`).rejects.toMatchObject({
          code: 'EPERM',
          cause: { code: 'PATH_PROTECTED' },
        })
      }
    }
    await expect(fs.rm('sub', { recursive: true })).rejects.toMatchObject({ code: 'EPERM' })
    expect(place.read('.git/config')).toBe('[core]')
  })

  it('P5: a name that breaks on another system is not made, but read', async () => {
    const place = make({ ...book, 'what?.md': 'there' })
    const { fs } = await place.start()
    for (const name of ['CON', 'a?.md', 'trailing.', 'nul.txt', 'turned\u202eround']) {
      for (const call of [
        () => fs.writeFile(name, 'x'),
        () => fs.mkdir(name),
        () => fs.rename(plan, name),
        () => fs.copyFile(plan, name),
        () => fs.symlink('notes.txt', name),
        () => fs.open(name, 'w'),
      ]) {
        await expect(call(), `${call} ${name}`).rejects.toMatchObject({
          code: 'EINVAL',
          cause: { code: 'INVALID_INPUT' },
        })
      }
    }
    expect(await fs.readFile('what?.md', 'utf8')).toBe('there')
    await fs.writeFile('what?.md', 'changed')
    expect(await fs.readFile('what?.md', 'utf8')).toBe('changed')
  })

  it('C3: a closed session answers nothing', async () => {
    const session = await make().start()
    const handle = await session.fs.open(plan)
    const writing = await session.fs.open(scene, 'a')
    await session.close()
    for (const call of [
      () => session.fs.readFile(plan),
      () => session.fs.writeFile(plan, 'x'),
      () => session.fs.stat(plan),
      () => session.fs.readdir('.'),
      () => handle.read(),
      () => writing.write('x'),
    ]) {
      await expect(call(), String(call)).rejects.toMatchObject({
        code: 'EBADF',
        cause: { code: 'SESSION_NOT_FOUND' },
      })
    }
    await handle.close()
    await writing.close()
  })

  it('C3: throwIfNoEntry: false says undefined', async () => {
    const { fs } = await make().start()
    expect(await fs.stat('none', { throwIfNoEntry: false } as never)).toBeUndefined()
    await expect(fs.stat(`${plan}/x`, { throwIfNoEntry: false } as never)).rejects.toMatchObject({
      code: 'ENOTDIR',
    })
  })
})

type Fs = Awaited<ReturnType<ReturnType<ReturnType<typeof places>>['start']>>['fs']

describe('session.fs, on the disk alone', () => {
  const make = places(onDisk)

  it('P6: a FIFO is refused at once, and listed as what it is', async () => {
    const place = make()
    execFileSync('mkfifo', [`${place.root}/pipe`])
    const { fs } = await place.start()
    for (const call of [
      () => fs.readFile('pipe'),
      () => fs.writeFile('pipe', 'x'),
      () => fs.appendFile('pipe', 'x'),
      () => fs.open('pipe', 'r'),
      () => fs.open('pipe', 'r+'),
      () => fs.copyFile('pipe', 'copy'),
      () => fs.createReadStream('pipe').toArray(),
    ]) {
      await expect(call(), String(call)).rejects.toMatchObject({ code: 'ENXIO' })
    }
    expect((await fs.stat('pipe')).isFIFO()).toBe(true)
    const entries = await fs.readdir('.', { withFileTypes: true })
    expect(entries.find(({ name }) => name === 'pipe')?.isFIFO()).toBe(true)
  })

  it('P6: another name of a file never changes', async () => {
    const place = make()
    place.fs.linkSync(`${place.root}/${plan}`, `${dirname(place.root)}/second`)
    const session = await place.start()
    await session.fs.appendFile(plan, 'more')
    await session.commit()
    expect(place.read(plan)).toBe(`${book[plan]}more`)
    expect(readFileSync(`${dirname(place.root)}/second`, 'utf8')).toBe(book[plan])
  })

  it('P2: a link that is put in the place of a folder while it is worked in leads nowhere', async () => {
    const place = make()
    const outside = `${dirname(place.root)}/outside`
    mkdirSync(`${outside}/characters`, { recursive: true })
    writeFileSync(`${outside}/characters/alexa.json`, 'secret')
    const { fs } = await place.start()
    expect(await fs.readFile('context/characters/alexa.json', 'utf8')).toContain('Alexa')
    place.fs.rmSync(`${place.root}/context`, { recursive: true })
    symlinkSync(outside, `${place.root}/context`)
    await expect(fs.readFile('context/characters/alexa.json')).rejects.toMatchObject({ code: 'EACCES' })
    await expect(fs.writeFile('context/new.json', 'x')).rejects.toMatchObject({ code: 'EACCES' })
    expect(readFileSync(`${outside}/characters/alexa.json`, 'utf8')).toBe('secret')
  })
})
