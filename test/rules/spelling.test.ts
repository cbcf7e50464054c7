import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import type { FilePort } from '../../lib/port/port.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, paths, places } from './support/places.js'

/** A disk that finds a name whatever its case and however its letters are put together, and keeps it as it was given. */
function forgiving(port: FilePort): FilePort {
  const fold = (name: string): string => name.normalize('NFC').toLowerCase()
  const onDisk = (path: string): string =>
    path.split('/').reduce((folder, name) => {
      const names = listed(folder)
      const found = names.includes(name) ? name : (names.find((other) => fold(other) === fold(name)) ?? name)
      return folder === '' ? found : `${folder}/${found}`
    }, '')
  const listed = (folder: string): string[] => {
    try {
      return port.list(folder).map(({ name }) => name)
    } catch {
      return [] // Nothing there to be spelled otherwise.
    }
  }
  const first = <Rest extends unknown[], Result>(call: (path: string, ...rest: Rest) => Result) => {
    return (path: string, ...rest: Rest): Result => call(path === '' ? '' : onDisk(path), ...rest)
  }
  return {
    ...port,
    caseSensitive: false,
    stat: first(port.stat),
    statEach: (folder, names) => names.map((name) => port.stat(onDisk(`${folder}/${name}`))),
    nativeStat: first(port.nativeStat),
    list: first(port.list),
    readLink: first(port.readLink),
    isWritable: first(port.isWritable),
    openForReading: first(port.openForReading),
    openForWriting: first(port.openForWriting),
    create: first(port.create),
    openHandle: first(port.openHandle),
    makeFolder: first(port.makeFolder),
    removeFolder: first(port.removeFolder),
    remove: first(port.remove),
    rename: (from, to) => port.rename(onDisk(from), onDisk(to)),
    link: (from, to) => port.link(onDisk(from), onDisk(to)),
    symlink: (target, path) => port.symlink(target, onDisk(path)),
    chmod: first(port.chmod),
    setTimes: first(port.setTimes),
    reflink: (from, to) => port.reflink(onDisk(from), onDisk(to)),
    duplicate: (from, to) => port.duplicate(onDisk(from), onDisk(to)),
    syncFolder: first(port.syncFolder),
  }
}

describe.each(fileSystems)('a disk that forgives spelling, on %s', (_name, open) => {
  const make = places(open)

  it('P5: the spelling on disk is the key, for reading, writing and committing', async () => {
    const summer = 'Acts/Été.md'.normalize('NFC')
    const place = make({ [summer]: 'summer', 'Acts/Plan.md': 'plan' })
    const workspace = new Workspace(forgiving(place.port), {})
    const session = await workspace.start('first')
    expect((await session.write('acts/PLAN.md', 'changed')).filePath).toBe('Acts/Plan.md')
    expect((await session.read('ACTS/plan.MD')).content).toBe('changed')
    expect((await session.read('ACTS/plan.MD')).source).toBe('session')
    expect((await session.write('acts/été.md'.normalize('NFD'), 'hot')).filePath).toBe(summer)
    await session.write('acts/New.md', 'new')
    expect((await session.write('Acts/new.md', 'newer')).filePath).toBe('Acts/New.md')
    const { changes } = await session.status()
    expect(paths(changes.modified)).toEqual(['Acts/Plan.md', summer])
    expect(paths(changes.created)).toEqual(['Acts/New.md'])
    expect((await session.retry('plan.md', 'by its bare name')).filePath).toBe('Acts/Plan.md')
    await session.commit()
    expect(place.names('Acts').sort()).toEqual(['New.md', 'Plan.md', 'Été.md'.normalize('NFC')])
    expect(place.read('Acts/Plan.md')).toBe('changed')
    expect(place.read('Acts/New.md')).toBe('newer')
    await workspace.close()
  })

  it('P3: what is protected is so in every spelling that the disk takes for it', async () => {
    const workspace = new Workspace(forgiving(make({ '.git/config': 'x', 'a.md': 'a' }).port), {})
    const session = await workspace.start('first')
    for (const path of [
      '.GIT/config',
      'WORKSPACE/config.json',
      'Workspace/sessions',
      'GIT~1/config',
      'COWRIT~1/x',
      '.g\u200cit/config',
      '.git./config',
      '.git::$INDEX_ALLOCATION/config',
    ])
      expect(await codeOf(session.read(path)), path).toBe('PATH_PROTECTED')
    await workspace.close()
  })

  it('S1: a session is found by its name in any case, and is one', async () => {
    const workspace = new Workspace(forgiving(make().port), {})
    await workspace.start('Chapter')
    expect(await codeOf(workspace.start('CHAPTER'))).toBe('ALREADY_EXISTS')
    expect((await workspace.session('chapter')).name).toBe('Chapter')
    await workspace.close()
  })
})
