/** Every name on disk, and the format version: nothing else in the product spells them. */
import { CowriteError } from '../errors.js'
import { joinPath, type WorkspacePath } from '../paths.js'

export const formatVersion = 1

export const stateFolderNames = ['workspace', '.cowrite'] as const
export type StateFolderName = (typeof stateFolderNames)[number]

/** Names of a session folder that a workspace path of the same name must make way for (D2). */
const ownNames = new Set(['session.json', 'human-retries', '.cowrite'])
const escapeMark = '~'

export const artifactsFolder = 'artifacts'

export type Layout = ReturnType<typeof layoutOf>

/** Paths of the state folder, relative to the workspace. */
export function layoutOf(state: StateFolderName) {
  const session = (name: string): string => `${state}/sessions/${name}`
  return {
    state,
    config: `${state}/config.json`,
    gitignore: `${state}/.gitignore`,
    ignore: `${state}/.ignore`,
    sessionLock: `${state}/session.lock`,
    /** What it was before it was last replaced. */
    sessionLockBefore: `${state}/log/session.lock.before`,
    sessions: `${state}/sessions`,
    archives: `${state}/retries-archive`,
    history: `${state}/history`,
    journal: `${state}/journal`,
    index: `${state}/index`,
    log: `${state}/log`,
    operations: `${state}/log/operations.jsonl`,
    /** Which agents' chats worked in which session. */
    chats: `${state}/log/chats.jsonl`,
    /** What was counted in a transcript, by a name made of its path. */
    transcriptTotals: (name: string): string => `${state}/log/transcripts/${name}`,
    /** The page by which a session was handed over; `name` tells it from others that bore its name. */
    handoffs: `${state}/handoffs`,
    handoff: (name: string): string => `${state}/handoffs/${name}.md`,
    /** What the op log held before: the higher the number, the newer; the mark keeps two of one number apart. */
    earlierOperations: (number: number, mark: string): string =>
      `${state}/log/operations-${String(number).padStart(6, '0')}-${mark}.jsonl`,
    /** What is known of each session that has ended. */
    endedSessions: `${state}/log/ended-sessions.jsonl`,
    trash: `${state}/trash`,
    views: `${state}/views`,
    /** Where the view of a session is kept that has ended while somebody was at work in it. */
    endedView: (name: string) => viewLayout(`${state}/views/.ended-${name}`),
    view: (session: string) => viewLayout(`${state}/views/${session}`),
    locks: `${state}/log/locks`,
    lockHolders: `${state}/log/locks/holders`,
    lockTurns: (name: string): string => `${state}/log/locks/${name}.turns`,
    session,
    sessionIn: (folder: string) => sessionLayout(folder),
    sessionLayout: (name: string) => sessionLayout(session(name)),
    archive: (name: string): string => `${state}/retries-archive/${name}`,
    historyEntry: (id: string): string => `${state}/history/${id}`,
    journalEntry: (id: string): string => `${state}/journal/${id}`,
  }
}

/** The number of an earlier part of the op log, by its name in the folder; null for all else. */
export function numberOfEarlierOperations(name: string): number | null {
  const number = /^operations-(\d+)-[\w-]+\.jsonl$/.exec(name)?.[1]
  return number === undefined ? null : Number(number)
}

export type SessionLayout = ReturnType<typeof sessionLayout>

/** Paths of one session, whose folder may also stand elsewhere (in the trash, or being built). */
export function sessionLayout(folder: string) {
  const internal = `${folder}/.cowrite`
  return {
    folder,
    internal,
    metadata: `${folder}/session.json`,
    artifacts: `${folder}/${artifactsFolder}`,
    retries: `${folder}/human-retries`,
    record: `${internal}/record`,
    sealedRecord: `${internal}/record.sealed`,
    bases: `${internal}/bases`,
    temporary: `${internal}/tmp`,
    holders: `${internal}/holders`,
    turns: `${internal}/turns`,
    /** Notes of files that somebody has open to write in place. */
    writing: `${internal}/writing`,
    checkpoints: `${internal}/checkpoints`,
    checkpoint: (label: string): string => `${internal}/checkpoints/${label}`,
    /** What was written to the live files around the session, and what is known of before. */
    bypasses: `${internal}/bypasses`,
    bypassedContents: `${internal}/bypassed`,
    bypassedContent: (name: string): string => `${internal}/bypassed/${name}`,
    closing: `${internal}/closing.json`,
    /** What a list tells of it: a cache. */
    listed: `${internal}/listed.json`,
    damaged: `${internal}/damaged`,
    /** What the session's view has of repositories that lower has too, by their paths. */
    repositories: `${internal}/repositories`,
    /** A frozen layer that the session reads through: a session's folder, which nobody writes to any more. */
    layer: (id: string): string => `${internal}/layers/${id}`,
    layers: `${internal}/layers`,
    upper: (path: WorkspacePath): string => joinPath(folder, upperPath(path)),
  }
}

