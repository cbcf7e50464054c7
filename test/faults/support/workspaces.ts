/** Workspaces at each stage of their life, prepared once by the built library, and copies of them. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type * as Library from '../../../lib/index.js'
import { copyWorkspace } from '../../support/trees.js'
import { builtCopy } from './built-copy.js'

export const stages = ['a book', 'a session', 'changes', 'a commit'] as const
export type Stage = (typeof stages)[number]

/** How many files the session of the stage `changes` modified, created and deleted. */
export const changed = { modified: 40, created: 5, deleted: 5 }

export async function library(): Promise<typeof Library> {
  return (await import(builtCopy().library)) as typeof Library
}

/** A folder of its own, in memory where the machine has such a disk: thousands of workspaces are made and removed. */
export function makeScratch(): string {
  const memory = '/dev/shm'
  return fs.realpathSync(fs.mkdtempSync(join(isWritable(memory) ? memory : tmpdir(), 'cowrite-faults-')))
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK)
    return true
  } catch {
    return false // Most systems have no such place.
  }
}

/** `acts/NN/scene-NN.md`: ten chapters of six scenes; every seventh is long, every eleventh empty. */
const scenes = Array.from({ length: 60 }, (_, at) => {
  const two = (number: number): string => String(number).padStart(2, '0')
  return `acts/${two(Math.floor(at / 6) + 1)}/scene-${two((at % 6) + 1)}.md`
})

function textOf(path: string, at: number, version: string): string {
  if (at % 11 === 10 && version === 'old') return ''
  const line = `${path}, ${version}, été\n`
  return line.repeat(at % 7 === 3 ? 3_000 : (at % 5) + 1)
}

const hourAgo = new Date(Date.now() - 3_600_000)

function writeBook(root: string): void {
  const write = (path: string, content: string, mode = 0o644): void => {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true })
    fs.writeFileSync(join(root, path), content, { mode })
    fs.utimesSync(join(root, path), hourAgo, hourAgo)
  }
  for (const [at, path] of scenes.entries()) write(path, textOf(path, at, 'old'))
  write('context/plan.md', 'first\n\nsecond\n\nthird\n')
  write('tools/run.sh', '#!/bin/sh\n', 0o755)
  write('untouched.md', 'nobody writes here\n')
  fs.symlinkSync('plan.md', join(root, 'context/plan-link.md'))
}

async function writeChanges(session: Library.Session): Promise<void> {
  for (const [at, path] of scenes.slice(0, changed.modified).entries())
    await session.write(path, textOf(path, at, 'new'))
  for (let at = 0; at < changed.created; at++)
    await session.write(at < 2 ? `acts/01/new-${at}.md` : `notes/${at}/new.md`, `created ${at}\n`)
  for (const path of scenes.slice(-changed.deleted)) await session.remove(path)
  await session.retry('acts/01/scene-01.md', 'Too much exposition')
  await session.retry('acts/02/scene-01.md', 'The wrong voice')
}

export interface Prepared {
  /** A new copy of a stage, or of another workspace, in `folder` (by default a scratch of its own). */
  copyOf(what: Stage | string, folder?: string): string
  dispose(): void
}

const stateFolder = 'workspace'

/** Prepares the stages. Each has a second session, and an earlier commit, which no operation may touch. */
export async function prepare(wanted: readonly Stage[] = stages): Promise<Prepared> {
  const { openWorkspace } = await library()
  const scratch = makeScratch()
  let copies = 0
  for (const stage of wanted) {
    const root = join(scratch, stage)
    fs.mkdirSync(root)
    writeBook(root)
    if (stage === 'a book') continue
    const workspace = await openWorkspace(root)
    const earlier = await workspace.start('earlier')
    await earlier.write('context/earlier.md', 'committed before\n')
    await earlier.retry('context/plan.md', 'An old reason')
    await earlier.commit()
    const other = await workspace.start('other', { description: 'nobody touches it' })
    await other.write('untouched.md', 'somebody else\n')
    await other.retry('untouched.md', 'not mine')
    const session = (await workspace.start('work')) as Library.Session
    if (stage !== 'a session') await writeChanges(session)
    if (stage === 'a commit') await session.commit()
    await workspace.close()
    // Opened once more, so that what was thrown away is swept and no operation has others' work to do.
    await (await openWorkspace(root)).close()
  }
  return {
    copyOf(what, folder = scratch) {
      const from = (stages as readonly string[]).includes(what) ? join(scratch, what) : what
      copies += 1
      const to = join(folder, `copy ${copies}`)
      fs.mkdirSync(to)
      copyWorkspace({ fs, root: from }, { fs, root: to })
      return to
    },
    dispose() {
      fs.rmSync(scratch, { recursive: true, force: true })
    },
  }
}

const longAgo = new Date(Date.now() - 120_000)

/**
 * Lets two minutes pass for what waits for the clock: a lock of the dead that is still fresh, and what a start began
 * that was killed.
 */
export function letTimePass(root: string): void {
  const state = join(root, stateFolder)
  const age = (folder: string, of: RegExp): void => {
    for (const name of namesIn(folder)) if (of.test(name)) fs.utimesSync(join(folder, name), longAgo, longAgo)
  }
  age(join(state, 'log/locks'), /\.lock$/)
  age(join(state, 'sessions'), /^\.new-/)
  age(root, /^\.cowrite-new-/)
}

export function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : []
}
