import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FilePort } from '../../lib/port/port.js'
import { allFileSystems, type FileSystem } from '../support/file-systems.js'
import { codeOf, codeOfAsync } from './code-of.js'
import { everyVerb } from './every-verb.js'

describe.each(allFileSystems)('P2 on %s', (_name, open) => {
  let system: FileSystem
  let port: FilePort
  let outside: string

  beforeEach(() => {
    system = open()
    port = system.port
    outside = `${dirname(system.root)}/outside`
    const { fs, root } = system
    fs.mkdirSync(`${outside}/inner`, { recursive: true })
    fs.writeFileSync(`${outside}/secret.md`, 'secret')
    fs.writeFileSync(`${outside}/inner/secret.md`, 'secret')
    fs.mkdirSync(`${root}/acts`)
    fs.writeFileSync(`${root}/acts/secret.md`, 'inside')
    fs.writeFileSync(`${root}/other.md`, 'inside')
  })
  afterEach(() => system.dispose())

  /** Everything that lies outside: names, kinds, contents, modes and times. */
  function seen(folder = outside): unknown[] {
    return (system.fs.readdirSync(folder) as string[]).sort().map((entry) => {
      const path = `${folder}/${entry}`
      const { mode, mtimeMs, nlink } = system.fs.lstatSync(path)
      const content = system.fs.lstatSync(path).isDirectory()
        ? seen(path)
        : system.fs.readFileSync(path, 'utf8')
      return { entry, mode, mtimeMs, nlink, content }
    })
  }

  /** Links to outside, inside, nowhere and to themselves. */
  const targets = ['../outside', '/', 'acts', 'nowhere', 'way']

  const neverAsked = [
    '../outside/secret.md',
    'acts/../../outside/secret.md',
    '../',
    './other.md',
    'acts//secret.md',
    '/etc/x',
  ]

  describe.each(Object.keys(everyVerb))('%s', (verb) => {
    const run = (path: string) => codeOfAsync(async () => everyVerb[verb]?.(port, path, 'other.md'))

    it('P2: goes through no link on the way, wherever it leads', async () => {
      const before = seen()
      for (const target of targets) {
        system.fs.symlinkSync(target, `${system.root}/way`)
        expect(await run('way/secret.md'), target).toBe(throughLink(verb))
        expect(await run('way/none.md'), target).toBe(throughLink(verb))
        expect(await run('way/inner/secret.md'), target).toBe('PATH_ESCAPE')
        expect(await run('way/none/none/secret.md'), target).toBe('PATH_ESCAPE')
        system.fs.unlinkSync(`${system.root}/way`)
      }
      expect(seen()).toEqual(before)
      expect(system.fs.readFileSync(`${system.root}/other.md`, 'utf8')).toBe('inside')
    })

    it('P2: refuses what no caller should ask for', async () => {
      const before = seen()
      for (const path of neverAsked) expect(await run(path), path).toBe('PATH_ESCAPE')
      expect(seen()).toEqual(before)
    })
  })

  /** Where the link itself is the folder to be listed or synced, it is only no folder. */
  function throughLink(verb: string): string {
    return verb === 'list' || verb === 'syncFolder' ? 'ENOTDIR' : 'PATH_ESCAPE'
  }

  it('P2: follows no link in the last place', async () => {
    system.fs.symlinkSync('../outside/secret.md', `${system.root}/link`)
    const before = seen()
    expect(codeOf(() => port.openForReading('link'))).toBe('ELOOP')
    expect(codeOf(() => port.openForWriting('link'))).toBe('ELOOP')
    expect(codeOf(() => port.create('link'))).toBe('EEXIST')
    expect(codeOf(() => port.chmod('link', 0o777))).toBe('ELOOP')
    expect(await codeOfAsync(() => port.openHandle('link', 'r'))).toBe('ELOOP')
    expect(codeOf(() => port.reflink('link', 'copy'))).toBe('WRONG_KIND')
    port.setTimes('link', 1000, 1000)
    port.rename('other.md', 'link')
    expect(seen()).toEqual(before)
    expect(port.stat('link')?.isFile()).toBe(true)
  })

  it('P2: statEach takes names and nothing else', () => {
    for (const entry of ['../../outside', '..', '.', '', 'acts/secret.md']) {
      expect(codeOf(() => port.statEach('acts', [entry]))).toBe('PATH_ESCAPE')
    }
  })
})
