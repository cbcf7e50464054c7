import type { DiffOptions, FileDiff } from '../api.js'
import { openOrNull } from '../store/fingerprint.js'
import type { SessionStore } from '../store/overlay.js'
import { decodeText } from '../text/decode.js'
import { unifiedDiff } from '../text/diff.js'
import { isProse, proseDiff } from '../text/prose.js'
import { adoptStrays } from './adopt.js'
import { type Examined, readBase } from './examine.js'
import { examineAll } from './examine-all.js'
import { movesAmong } from './moves.js'
import { selectChanges } from './select.js'

/** Above this, a file's size is told instead of its lines. */
const largestDiffed = 8 * 1024 * 1024

/** What the session changed, against what it began with. */
export async function diffSession(store: SessionStore, options: DiffOptions = {}): Promise<FileDiff[]> {
  await adoptStrays(store)
  const examined = (await examineAll(store)).filter(
    ({ verdict, kind, entry }) => verdict !== 'none' && kind !== 'folder' && entry.firstWriteAt !== '',
  )
  const chosen = options.files?.length ? selectChanges(examined, options.files, store.guard).taken : null
  const moves = await movesAmong(store, examined)
  const movedTo = new Map([...moves].map(([to, from]) => [from, to]))
  return examined
    .filter(({ path }) => chosen === null || chosen.has(path))
    .map(
      (change) =>
        departureOf(change, movedTo) ?? diffOf(store, change, moves.get(change.path), options.words),
    )
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
  words: boolean | undefined,
): FileDiff {
  const [before, after] = [beforeOf(store, change, movedFrom), afterOf(store, change)]
  const about = {
    filePath: change.path,
    change: change.change,
    ...(movedFrom === undefined ? {} : { movedFrom }),
  }
  if (before === 'unreadable' || after === 'unreadable') {
    return { ...about, binary: true, additions: 0, deletions: 0, patch: '' }
  }
  const useWords = (words ?? isProse(change.path)) && before !== null && after !== null
  const diff = useWords ? proseDiff(change.path, before, after) : unifiedDiff(change.path, before, after)
  return { ...about, binary: false, ...diff }
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

function textAt(store: SessionStore, at: string): Side {
  const file = openOrNull(store.port, at)
  if (file === null) return null
  try {
    if (file.openedSize > largestDiffed) return 'unreadable'
    return decodeText(file.readAll()) ?? 'unreadable'
  } finally {
    file.close()
  }
}
