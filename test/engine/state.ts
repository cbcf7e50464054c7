/** Everything that a workspace is to the people who use it, after whatever befell it. */
import type * as nodeFs from 'node:fs'
import { expect } from 'vitest'
import { joinPath } from '../../lib/paths.js'
import { permissionsOf } from '../../lib/store/fingerprint.js'
import { listMerged, readLinkMerged, type SessionStore, statMerged } from '../../lib/store/overlay.js'
import { closeStore } from '../../lib/store/session-store.js'
import { Workspace } from '../../lib/workspace.js'
import type { FileSystem } from '../support/file-systems.js'
import { readTree, type Tree } from '../support/trees.js'
import { storeOf } from './book.js'

export interface State {
  lower: Tree
  /** What each session shows where it differs from lower, and how it stands. */
  sessions: Record<string, { view: Tree; changes: number; status: string; checkpoints: string[] }>
  active: string | null
  /** `file #1 reason: content`, and whether a session or an archive has it. */
  retries: string[]
  commits: string[]
  /** What lies in the state folder that nobody needs. */
  leftovers: string[]
}

const ownNames = new Set([
  'config.json',
  '.gitignore',
  '.ignore',
  'session.lock',
  'sessions',
  'retries-archive',
  'history',
  'journal',
  'index',
  'log',
  'trash',
])

/** Opens the workspace as the next process would, and looks at everything. */
export async function stateOf(system: FileSystem): Promise<State> {
  const workspace = new Workspace(system.port, {})
  await workspace.recoverDead()
  const unfinished = system.fs.readdirSync(system.root).filter((name) => name.startsWith('.cowrite-new-'))
  const lower = readTree(system.fs, system.root, ['workspace', ...unfinished])
  const { sessions: listed, active } = await workspace.list()
  const sessions: State['sessions'] = {}
  for (const { name } of listed) {
    const session = await workspace.session(name)
    const { changes } = await session.status()
    const count = changes.modified.length + changes.created.length + changes.deleted.length
    const checkpoints = (await session.checkpoints.list()).map(({ label }) => label)
    const store = storeOf(system.port, name)
    const view: Tree = {}
    readView(store, '', view)
    closeStore(store)
    sessions[name] = { view: difference(view, lower), changes: count, status: '', checkpoints }
  }
  // Only now: to open one may mend it.
  for (const { name, status } of (await workspace.list()).sessions)
    Object.assign(sessions[name] ?? {}, { status })
  const retries = (await workspace.retries()).map(
    ({ filePath, retry, reason, session, archivedIn, savedTo }) => {
      const folder = archivedIn ? `retries-archive/${archivedIn}` : `sessions/${session}`
      const content = system.fs.readFileSync(`${system.root}/workspace/${folder}/${savedTo}`, 'utf8')
      return `${filePath} #${retry} ${reason}: ${content} in ${archivedIn ? `archive ${withoutTime(archivedIn)}` : session}`
    },
  )
  const commits = (await workspace.commits()).map(
    ({ kind, session, files, undone }) =>
      `${kind} of ${session}: ${files.join(' ')}${undone ? ', undone' : ''}`,
  )
  await workspace.close()
  return { lower, sessions, active, retries, commits, leftovers: leftovers(system.fs, system.root) }
}

function readView(store: SessionStore, folder: string, view: Tree): void {
  for (const { name } of listMerged(store, folder)) {
    const path = joinPath(folder, name)
    const there = statMerged(store, path)
    if (there === null) throw new Error(`${path} is listed, and is not there`)
    const mode = (there.entry?.mode ?? permissionsOf(there.stat)).toString(8)
    if (there.stat.isSymbolicLink()) view[path] = `link to ${readLinkMerged(store, path)}`
    else if (there.stat.isDirectory()) {
      view[path] = `folder ${mode}`
      readView(store, path, view)
    } else {
      const file = store.port.openForReading(there.at)
      view[path] = `file ${mode} ${file.readAll()}`
      file.close()
    }
  }
}

function difference(view: Tree, lower: Tree): Tree {
  const different: Tree = {}
  for (const path of new Set([...Object.keys(view), ...Object.keys(lower)])) {
    if (view[path] !== lower[path]) different[path] = view[path] ?? 'nothing'
  }
  return different
}

function withoutTime(archive: string): string {
  return archive.replace(/-\d{8}-\d{6}$/, '')
}

function leftovers(fs: typeof nodeFs, root: string): string[] {
  const found = fs.readdirSync(root).filter((name) => name.startsWith('.cowrite-'))
  const state = `${root}/workspace`
  if (!fs.existsSync(state)) return found
  found.push(...fs.readdirSync(state).filter((name) => !ownNames.has(name)))
  for (const name of fs.readdirSync(`${state}/journal`)) {
    const isMark = name.endsWith('.withdrawn') && fs.readdirSync(`${state}/journal/${name}`).length === 0
    if (!isMark) found.push(`journal/${name}`)
  }
  for (const name of fs.readdirSync(`${state}/sessions`))
    if (name.startsWith('.')) found.push(`sessions/${name}`)
  return found
}

/** That work goes on as if nothing had happened: a session is started, written to, committed and undone. */
export async function expectWorkGoesOn(system: FileSystem): Promise<void> {
  const workspace = new Workspace(system.port, {})
  const session = await workspace.start('afterwards')
  const before = readTree(system.fs, system.root)
  await session.write('afterwards/new.md', 'goes on\n')
  await session.write('untouched.md', 'goes on\n')
  const result = await session.commit()
  expect(result).toMatchObject({ committed: true, pendingCleanup: false, overtaken: [] })
  expect(readTree(system.fs, system.root)).toEqual({
    ...before,
    afterwards: 'folder 755',
    'afterwards/new.md': 'file 644 goes on\n',
    'untouched.md': 'file 644 goes on\n',
  })
  // What a start began that was killed is swept when it is a minute old: it might be at work.
  const left = leftovers(system.fs, system.root).filter((name) => !name.startsWith('sessions/.new-'))
  expect(left).toEqual([])
  await workspace.undo()
  expect(readTree(system.fs, system.root)).toEqual(before)
  await workspace.close()
}
