import { dirname } from 'node:path'
import lockfile from 'proper-lockfile'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LockSeam } from '../../lib/port/lock-seam.js'
import { allFileSystems, type FileSystem } from '../support/file-systems.js'
import { codeOf, codeOfAsync } from './code-of.js'

describe.each(allFileSystems)('the seam for proper-lockfile on %s', (_name, open) => {
  let system: FileSystem
  let options: { fs: object; realpath: boolean; lockfilePath: string; retries: number }

  beforeEach(() => {
    system = open()
    options = {
      fs: system.port.lockSeam,
      realpath: false,
      lockfilePath: `${system.root}/state.lock`,
      retries: 0,
    }
  })
  afterEach(() => system.dispose())

  it('locks, refuses a second one, and unlocks', async () => {
    const release = await lockfile.lock(system.root, options)
    expect(system.port.stat('state.lock')?.isDirectory()).toBe(true)
    expect(await lockfile.check(system.root, options)).toBe(true)
    expect(await codeOfAsync(() => lockfile.lock(system.root, options))).toBe('ELOCKED')
    await release()
    expect(system.port.stat('state.lock')).toBeNull()
    expect(await lockfile.check(system.root, options)).toBe(false)
  })

  it('takes over a lock that nobody has touched for long', async () => {
    system.port.makeFolder('state.lock')
    system.port.setTimes('state.lock', 1000, 1000)
    const release = await lockfile.lock(system.root, { ...options, stale: 5000 })
    expect(system.port.nativeStat('state.lock', false).mtimeMs).toBeGreaterThan(1000)
    await release()
  })

  it('locks synchronously, and by its real path', () => {
    const release = lockfile.lockSync(system.root, { ...options, realpath: true })
    expect(system.port.stat('state.lock')).not.toBeNull()
    release()
    expect(system.port.stat('state.lock')).toBeNull()
  })

  it('P2: makes and removes nothing outside, nor through a link', async () => {
    const outside = `${dirname(system.root)}/outside`
    system.fs.mkdirSync(outside)
    system.fs.symlinkSync(outside, `${system.root}/link`)
    for (const lockfilePath of [
      `${outside}/lock`,
      `${system.root}/link/lock`,
      `${system.root}/../outside/lock`,
    ]) {
      expect(await codeOfAsync(() => lockfile.lock(system.root, { ...options, lockfilePath }))).toBe(
        'PATH_ESCAPE',
      )
    }
    const seam = system.port.lockSeam as LockSeam
    expect(codeOf(() => seam.rmdirSync(outside))).toBe('PATH_ESCAPE')
    expect(codeOf(() => seam.realpathSync(`${system.root}/link`))).toBe('ELOOP')
    expect(system.fs.readdirSync(outside)).toEqual([])
  })
})
