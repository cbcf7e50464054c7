import type { BigIntStats } from 'node:fs'
import type { Target, Wanted } from '../engine/intent.js'
import { isCowriteError, pointsOut } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { Seen } from '../store/looking.js'
import { resolveLinks, type SessionStore } from '../store/overlay.js'
import { changeOf, type Entry } from '../store/record.js'
import { conflict, type Examined, type Judgement, type Room } from './examined.js'
import { judgeFile } from './judge-file.js'
import { requireLanding } from './lost-copy.js'
import { type Lower, lookAtLower } from './lower-now.js'

/** Holds one path of a session against lower. `at` is where its content is, `seen` what was looked at already. */
export async function examine(
  store: SessionStore,
  entry: Entry,
  at: string,
  seen: Seen,
  room: Room = { left: 0 },
): Promise<Examined> {
  const lower = await lookAtLower(store.port, entry.path, entry.base, seen.get(entry.path))
  const judgement = lower.isSpecial
    ? conflict('a pipe, socket or device in the live files')
    : await judge(store, entry, at, lower, seen.get(at), room)
  return {
    path: entry.path,
    entry,
    at: entry.kind === 'whiteout' ? null : at,
    change: changeOf(entry),
    kind: entry.kind === 'whiteout' ? (entry.base?.kind ?? 'file') : entry.kind,
    ...judgement,
    target: judgement.target ?? null,
  }
}

function judge(
  store: SessionStore,
  entry: Entry,
  at: string,
  lower: Lower,
  own: BigIntStats | null | undefined,
  room: Room,
): Promise<Judgement> | Judgement {
  if (entry.kind === 'whiteout') return judgeDeletion(entry, lower)
  if (entry.kind === 'folder') return judgeFolder(entry, lower)
  if (entry.kind === 'symlink') return judgeLink(store, entry, at, lower)
  // Where nothing was, another process may have put it by now.
  return judgeFile(store, entry, at, lower, own ?? store.port.stat(at), room)
}

function judgeDeletion(entry: Entry, { now, unchanged }: Lower): Judgement {
  if (now === null) return { verdict: 'none' }
  const target: Target = { path: entry.path, expected: now, wanted: null }
  if (unchanged) return { verdict: 'clean', target }
  const sameKind = now.kind === entry.base?.kind
  if (sameKind && now.kind === 'folder') return { verdict: 'clean', target }
  if (now.kind === 'folder') return conflict('deleted in the session, and a folder in the live files now')
  return conflict('changed in the live files since, deleted in the session', target)
}

function judgeFolder(entry: Entry, { now, unchanged }: Lower): Judgement {
  const { base } = entry
  const wanted: Wanted = { kind: 'folder', mode: entry.mode ?? (base?.kind === 'folder' ? base.mode : null) }
  const target: Target = { path: entry.path, expected: now, wanted }
  if (now === null) {
    if (base === null || base.kind !== 'folder') return { verdict: 'clean', target }
    return entry.opaque ? { verdict: 'clean', target } : conflict('deleted in the live files since', target)
  }
  if (now.kind === 'folder') {
    const mode = entry.mode
    return mode === undefined || mode === now.mode ? { verdict: 'none' } : { verdict: 'clean', target }
  }
  if (unchanged && base !== null) return { verdict: 'clean', target }
  return conflict('a folder in the session, and a file in the live files')
}

function judgeLink(store: SessionStore, entry: Entry, at: string, { now, unchanged }: Lower): Judgement {
  const pointsTo = readLinkAt(store, entry, at)
  if (pointsTo === null) return { verdict: 'none' }
  const target: Target = { path: entry.path, expected: now, wanted: { kind: 'symlink', target: pointsTo } }
  if (now?.kind === 'symlink' && now.target === pointsTo) return { verdict: 'none' }
  if (leadsOut(store, entry.path)) return conflict(pointsOut)
  if (unchanged || (now === null && entry.base === null)) return { verdict: 'clean', target }
  if (now?.kind === 'folder') return conflict('a link in the session, and a folder in the live files')
  return conflict(
    now === null ? 'deleted in the live files since' : 'changed in the live files since',
    target,
  )
}

/** Only a hand can have put such a link into the session's folder; it must not land. */
function leadsOut(store: SessionStore, path: WorkspacePath): boolean {
  try {
    resolveLinks(store, path, true)
    return false
  } catch (error) {
    return isCowriteError(error, 'PATH_ESCAPE')
  }
}

function readLinkAt(store: SessionStore, entry: Entry, at: string): string | null {
  if (store.port.stat(at)?.isSymbolicLink()) return store.port.readLink(at)
  return requireLanding(store, entry)
}
