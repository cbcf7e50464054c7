import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isAlive, type ProcessIdentity, thisProcess } from '../../lib/port/host.js'

const onLinux = process.platform === 'linux'

describe('S3: who holds a session', () => {
  it('S3: knows itself, and says the same each time', () => {
    expect(thisProcess()).toMatchObject({ pid: process.pid, host: expect.any(String) })
    expect(thisProcess()).toBe(thisProcess())
    expect(isAlive(thisProcess())).toBe('alive')
    expect(isAlive(JSON.parse(JSON.stringify(thisProcess())) as ProcessIdentity)).toBe('alive')
  })

  it.runIf(onLinux)('S3: gives the boot and the start on Linux', () => {
    expect(thisProcess().boot).toMatch(/^[0-9a-f-]{36}$/)
    expect(thisProcess().start).toMatch(/^\d+$/)
  })

  it('S3: a process that ended is dead', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    expect(isAlive({ ...thisProcess(), pid, start: '1' })).toBe('dead')
  })

  it.runIf(onLinux)('S3: another process with the number of a former one is not that one', () => {
    expect(isAlive({ ...thisProcess(), start: '1' })).toBe('dead')
  })

  it.runIf(onLinux)('S3: what ran before the machine was started anew is dead', () => {
    expect(isAlive({ ...thisProcess(), boot: '00000000-0000-0000-0000-000000000000' })).toBe('dead')
  })

  it('S3: what cannot be told is not called dead', () => {
    expect(isAlive({ ...thisProcess(), host: 'another machine' })).toBe('unknown')
    expect(isAlive({ ...thisProcess(), boot: null })).not.toBe('dead')
    expect(isAlive({ ...thisProcess(), start: null })).not.toBe('dead')
  })

  it.runIf(onLinux)('S3: a zombie is dead, and a name with brackets and spaces misleads nobody', async () => {
    // The inner process ends while its parent, which has become another program, never asks for its status.
    const script = 'sleep 0.01 & echo $!; exec sleep 20'
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      const [output] = (await once(parent.stdout, 'data')) as [Buffer]
      const pid = Number(output.toString())
      const statOf = () => readFileSync(`/proc/${pid}/stat`, 'utf8')
      for (const end = Date.now() + 5000; !statOf().includes(') Z ') && Date.now() < end; ) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      expect(statOf()).toContain(') Z ')
      const start = statOf().split(') ').at(-1)?.split(' ')[19] ?? null
      expect(isAlive({ ...thisProcess(), pid, start })).toBe('dead')
    } finally {
      parent.kill('SIGKILL')
    }
    const title = process.title
    process.title = 'a) Z 1 (b'
    try {
      expect(isAlive(thisProcess())).toBe('alive')
    } finally {
      process.title = title
    }
  })
})
