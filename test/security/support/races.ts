/** Every file operation, to be run while names are exchanged for links to outside. */
import * as fs from 'node:fs'
import { findOperation, operations, runOperation } from '../../../lib/operations/index.js'
import type { Operation } from '../../../lib/operations/operation.js'
import type { FilePort } from '../../../lib/port/port.js'
import { Workspace } from '../../../lib/workspace.js'
import { reboot } from '../../engine/book.js'
import { Crash, interceptedPort } from '../../support/faulty-port.js'
import { fieldsOf } from './calls.js'

export interface Race {
  name: string
  /** What must be there before the race is on, beyond the session and its changes; it is then run anew opened. */
  prepare?(workspace: Workspace, port: FilePort): Promise<void>
  /** The answer is looked through for what is outside. */
  run(workspace: Workspace): Promise<unknown>
  /** How often it can run on one preparation. */
  times: number
}

const perName: Record<string, unknown> = {
  file_path: 'acts/plan.md',
  folder: 'acts',
  source: 'acts/plan.md',
  destination: 'acts/moved.md',
  old_string: 'plan',
  new_string: 'plot',
  content: 'The plot.\n',
  query: 'e',
  reason: 'too short',
  retry: 1,
  recursive: true,
  force: true,
}

/** What each operation of the list is asked for: its files are those that are exchanged. */
function raceOf(operation: Operation, name = operation.name, given: Record<string, unknown> = {}): Race {
  const fields = fieldsOf(operation)
  const input: Record<string, unknown> = { ...given }
  for (const field of fields) {
    if (field.name in input) continue
    if (field.name === 'name') input.name = operation.name === 'create_session' ? 'another' : 'draft'
    else if (field.name in perName) input[field.name] = perName[field.name]
    else if (field.required) input[field.name] = 'x'
  }
  return {
    name,
    times: operation.kind === 'read' ? 20 : 1,
    run: (workspace) =>
      runOperation(operation, { workspace, session: (asked) => workspace.session(asked) }, input),
  }
}

const variant = (operation: string, what: string, given: Record<string, unknown>): Race => {
  const found = findOperation(operation)
  if (found === undefined) throw new Error(`There is no ${operation}.`)
  return raceOf(found, `${operation} (${what})`, given)
}

type Fs = typeof import('node:fs/promises')
const withFs = (name: string, use: (files: Fs) => Promise<unknown>): Race => ({
  name: `session.fs ${name}`,
  times: 1,
  run: async (workspace) => use((await workspace.session()).fs as Fs),
})

/** Each is tried, whatever came of the one before. */
const each = async (...calls: (() => Promise<unknown>)[]): Promise<unknown[]> => {
  const results: unknown[] = []
  for (const call of calls) results.push(await call().catch((error: Error) => error.message))
  return results
}

const ofFs: Race[] = [
  withFs('reads', (fs) =>
    each(
      () => fs.readFile('acts/plan.md', 'utf8'),
      () => fs.readFile('acts/global.md', 'utf8'),
      () => fs.readFile('notes.txt', 'utf8'),
      () => fs.readdir('acts', { recursive: true }),
      () => fs.readlink('acts/plan.md'),
      async () => Number((await fs.stat('acts/global.md')).size),
      async () => {
        const file = await fs.open('acts/global.md', 'r')
        try {
          return await file.readFile('utf8')
        } finally {
          await file.close()
        }
      },
    ),
  ),
  withFs('writes', (fs) =>
    each(
      () => fs.writeFile('acts/plan.md', 'written'),
      () => fs.appendFile('acts/global.md', 'appended'),
      () => fs.writeFile('notes.txt', 'written'),
      () => fs.truncate('acts/created.md', 3),
      () => fs.copyFile('acts/global.md', 'copied.md'),
      () => fs.copyFile('notes.txt', 'acts/copied.md'),
      () => fs.cp('acts', 'acts-copied', { recursive: true }),
    ),
  ),
  withFs('names', (fs) =>
    each(
      () => fs.mkdir('acts/deep/folder', { recursive: true }),
      () => fs.rename('acts/created.md', 'acts/renamed.md'),
      () => fs.rename('acts/global.md', 'away.md'),
      () => fs.symlink('plan.md', 'acts/link.md'),
      () => fs.unlink('acts/plan.md'),
      () => fs.rm('acts', { recursive: true, force: true }),
    ),
  ),
  withFs('attributes', (fs) =>
    each(
      () => fs.chmod('acts/plan.md', 0o755),
      () => fs.chmod('acts/global.md', 0o755),
      () => fs.utimes('acts/global.md', 1, 1),
      () => fs.access('acts/plan.md'),
    ),
  ),
]

/** A commit that was cut short at its commit point is carried out, or taken back, while names are exchanged. */
const recovery: Race = {
  name: 'recover_session (a commit cut short)',
  times: 1,
  prepare: async (_workspace, port) => {
    const cut = new Workspace(cutShort(port), {})
    const session = await cut.session('draft')
    await session.commit().catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error
    })
    reboot({ fs, root: port.root, port, dispose() {} })
  },
  run: (workspace) => workspace.recover(),
}

/** Dies at the first change after the intent is in place. */
function cutShort(port: FilePort): FilePort {
  let isDead = false
  let isDecided = false
  return interceptedPort(port, {
    before({ mutates }) {
      if (isDead || (isDecided && mutates)) {
        isDead = true
        throw new Crash('killed')
      }
    },
    after({ name, paths }) {
      if (name === 'rename' && paths.at(-1)?.endsWith('/intent.json')) isDecided = true
    },
  })
}

/** Operations that are asked for no file: what is exchanged under them is the session's own folder alone. */
export const aboutSessions: readonly string[] = [
  ...['create_session', 'list_sessions', 'get_active_session', 'switch_session', 'cancel_session'],
  ...['list_retries', 'list_commits', 'check_workspace'],
  ...['create_checkpoint', 'restore_checkpoint', 'list_checkpoints', 'merge_sessions'],
]

export const races: Race[] = [
  ...operations.map((operation) => {
    const race = raceOf(operation)
    if (operation.name !== 'undo_commit') return race
    const prepare = async (workspace: Workspace) => {
      await (await workspace.session('draft')).commit()
    }
    return { ...race, prepare }
  }),
  variant('write_session_file', 'new', { file_path: 'acts/deep/new.md' }),
  variant('write_session_file', 'a file that is exchanged', { file_path: 'notes.txt' }),
  variant('read_session_file', 'global', { file_path: 'acts/global.md' }),
  variant('read_session_file', 'a file that is exchanged', { file_path: 'notes.txt' }),
  variant('move_session_file', 'in', { source: 'other.md', destination: 'acts/in.md' }),
  variant('move_session_file', 'a folder', { source: 'acts', destination: 'acts-moved' }),
  variant('delete_session_file', 'a folder', { file_path: 'acts' }),
  variant('commit_session', 'preview', { force: false }),
  variant('search_session_text', 'pattern', { query: 'S.CRET', regex: true }),
  recovery,
  ...ofFs,
]
