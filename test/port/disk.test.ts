import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFsFromVolume, Volume } from 'memfs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findObstacle, isOtherSpelling } from '../../lib/port/anchor.js'
import { plainAnchor } from '../../lib/port/anchor-plain.js'
import { procAnchor } from '../../lib/port/anchor-proc.js'
import { anchoredPort } from '../../lib/port/anchored-port.js'
import { probeCase } from '../../lib/port/case-probe.js'
import { DescriptorFile } from '../../lib/port/descriptor-file.js'
import { openDiskPort, openPlainDiskPort } from '../../lib/port/disk.js'
import { openMemoryPort } from '../../lib/port/memory.js'
import type { FilePort } from '../../lib/port/port.js'
import type { RawFs } from '../../lib/port/raw-fs.js'
import { codeOf, codeOfAsync } from './code-of.js'

let folder: string
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'cowrite-')))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

describe.each([
  ['openDiskPort', openDiskPort],
  ['openPlainDiskPort', openPlainDiskPort],
])('%s', (_name, open) => {
  it('refuses what is no folder', () => {
    fs.writeFileSync(`${folder}/file`, '')
    expect(codeOf(() => open(`${folder}/none`))).toBe('WORKSPACE_UNAVAILABLE')
    expect(codeOf(() => open(`${folder}/file`))).toBe('WORKSPACE_UNAVAILABLE')
  })

  it('P2: takes the real path of a root that is reached through a link', () => {
    fs.mkdirSync(`${folder}/real`)
    fs.writeFileSync(`${folder}/real/a.md`, 'a')
    fs.symlinkSync('real', `${folder}/link`)
    const port = open(`${folder}/link`)
    expect(port.root).toBe(`${folder}/real`)
    expect(port.stat('a.md')?.size).toBe(1n)
  })
})

describe.runIf(fs.existsSync('/proc/self/fd')).each([
  ['the anchor of Linux', procAnchor],
  ['the plain anchor', plainAnchor],
])('%s, when names change between a file being opened and being asked for', (_name, makeAnchor) => {
  const real = fs as unknown as RawFs

  /** Node's calls, with `between` called after every open of a file. */
  function portWith(between: () => void): FilePort {
    const hooked: RawFs = {
      ...real,
      openSync(name, flags, mode) {
        const fd = fs.openSync(name, flags, mode)
        between()
        return fd
      },
    }
    const traits = {
      caseSensitive: true,
      timestampGranularity: 20,
      linksLinks: true,
      reflinks: true,
      syncsFolders: true,
      timesTell: true,
    }
    return anchoredPort(hooked, makeAnchor(hooked, `${folder}/root`), traits)
  }

  function replace(content: string): void {
    fs.writeFileSync(`${folder}/root/new`, content)
    fs.renameSync(`${folder}/root/new`, `${folder}/root/acts/a.md`)
  }

  beforeEach(() => {
    fs.mkdirSync(`${folder}/root/acts`, { recursive: true })
    fs.mkdirSync(`${folder}/outside`)
    fs.writeFileSync(`${folder}/outside/a.md`, 'secret')
    replace('0')
  })

  it('P2: opens a file anew that was replaced', () => {
    let version = 0
    const port = portWith(() => {
      if (version < 20) replace(String(++version))
    })
    const file = port.openForReading('acts/a.md')
    expect(file.readAll().toString()).toBe('20')
    file.close()
  })

  it('P2: gives up on one that is replaced every time, leaving nothing open', () => {
    const port = portWith(() => replace('again'))
    const before = fs.readdirSync('/proc/self/fd').length
    expect(codeOf(() => port.openForReading('acts/a.md'))).toBe('EBUSY')
    expect(fs.readdirSync('/proc/self/fd').length).toBe(before)
  })

  it('P2: refuses a file whose folder became a link to outside, before or after it was opened', () => {
    const swap = () => {
      if (fs.lstatSync(`${folder}/root/acts`).isSymbolicLink()) return
      fs.renameSync(`${folder}/root/acts`, `${folder}/root/real`)
      fs.symlinkSync('../outside', `${folder}/root/acts`)
    }
    const port = portWith(swap)
    expect(codeOf(() => port.openForReading('acts/a.md'))).toBe('PATH_ESCAPE')
    expect(codeOf(() => port.openForReading('acts/a.md'))).toBe('PATH_ESCAPE')
  })
})

describe('openMemoryPort', () => {
  it('refuses what is no folder', () => {
    const memory = createFsFromVolume(Volume.fromJSON({ '/file': '' }))
    expect(codeOf(() => openMemoryPort(memory, '/none'))).toBe('WORKSPACE_UNAVAILABLE')
    expect(codeOf(() => openMemoryPort(memory, '/file'))).toBe('WORKSPACE_UNAVAILABLE')
  })

  it('removes a folder that memfs counts wrongly, since a file in it was renamed over another', () => {
    const memory = createFsFromVolume(Volume.fromJSON({ '/w/acts/a.md': 'a', '/w/acts/b.md': 'b' }))
    const port = openMemoryPort(memory, '/w')
    memory.renameSync('/w/acts/a.md', '/w/acts/b.md')
    port.remove('acts/b.md')
    port.removeFolder('acts')
    expect(port.list('')).toEqual([])
  })

  it('tells what may not be written', () => {
    const port = openMemoryPort(createFsFromVolume(Volume.fromJSON({ '/w/a.md': 'a' })), '/w')
    port.chmod('a.md', 0o444)
    expect(port.isWritable('a.md')).toBe(false)
  })
})

