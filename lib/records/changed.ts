/** What a session has changed: all that it ever committed, as history has it, and what it held at its end. */
import type { ChangeKind } from '../api.js'
import type { Intent } from '../engine/intent.js'
import type { EndedSession } from '../store/ended-sessions.js'
import { type Counted, countsOf } from '../verbs/counts.js'
import { listCommits, readHistory } from '../verbs/history.js'
import { leaves } from '../verbs/moves.js'
import { comparePaths } from '../verbs/path-order.js'
import type { Site } from '../verbs/site.js'
import type { SessionIdentity } from './chats.js'
import { isInTimeOf } from './commits.js'

type Told = EndedSession['paths'][number]

/** What history tells of sessions, read once for all that are asked for. */
export interface Past {
  /** A session's own commits, oldest first. */
  commitsOf(session: SessionIdentity): Intent[]
  /** The same session with all that it changed, and when that was last. */
  whole(ended: EndedSession): EndedSession
  /** Whether all that it committed is undone by now. */
  isUndone(session: SessionIdentity): boolean
}

export function pastOf(site: Site, intents: readonly Intent[] = readHistory(site)): Past {
  const byName = new Map<string, Intent[]>()
  for (const intent of intents) {
    if (intent.kind === 'undo') continue
    const own = byName.get(intent.session)
    if (own === undefined) byName.set(intent.session, [intent])
    else own.push(intent)
  }
  const undone = new Set(listCommits(site, intents).flatMap((one) => (one.undone ? [one.commitId] : [])))
  const commitsOf = (session: SessionIdentity): Intent[] =>
    (byName.get(session.name) ?? []).filter(({ createdAt }) => isInTimeOf(session, createdAt))
  return {
    commitsOf,
    whole: (ended) => withCommitted(ended, commitsOf(ended)),
    isUndone(session) {
      const commits = commitsOf(session)
      return commits.length > 0 && commits.every(({ id }) => undone.has(id))
    },
  }
}

function withCommitted(ended: EndedSession, commits: readonly Intent[]): EndedSession {
  const last = commits.at(-1)
  // By the disk's clock, which lags, it may have ended before what it did last.
  const end = latest(ended.updatedAt, ended.endedAt, last?.createdAt ?? '')
  const ofTimes = { updatedAt: end, endedAt: end }
  if (last === undefined) return { ...ended, ...ofTimes }
  const committed = committedBy(commits)
  // What the last commit took is told by history, as is what was committed before the rest was thrown away.
  const told = new Set((ended.how === 'committed' ? last.targets : committed).map(({ path }) => path))
  const others = ended.paths.filter(({ path }) => !told.has(path))
  const isOther = new Set(others.map(({ path }) => path))
  const held = new Map(ended.paths.map(({ path, firstWriteAt }) => [path, firstWriteAt]))
  const all = [...committed.filter(({ path }) => !isOther.has(path)), ...others].map((file) => {
    const firstWriteAt = held.get(file.path)
    return firstWriteAt === undefined ? file : { ...file, firstWriteAt }
  })
  return {
    ...ended,
    ...ofTimes,
    paths: all,
    changes: ended.how === 'cancelled' && ended.changes === null ? null : countsOf(all.map(asCounted)),
  }
}

function latest(...moments: readonly string[]): string {
  return [...moments].sort().at(-1) ?? ''
}

export function asCounted({ path, change, kind, movedFrom }: Told): Counted {
  return { path, change, kind: kind ?? 'file', ...(movedFrom === undefined ? {} : { movedFrom }) }
}

interface State {
  /** Whether it was there before the first of these commits. */
  was: boolean
  is: boolean
  isFolder: boolean
  movedFrom?: string
}

/** What these commits of one session have changed together, oldest first: each path as the last of them left it. */
export function committedBy(commits: readonly Intent[]): Told[] {
  const states = new Map<string, State>()
  for (const { targets, moved = [] } of commits) {
    const from = new Map<string, string>(moved.map((one) => [one.to, one.from]))
    const origins = new Map([...from].map(([to, at]) => [to, states.get(at)?.movedFrom ?? at]))
    const went = new Set(from.values())
    for (const { path, expected, next } of targets) {
      const known = states.get(path)
      const state: State = {
        was: known?.was ?? expected !== null,
        is: next !== null,
        isFolder: (next ?? expected)?.kind === 'folder',
      }
      const origin = next === null ? undefined : (origins.get(path) ?? known?.movedFrom)
      // Back where it came from, it was not moved.
      if (origin !== undefined && origin !== path) state.movedFrom = origin
      // What only passed through here is where it went on to.
      if (!state.was && !state.is && went.has(path)) states.delete(path)
      else states.set(path, state)
    }
  }
  const told = [...states].map(([path, { was, is, isFolder, movedFrom }]) => ({
    path,
    change: changeOf(was, is),
    kind: isFolder ? ('folder' as const) : ('file' as const),
    ...(movedFrom === undefined ? {} : { movedFrom }),
  }))
  return leaves(told)
    .map(({ kind, ...file }) => (kind === 'folder' ? { ...file, kind } : file))
    .sort((left, right) => comparePaths(left.path, right.path))
}

/** What came and went again is gone: whoever looks for it finds where it was. */
function changeOf(was: boolean, is: boolean): ChangeKind {
  if (!is) return 'deleted'
  return was ? 'modified' : 'created'
}