export type ViewLayout = ReturnType<typeof viewLayout>

/** Paths of a session's view: what a mount is made of, for as long as a command runs in it. */
export function viewLayout(folder: string) {
  return {
    folder,
    /** Who made it; its time is when the view began. */
    note: `${folder}/view.json`,
    /** The process that stands beneath the mount. */
    keeper: `${folder}/keeper.json`,
    /** There where the view stands in a folder of its own, as its note says: it is whole. */
    standing: `${folder}/standing`,
    /** What the view has shown of the session, and what was brought in from it. */
    shown: `${folder}/shown`,
    /** The session's files by a second name, and what the command changes. */
    upper: `${folder}/upper`,
    /** The name of what is kept of it that did not come in. */
    leftOut: `${folder}/left-out`,
    /** There where the session was cancelled while a command was at work. */
    cancelled: `${folder}/cancelled`,
    /** The kernel's own. */
    work: `${folder}/work`,
    whiteouts: `${folder}/whiteouts`,
    /** Mounted in the place of what a command is not to see, and over the sessions. */
    empty: `${folder}/empty`,
    sessions: `${folder}/sessions`,
    /** Where the real workspace is mounted once more, for those in the view. */
    real: `${folder}/real`,
    at: (path: WorkspacePath): string => (path === '' ? `${folder}/upper` : `${folder}/upper/${path}`),
  }
}

/** In the folder around a view that stands somewhere: by it one who stands there finds the workspace. */
export const markerOfView = 'cowrite-view.json'

/** The list that lies with archived retries, so that they can be read without their session. */
export const archiveList = 'retries.json'

/** Beside them: what a session had of ignored files that live has, at their own paths. */
export const ignoredVersions = 'ignored'

/** Beside retries, too: what lay in the session's views and did not come in, a folder for each view. */
export const leftOutVersions = 'left-out'

/** What a transaction's folder holds, in the journal and then in the history. */
export const transactionNames = {
  owner: 'owner.json',
  intent: 'intent.json',
  staged: 'new',
  kept: 'old',
  removed: 'removed',
  outcome: 'outcome.json',
} as const

/** In bytes: more than the system takes no name has. */
const longestName = 4095
/** In bytes: the most that cowrite puts before a path of the workspace, in its own folder or in a view. */
const mostBefore = 300

/** Whether no session can hold a path: nothing could be done with it in all the places where a session's files go. */
export function isTooLong(root: string, path: WorkspacePath): boolean {
  const most = longestName - mostBefore
  // No sign takes more than three bytes, by its length here.
  if ((root.length + path.length) * 3 <= most) return false
  return Buffer.byteLength(root) + 1 + Buffer.byteLength(path) > most
}

export const tooLong = 'its path is too long for a session'

/** Maps a workspace path to its place in a session folder. */
export function upperPath(path: WorkspacePath): string {
  return isOwnName(firstSegment(path), escapeMark) ? `${escapeMark}${path}` : path
}

/** The way back: null for what is the session folder's own. */
export function workspacePathOfUpper(upper: string): WorkspacePath | null {
  const first = firstSegment(upper)
  if (ownNames.has(first.toLowerCase())) return null
  return first.startsWith(escapeMark) && isOwnName(first, escapeMark) ? upper.slice(1) : upper
}

function isOwnName(segment: string, mark: string): boolean {
  let bare = segment
  while (bare.startsWith(mark)) bare = bare.slice(1)
  return ownNames.has(bare.toLowerCase())
}

function firstSegment(path: string): string {
  const slash = path.indexOf('/')
  return slash === -1 ? path : path.slice(0, slash)
}

/** Refuses what a newer version wrote (D4). */
export function checkFormat(version: unknown, what: string, root: string): void {
  if (version === formatVersion) return
  if (typeof version === 'number' && version > formatVersion) {
    throw new CowriteError(
      'WORKSPACE_UNAVAILABLE',
      `${what} was written by a newer cowrite (format ${version}; this one knows ${formatVersion}). Nothing was touched.`,
      { root, reason: 'newer format' },
    )
  }
  throw new CowriteError('CORRUPT', `${what} bears no format version that cowrite knows.`, { path: what })
}