/** A disk that ignores case and normalizes: names are looked up folded. */
function foldingFs(entries: Record<string, { ino: number; link?: boolean }>): RawFs {
  const fold = (name: string) => name.normalize('NFC').toLowerCase()
  return {
    lstatSync(path: string) {
      const found = Object.entries(entries).find(([name]) => fold(name) === fold(path))?.[1]
      return found && { ino: found.ino, dev: 1, isSymbolicLink: () => found.link === true }
    },
    readdirSync: () => Object.keys(entries).map((name) => ({ name: name.slice(name.lastIndexOf('/') + 1) })),
  } as unknown as RawFs
}

describe('P5: spellings', () => {
  it('P5: another spelling of the same folders is the same path', () => {
    const disk = foldingFs({ '/w/Acts': { ino: 1 }, '/w/Acts/\u00c9t\u00e9.md': { ino: 2 } })
    expect(isOtherSpelling(disk, '/w', '/w/acts/E\u0301te\u0301.md', '/w/Acts/\u00c9t\u00e9.md')).toBe(true)
    expect(isOtherSpelling(disk, '/w', '/w/acts/x.md', '/w/Acts/\u00c9t\u00e9.md')).toBe(false)
    expect(isOtherSpelling(disk, '/w', '/w/acts/none.md', '/w/Acts/None.md')).toBe(false)
  })

  it('P5: a link is no spelling, nor is the same path in another root', () => {
    const disk = foldingFs({ '/w/Acts': { ino: 1, link: true }, '/W': { ino: 3 } })
    expect(isOtherSpelling(disk, '/w', '/w/acts', '/w/Acts')).toBe(false)
    expect(isOtherSpelling(disk, '/w', '/w/acts', '/W/acts')).toBe(false)
  })

  it('P5: where case matters, two spellings are two files', () => {
    fs.mkdirSync(`${folder}/Acts`)
    fs.mkdirSync(`${folder}/acts`)
    expect(isOtherSpelling(fs as unknown as RawFs, folder, `${folder}/acts`, `${folder}/Acts`)).toBe(false)
  })

  it('finds out whether case matters without writing', () => {
    expect(probeCase(foldingFs({ '/w/Acts': { ino: 1 } }), '/w', true)).toBe(false)
    expect(probeCase(foldingFs({ '/w/123': { ino: 1 } }), '/w', true)).toBe(true)
    expect(probeCase(foldingFs({ '/w/123': { ino: 1 } }), '/w', false)).toBe(false)
    fs.writeFileSync(`${folder}/Acts`, '')
    expect(probeCase(fs as unknown as RawFs, folder, false)).toBe(true)
    fs.writeFileSync(`${folder}/aCTS`, '')
    expect(probeCase(fs as unknown as RawFs, folder, false)).toBe(true)
  })

  it('tells what is in the way', () => {
    fs.mkdirSync(`${folder}/acts`)
    fs.writeFileSync(`${folder}/file`, '')
    fs.symlinkSync('acts', `${folder}/link`)
    const way = (path: string) => findObstacle(fs as unknown as RawFs, `${folder}/`, path)
    expect(['acts/x', 'x', 'link', ''].map(way)).toEqual([null, null, null, null])
    expect(['link/x', 'acts/../x', '/x', 'acts/'].map(way)).toEqual(['link', 'link', 'link', 'link'])
    expect(['none/x', 'acts/none/x', 'file/x', 'acts/...'].map(way)).toEqual([
      'missing',
      'missing',
      'not a folder',
      null,
    ])
  })
})

describe('T2: an open file on a disk that is filling up', () => {
  /** Takes `room` bytes, `most` at a time, and then none, without an error. */
  function fillingFs(room: number, most: number): { fs: RawFs; taken: Buffer } {
    const taken = Buffer.alloc(room)
    let used = 0
    const take = (bytes: Uint8Array, offset: number, length: number) => {
      const count = Math.min(most, length, room - used)
      taken.set(bytes.subarray(offset, offset + count), used)
      used += count
      return count
    }
    const raw = {
      writeSync: (_fd: number, bytes: Uint8Array, offset: number, length: number) =>
        take(bytes, offset, length),
      write: (
        _fd: number,
        bytes: Uint8Array,
        offset: number,
        length: number,
        _at: null,
        done: (error: null, count: number) => void,
      ) => done(null, take(bytes, offset, length)),
    }
    return { fs: raw as unknown as RawFs, taken }
  }

  it('T2: writes all of it, however little is taken at a time', async () => {
    for (const write of ['write', 'writeAsync'] as const) {
      const disk = fillingFs(10, 3)
      await new DescriptorFile(disk.fs, 9, 'a.md', null)[write](Buffer.from('0123456789'))
      expect(disk.taken.toString()).toBe('0123456789')
    }
  })

  it('T2: throws ENOSPC rather than write less', async () => {
    const file = () => new DescriptorFile(fillingFs(9, 4).fs, 9, 'a.md', null)
    expect(codeOf(() => file().write(Buffer.from('0123456789')))).toBe('ENOSPC')
    expect(await codeOfAsync(() => file().writeAsync(Buffer.from('0123456789')))).toBe('ENOSPC')
  })

  it.runIf(fs.existsSync('/dev/full'))('T2: throws what a full disk says', () => {
    const fd = fs.openSync('/dev/full', 'r+')
    const file = new DescriptorFile(fs as unknown as RawFs, fd, '/dev/full', null)
    expect(codeOf(() => file.write(Buffer.from('x')))).toBe('ENOSPC')
    file.close()
  })
})
