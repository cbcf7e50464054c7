import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allFileSystems, type FileSystem } from '../support/file-systems.js'
import { codeOf, codeOfAsync } from './code-of.js'

const disks = allFileSystems.filter(([name]) => name !== 'memfs')

describe.each(disks)('P6 on %s', (_name, open) => {
  let system: FileSystem
  beforeEach(() => {
    system = open()
  })
  afterEach(() => system.dispose())

  async function expectRefused(path: string): Promise<void> {
    const { port } = system
    const start = performance.now()
    expect(codeOf(() => port.openForReading(path))).toBe('WRONG_KIND')
    expect(codeOf(() => port.openForWriting(path))).toBe('WRONG_KIND')
    expect(codeOf(() => port.openForWriting(path, { append: true }))).toBe('WRONG_KIND')
    for (const flags of ['r', 'r+', 'a', 'a+'] as const) {
      expect(await codeOfAsync(() => port.openHandle(path, flags))).toBe('WRONG_KIND')
    }
    expect(codeOf(() => port.reflink(path, 'copy'))).toBe('WRONG_KIND')
    expect(performance.now() - start).toBeLessThan(1000)
  }

  it('P6: a FIFO is refused at once', async () => {
    execFileSync('mkfifo', [`${system.root}/pipe`])
    await expectRefused('pipe')
    expect(system.port.list('')).toEqual([{ name: 'pipe', kind: 'other' }])
    expect(system.port.stat('pipe')?.isFIFO()).toBe(true)
    system.port.chmod('pipe', 0o600)
    system.port.rename('pipe', 'moved')
    system.port.remove('moved')
  })

  it('P6: a socket is refused at once', async () => {
    // Bound from within its folder: the path of a socket must be short.
    const before = process.cwd()
    process.chdir(system.root)
    const server = createServer()
    try {
      await new Promise<void>((resolve) => server.listen('socket', resolve))
      await expectRefused('socket')
    } finally {
      await new Promise((resolve) => server.close(resolve))
      process.chdir(before)
    }
  })
})
