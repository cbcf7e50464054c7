import * as fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allFileSystems, type FileSystem } from '../support/file-systems.js'
import { codeOfAsync } from './code-of.js'
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

  const openNow = () => fs.readdirSync('/proc/self/fd').length
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
})
