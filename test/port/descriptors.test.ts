import * as fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allFileSystems, type FileSystem } from '../support/file-systems.js'
import { codeOf, codeOfAsync } from './code-of.js'
import { everyVerb } from './every-verb.js'

const disks = allFileSystems.filter(([name]) => name !== 'memfs')

describe.runIf(fs.existsSync('/proc/self/fd')).each(disks)('descriptors on %s', (_name, open) => {
  let system: FileSystem
  beforeEach(() => {
    system = open()
    fs.mkdirSync(`${system.root}/acts`)
    fs.writeFileSync(`${system.root}/acts/plan.md`, 'inside')
    fs.writeFileSync(`${system.root}/other.md`, 'inside')
    fs.symlinkSync('..', `${system.root}/way`)
    fs.symlinkSync('other.md', `${system.root}/link.md`)
  })
  afterEach(() => system.dispose())

  const openNow = () => {
    system.port.close() // Folders are kept open between verbs, and let go of here.
    return fs.readdirSync('/proc/self/fd').length
  }
  const paths = [
    'acts/plan.md',
    'acts/none.md',
    'none/none.md',
    'way/other.md',
    'link.md',
    'acts',
    'other.md/none',
  ]

  it.each(Object.entries(everyVerb))(
    '%s leaves none open, whether it works or throws',
    async (_verb, run) => {
      const outcomes = new Set<unknown>()
      const tryAll = async () => {
        for (const path of paths)
          outcomes.add(await codeOfAsync(async () => run(system.port, path, 'other.md')))
      }
      await tryAll()
      const before = openNow()
      for (let round = 0; round < 5; round++) await tryAll()
      expect(openNow()).toBe(before)
      expect(outcomes.size).toBeGreaterThan(1)
    },
  )

  it('keeps no more folders open than it may, however many there are', () => {
    const before = openNow()
    for (let index = 0; index < 400; index++) {
      fs.mkdirSync(`${system.root}/folder-${index}`)
      system.port.stat(`folder-${index}/none.md`)
    }
    expect(fs.readdirSync('/proc/self/fd').length - before).toBeLessThanOrEqual(256)
    expect(openNow()).toBe(before)
  })

  it('P2: opens a folder anew that was moved or exchanged since it was kept open', () => {
    const { port, root } = system
    expect(port.stat('acts/plan.md')?.isFile()).toBe(true)
    fs.renameSync(`${root}/acts`, `${root}/moved`)
    expect(port.stat('acts/plan.md')).toBeNull()
    fs.mkdirSync(`${root}/acts`)
    port.create('acts/new.md').close()
    expect(fs.readdirSync(`${root}/acts`)).toEqual(['new.md'])
    expect(fs.readdirSync(`${root}/moved`)).toEqual(['plan.md'])
    fs.rmSync(`${root}/acts`, { recursive: true })
    expect(port.stat('acts/new.md')).toBeNull()
    fs.symlinkSync('moved', `${root}/acts`)
    expect(codeOf(() => port.stat('acts/plan.md'))).toBe('PATH_ESCAPE')
    expect(codeOf(() => port.create('acts/other.md'))).toBe('PATH_ESCAPE')
  })

  it('P2: asks once in a step where a folder is, and works in the one that it found', () => {
    const { port, root } = system
    fs.mkdirSync(`${root}/other`)
    port.together(() => {
      expect(port.stat('acts/plan.md')?.isFile()).toBe(true)
      fs.renameSync(`${root}/acts`, `${root}/moved`)
      fs.symlinkSync('other', `${root}/acts`)
      // Where no descriptor can be asked for its name, each verb looks for itself.
      expect(['no error', 'PATH_ESCAPE']).toContain(codeOf(() => port.create('acts/new.md').close()))
    })
    expect(fs.readdirSync(`${root}/other`)).toEqual([])
    expect(codeOf(() => port.stat('acts/plan.md'))).toBe('PATH_ESCAPE')
    expect(codeOf(() => port.together(() => port.stat('acts/plan.md')))).toBe('PATH_ESCAPE')
  })

  it('P2: asks again in a step after a folder was renamed in it, or removed', () => {
    const { port, root } = system
    fs.mkdirSync(`${root}/acts/inner`)
    port.together(() => {
      expect(port.stat('acts/inner/none.md')).toBeNull()
      port.rename('acts', 'moved')
      port.makeFolder('acts')
      port.create('acts/new.md').close()
      expect(codeOf(() => port.create('acts/inner/new.md'))).toBe('ENOENT')
      port.create('moved/inner/new.md').close()
      port.remove('acts/new.md')
      port.removeFolder('acts')
      expect(port.stat('acts/new.md')).toBeNull()
    })
    expect(fs.readdirSync(`${root}/moved/inner`)).toEqual(['new.md'])
  })
})
