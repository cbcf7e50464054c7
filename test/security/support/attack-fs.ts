/** `session.fs` as a tool would use it that was told hostile names. */
import { join } from 'node:path'
import type * as Library from '../../../lib/index.js'
import { restart, type Tally } from './attack.js'
import { tracesStack } from './judge.js'
import { type Hostile, paths, wrong } from './values.js'
import { findText, makeWorld } from './world.js'

type Fs = typeof import('node:fs/promises')

/** A name as the one argument that is hostile, or one of two. */
const calls: Record<string, (fs: Fs, name: string) => Promise<unknown>> = {
  readFile: (fs, name) => fs.readFile(name, 'utf8'),
  writeFile: (fs, name) => fs.writeFile(name, 'x'),
  appendFile: (fs, name) => fs.appendFile(name, 'x'),
  stat: async (fs, name) => Boolean(await fs.stat(name)),
  lstat: async (fs, name) => Boolean(await fs.lstat(name)),
  access: (fs, name) => fs.access(name),
  readdir: (fs, name) => fs.readdir(name, { recursive: true }),
  readlink: (fs, name) => fs.readlink(name),
  realpath: (fs, name) => fs.realpath(name),
  'open to read': (fs, name) => withHandle(fs, name, 'r'),
  'open to write': (fs, name) => withHandle(fs, name, 'w+'),
  'open to append': (fs, name) => withHandle(fs, name, 'a+'),
  mkdir: (fs, name) => fs.mkdir(name, { recursive: true }),
  mkdtemp: (fs, name) => fs.mkdtemp(name),
  rm: (fs, name) => fs.rm(name, { recursive: true, force: true }),
  rmdir: (fs, name) => fs.rmdir(name),
  unlink: (fs, name) => fs.unlink(name),
  truncate: (fs, name) => fs.truncate(name, 1),
  chmod: (fs, name) => fs.chmod(name, 0o755),
  utimes: (fs, name) => fs.utimes(name, 1, 1),
  'rename from': (fs, name) => fs.rename(name, 'renamed.md'),
  'rename to': (fs, name) => fs.rename('notes.txt', name),
  'copyFile from': (fs, name) => fs.copyFile(name, 'copied.md'),
  'copyFile to': (fs, name) => fs.copyFile('notes.txt', name),
  'cp from': (fs, name) => fs.cp(name, 'tree', { recursive: true }),
  'cp to': (fs, name) => fs.cp('acts', name, { recursive: true }),
  'link from': (fs, name) => fs.link(name, 'linked.md'),
  'link to': (fs, name) => fs.link('notes.txt', name),
  'symlink to': (fs, name) => fs.symlink(name, 'pointing.md'),
  'symlink at': (fs, name) => fs.symlink('notes.txt', name),
}

async function withHandle(fs: Fs, name: string, flags: string): Promise<unknown> {
  const handle = await fs.open(name, flags)
  try {
    return await handle.readFile('utf8')
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EBADF') return 'not open to read'
    throw error
  } finally {
    await handle.close()
  }
}

export interface HostileUse {
  label: string
  use(fs: Fs): Promise<unknown>
}

export const hostileUses: HostileUse[] = Object.entries(calls).flatMap(([name, call]) =>
  [...paths, ...wrong].map(({ label, value }: Hostile) => ({
    label: `session.fs ${name} ${label}`,
    use: (fs) => call(fs, value as string),
  })),
)

export async function attackFs(uses: readonly HostileUse[], program: string): Promise<Tally> {
  const { openWorkspace } = (await import(join(program, 'lib/index.js'))) as typeof Library
  const tally: Tally = { asked: 0, refused: 0, done: 0, unsaid: 0, missing: [], faults: [] }
  const world = makeWorld()
  tally.missing = world.missing
  await restart(world.root)
  const [canaries, lower, state] = [world.canaries(), world.lower(), join(world.root, 'workspace')]
  try {
    for (const { label, use } of uses) {
      await restart(world.root)
      const workspace = await openWorkspace(world.root)
      const faults: string[] = []
      try {
        const fs = (await workspace.session('draft')).fs as unknown as Fs
        const answer = await use(fs).then(
          (value) => {
            tally.done += 1
            return JSON.stringify(value) ?? ''
          },
          (error: Error & { code?: unknown }) => {
            tally.refused += 1
            if (typeof error.code !== 'string' || !/^(E[A-Z]+|ERR_[A-Z_]+)$/.test(error.code))
              faults.push(`has no errno: ${error.code}, ${String(error).slice(0, 300)}`)
            if (tracesStack(error.message)) faults.push(`shows a stack: ${error.message.slice(0, 300)}`)
            return error.message
          },
        )
        if (world.secrets.some((secret) => answer.includes(secret)) || answer.includes('root:x:0:'))
          faults.push(`tells ${answer.slice(0, 200)}`)
      } finally {
        await workspace.close()
      }
      tally.asked += 1
      if (world.canaries() !== canaries) faults.push('changed what is nobody’s business')
      if (world.lower() !== lower) faults.push('changed the live files')
      faults.push(...findText(state, world.secrets).map((path) => `took it to ${path.slice(state.length)}`))
      tally.faults.push(...faults.map((fault) => `${label}: ${fault}`))
    }
  } finally {
    world.dispose()
  }
  return tally
}
