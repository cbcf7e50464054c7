import { describe, expect, it } from 'vitest'
import { readOnlyPort } from '../../lib/port/read-only.js'
import { fileSystems } from '../support/file-systems.js'
import { readTree } from '../support/trees.js'

describe.each(fileSystems)('a port that writes nothing, on %s', (_name, open) => {
  it('refuses each verb that would change something, and reads as ever', async () => {
    const { port: real, fs, root, dispose } = open()
    fs.writeFileSync(`${root}/a`, 'content')
    fs.mkdirSync(`${root}/folder`)
    fs.symlinkSync('a', `${root}/link`)
    const before = readTree(fs, root)
    const port = readOnlyPort(real)
    const seam = port.lockSeam as { mkdirSync(name: string): void; rmdirSync(name: string): void }
    const writing: Record<string, () => unknown> = {
      openForWriting: () => port.openForWriting('a', { append: true }),
      create: () => port.create('b'),
      makeFolder: () => port.makeFolder('b'),
      removeFolder: () => port.removeFolder('folder'),
      remove: () => port.remove('a'),
      rename: () => port.rename('a', 'b'),
      link: () => port.link('a', 'b'),
      symlink: () => port.symlink('a', 'b'),
      chmod: () => port.chmod('a', 0o600),
      setTimes: () => port.setTimes('a', 0, 0),
      reflink: () => port.reflink('a', 'b'),
      duplicate: () => port.duplicate('a', 'b'),
      reflinkFrom: () => port.reflinkFrom(real, 'a', 'b'),
      syncFolder: () => port.syncFolder(''),
      openHandle: () => port.openHandle('a', 'r+'),
      lock: () => seam.mkdirSync(port.absolute('a.lock')),
      unlock: () => seam.rmdirSync(port.absolute('folder')),
    }
    for (const [verb, write] of Object.entries(writing))
      await expect((async () => write())(), verb).rejects.toMatchObject({ code: 'EROFS' })
    expect(port.isWritable('a')).toBe(false)
    expect(readTree(fs, root)).toEqual(before)

    const file = port.openForReading('a')
    expect(file.readAll().toString()).toBe('content')
    file.close()
    const handle = await port.openHandle('a', 'r')
    expect(await handle.readFile('utf8')).toBe('content')
    await handle.close()
    expect(port.list('').map(({ name }) => name)).toEqual(expect.arrayContaining(['a', 'folder', 'link']))
    expect(port.readLink('link')).toBe('a')
    real.close()
    dispose()
  })
})
