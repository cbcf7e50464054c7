/** Everything that a workspace is to the people who use it, as the next process finds it by the built library. */
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import type { SessionFs } from '../../../lib/index.js'
import { library, namesIn } from './workspaces.js'

export interface State {
  /** The live files: kind, mode, and hash or where a link points. */
  lower: Record<string, string>
  sessions: Record<string, { status: string; changes: Record<string, string>; view: Record<string, string> }>
  active: string | null
  /** `file #1 reason: hash, in …`: in exactly one place. */
  retries: string[]
  commits: string[]
}

export interface Observation {
  state: State
  /** All that lies in the state folder and what beside it is ours, with names that chance gives made alike. */
  listing: string[]
}

const stateFolder = 'workspace'
const isUnfinished = (path: string): boolean => path.startsWith('.cowrite-new-')

export function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}

/** Kind, mode and content of everything below `root` that is not the state folder's. */
export function lowerOf(root: string): Record<string, string> {
  const tree: Record<string, string> = {}
  walk(root, '', (path, stats) => {
    if (path === stateFolder || isUnfinished(path)) return false
    const mode = (stats.mode & 0o777).toString(8)
    if (stats.isSymbolicLink()) tree[path] = `link to ${fs.readlinkSync(join(root, path))}`
    else if (stats.isDirectory()) tree[path] = `folder ${mode}`
    else tree[path] = `file ${mode} ${hashOf(fs.readFileSync(join(root, path)))}`
    return true
  })
  return tree
}

function walk(root: string, folder: string, visit: (path: string, stats: fs.Stats) => boolean): void {
  for (const name of fs.readdirSync(join(root, folder)).sort()) {
    const path = folder === '' ? name : `${folder}/${name}`
    const stats = fs.lstatSync(join(root, path))
    if (visit(path, stats) && stats.isDirectory()) walk(root, path, visit)
  }
}

/**
 * What a person does where a power cut has left a session CRASHED: what the error says. Returns how many were.
 */
export async function recoverByHand(root: string): Promise<number> {
  const { openWorkspace } = await library()
  const workspace = await openWorkspace(root)
  let needed = 0
  try {
    for (const { name, status } of (await workspace.list()).sessions) {
      if (status !== 'CRASHED') continue
      await workspace.recover(name)
      needed += 1
    }
  } finally {
    await workspace.close()
  }
  return needed
}

/** Opens the workspace and looks at everything. Throws where it does not open, or a session is crashed. */
export async function observe(root: string): Promise<Observation> {
  const { openWorkspace } = await library()
  const workspace = await openWorkspace(root)
  try {
    const lower = lowerOf(root)
    const { sessions: listed, active } = await workspace.list()
    const sessions: State['sessions'] = {}
    for (const { name, status } of listed) {
      const session = await workspace.session(name)
      const { changes } = await session.status()
      const all = [...changes.modified, ...changes.created, ...changes.deleted]
      const view = await viewOf(session.fs as SessionFs, [
        ...Object.keys(lower),
        ...all.map(({ path }) => path),
      ])
      sessions[name] = {
        status,
        changes: Object.fromEntries(all.map(({ path, change }) => [path, change])),
        view: Object.fromEntries(Object.entries(view).filter(([path, there]) => there !== lower[path])),
      }
    }
    const retries = (await workspace.retries()).map(
      ({ filePath, retry, reason, session, savedTo, archivedIn }) => {
        const place = archivedIn === undefined ? `sessions/${session}` : `retries-archive/${archivedIn}`
        const at = join(root, stateFolder, place, savedTo)
        const kept =
          fs.readFileSync(`${at}.reason.txt`, 'utf8') === `${reason}\n` ? '' : ' (the reason is lost)'
        return `${filePath} #${retry} ${reason}${kept}: ${hashOf(fs.readFileSync(at))} in ${alike(place)}`
      },
    )
    const commits = (await workspace.commits()).map(
      ({ kind, session, files, undone }) =>
        `${kind} of ${session}: ${[...files].sort().join(' ')}${undone ? ', undone' : ''}`,
    )
    return { state: { lower, sessions, active, retries: retries.sort(), commits }, listing: listingOf(root) }
  } finally {
    await workspace.close()
  }
}

/** Through session.fs, as a borrowed tool would look. */
async function viewOf(session: SessionFs, paths: readonly string[]): Promise<Record<string, string>> {
  const view: Record<string, string> = {}
  for (const path of new Set(paths)) {
    const stats = await session.lstat(path).catch(() => null)
    if (stats === null) view[path] = 'nothing'
    else {
      const mode = (Number(stats.mode) & 0o777).toString(8)
      if (stats.isSymbolicLink()) view[path] = `link to ${await session.readlink(path)}`
      else if (stats.isDirectory()) view[path] = `folder ${mode}`
      else view[path] = `file ${mode} ${hashOf((await session.readFile(path)) as Uint8Array)}`
    }
  }
  return view
}

/** What a transaction leaves on purpose; how many there are `commits` tells. */
const isOfHistory = /^history\/\d{4,}($|\/(intent\.json|owner\.json|new|old|removed|old\/\d+)$)/

/** Names that chance, a number or the clock gives, made alike. */
function alike(path: string): string {
  return path
    .replace(/[0-9a-f]{8}-[0-9a-z]+(?=$|[./])/g, '~')
    .replace(/-\d{8}-\d{6}(?=$|\/)/, '-TIME')
    .replace(/^(history|journal)\/\d{4,}/, '$1/N')
}

/** The kinds of entries of the state folder, each with its count where there are several; the history's own apart. */
export function listingOf(root: string): string[] {
  const counts = new Map<string, number>()
  const count = (path: string): void => {
    if (!isOfHistory.test(path)) counts.set(alike(path), (counts.get(alike(path)) ?? 0) + 1)
  }
  if (fs.existsSync(join(root, stateFolder))) {
    walk(join(root, stateFolder), '', (path) => {
      count(path)
      return true
    })
  }
  for (const name of namesIn(root)) if (name.startsWith('.cowrite-')) count(`(beside) ${name}`)
  return [...counts].map(([path, times]) => (times === 1 ? path : `${path} × ${times}`)).sort()
}

/** Whether each session.json is whole, as a person would find it before anything was opened again (D3). */
export function tornProjections(root: string): string[] {
  const sessions = join(root, stateFolder, 'sessions')
  return namesIn(sessions).filter((name) => {
    if (name.startsWith('.')) return false
    const file = join(sessions, name, 'session.json')
    if (!fs.existsSync(file)) return true
    try {
      return (JSON.parse(fs.readFileSync(file, 'utf8')) as { name?: string }).name !== name
    } catch (error) {
      if (error instanceof SyntaxError) return true
      throw error
    }
  })
}
