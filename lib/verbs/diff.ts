import type { DiffOptions, FileDiff } from '../api.js'
import { stillMarked } from '../errors.js'
import { openOrNull, statLower } from '../store/fingerprint.js'
import type { SessionStore } from '../store/overlay.js'
import type { Entry } from '../store/record.js'
import { decodeText } from '../text/decode.js'
import { unifiedDiff } from '../text/diff.js'
import { isProse, proseDiff } from '../text/prose.js'
import { adoptStrays } from './adopt.js'
import { examineAll, lookAtChanges } from './examine-all.js'
import type { Examined } from './examined.js'
import { findingsOf } from './findings.js'
import { ignoredPaths } from './ignored.js'
import { readBase } from './kept-base.js'
import { movesAmong } from './moves.js'
import { selectChanges } from './select.js'
import type { Site } from './site.js'

/** Above this, a file's size is told instead of its lines. */
const largestDiffed = 8 * 1024 * 1024

/** What the session changed, against what it began with. */
export async function diffSession(
  { config }: Pick<Site, 'config'>,
  store: SessionStore,
  options: DiffOptions = {},
): Promise<FileDiff[]> {
  const survey = store.remembered.survey()
  await adoptStrays(store, survey)
  const all = (await examineAll(store, lookAtChanges(store, survey), { survey })).filter(
    ({ verdict }) => verdict !== 'none',
  )
  const ignored = await ignoredPaths(store, all, config.ignore, survey)
  const examined = all.filter(({ kind, entry }) => kind !== 'folder' && entry.firstWriteAt !== '')
  const chosen = options.files?.length ? selectChanges(examined, options.files, store.guard).taken : null
  const moves = await movesAmong(store, examined)
  const movedTo = new Map([...moves].map(([to, from]) => [from, to]))
  return examined
    .filter(({ path }) => chosen === null || chosen.has(path))
    .map((change) => {
      const departure = departureOf(change, movedTo)
      const diff = departure ?? diffOf(store, change, moves.get(change.path), options.words)
      return ignored.has(change.path) ? { ...diff, ignored: true as const } : diff
    })
}

/** What was moved shows its lines where it went. */
function departureOf(
  { path, change, entry }: Examined,
  movedTo: ReadonlyMap<string, string>,
): FileDiff | null {
  const to = movedTo.get(path)
  if (to === undefined || entry.kind !== 'whiteout') return null
  return { filePath: path, change, binary: false, additions: 0, deletions: 0, patch: '', movedTo: to }
}

function diffOf(
  store: SessionStore,
  change: Examined,
  movedFrom: string | undefined,
  words = isProse(change.path),
): FileDiff {
  const findings = findingsOf(store)
  // What was moved depends on what it was before, too.
  const known = movedFrom === undefined ? findings.diffOf(change, words) : undefined
  if (known !== undefined) return known
  const diff = compared(store, change, movedFrom, words)
  if (movedFrom === undefined) findings.keepDiff(change, words, diff)
  return diff
}

function compared(
  store: SessionStore,
  change: Examined,
  movedFrom: string | undefined,
  words: boolean,
): FileDiff {
  const about = {
    filePath: change.path,
    change: change.change,
    ...(movedFrom === undefined ? {} : { movedFrom }),
  }
  if (change.unreadable) {
    const conflict = change.reason ?? ''
    return { ...about, binary: true, additions: 0, deletions: 0, patch: '', conflict }
  }
  const [before, after] = [beforeOf(store, change, movedFrom), afterOf(store, change)]
  return { ...about, ...between(change.path, before, after, words), ...againstLive(store, change, words) }
}

function between(path: string, before: Side, after: Side, words: boolean) {
  if (before === 'unreadable' || after === 'unreadable')
    return { binary: true, additions: 0, deletions: 0, patch: '' }
  const useWords = words && before !== null && after !== null
  return { binary: false, ...(useWords ? proseDiff(path, before, after) : unifiedDiff(path, before, after)) }
}

/** What was done to a text, for whoever wrote it: prose by sentence and word. Null is a file that is not there. */
export function patchBetween(path: string, before: string | null, after: string | null): string {
  return between(path, before, after, isProse(path)).patch
}

/** Of a conflict, what the others did: from what the session began with to what the live file is now. */
function againstLive(
  store: SessionStore,
  { path, entry, verdict, reason }: Examined,
  words: boolean,
): Pick<FileDiff, 'conflict' | 'globalPatch'> {
  if (verdict !== 'conflict') return {}
  const conflict = reason ?? 'changed on both sides'
  if (conflict === stillMarked) return { conflict }
  const before = beganWith(store, entry)
  if (before === 'unknown') return { conflict }
  const { patch } = between(path, before, liveAt(store, path), words)
  return { conflict, ...(patch === '' ? {} : { globalPatch: patch }) }
}

function beganWith(store: SessionStore, entry: Entry): Side | 'unknown' {
  if (entry.base === null) return null
  if (entry.base.kind === 'symlink') return `${entry.base.target ?? ''}\n`
  const kept = entry.base.kind === 'file' ? readBase(store, entry) : null
  return kept === null ? 'unknown' : (decodeText(kept) ?? 'unreadable')
}

function liveAt({ port }: SessionStore, path: string): Side {
  const stat = statLower(port, path)
  if (stat === null || stat.isDirectory()) return null
  if (stat.isSymbolicLink()) return `${port.readLink(path)}\n`
  return stat.isFile() ? textAt({ port }, path) : 'unreadable'
}

type Side = string | null | 'unreadable'

function beforeOf(store: SessionStore, { entry, path }: Examined, movedFrom: string | undefined): Side {
  if (entry.base === null) return movedFrom === undefined ? null : textAt(store, movedFrom)
  if (entry.base.kind === 'symlink') return `${entry.base.target ?? ''}\n`
  if (entry.base.kind === 'folder') return null
  const kept = readBase(store, entry)
  if (kept !== null) return decodeText(kept) ?? 'unreadable'
  return textAt(store, path)
}

function afterOf(store: SessionStore, { entry, at }: Examined): Side {
  if (at === null) return null
  if (entry.kind === 'symlink') return `${store.port.readLink(at)}\n`
  return textAt(store, at)
}

function textAt(store: Pick<SessionStore, 'port'>, at: string): Side {
  const file = openOrNull(store.port, at)
  if (file === null) return null
  try {
    if (file.openedSize > largestDiffed) return 'unreadable'
    return decodeText(file.readAll()) ?? 'unreadable'
  } finally {
    file.close()
  }
}
