/** What the commits of a session did to texts, from what they replaced and from what they left, where that is there. */
import type { ChangeKind } from '../api.js'
import type { Intent, IntentTarget } from '../engine/intent.js'
import type { FilePort } from '../port/port.js'
import { cannotBeRead } from '../store/damage.js'
import { openOrNull, sha256Of } from '../store/fingerprint.js'
import { decodeText } from '../text/decode.js'
import { patchBetween } from '../verbs/diff.js'
import { isFileChange, readHistory } from '../verbs/history.js'
import type { Site } from '../verbs/site.js'

/** In bytes, of a text on either side: a document holds no comparison of a larger one. */
const largestText = 1024 * 1024

export interface ChangedText {
  path: string
  change: ChangeKind
  movedFrom?: string
  /** Null of what is not committed. */
  commitId: string | null
  /** Null where nobody can tell any more, or it is no text. */
  patch: string | null
}

/** Of the commits of those numbers, oldest first; what was deleted, and what was only moved, has nothing to show. */
export function* committedTexts(site: Site, commitIds: readonly string[]): Generator<ChangedText> {
  const intents = readHistory(site)
  for (const [at, commit] of intents.entries()) {
    if (!commitIds.includes(commit.id)) continue
    const later = intents.slice(at + 1)
    for (const target of commit.targets.filter(isFileChange)) {
      const text = changedIn(site, commit, target, later)
      if (text !== null && text.patch !== '') yield text
    }
  }
}

function changedIn(
  site: Site,
  commit: Intent,
  target: IntentTarget,
  later: readonly Intent[],
): ChangedText | null {
  const { path, expected, next } = target
  if (next?.kind !== 'file') return null
  const movedFrom = commit.moved?.find(({ to }) => to === path)?.from
  const origin = movedFrom === undefined ? target : commit.targets.find((one) => one.path === movedFrom)
  const before = origin?.expected == null ? null : keptText(site, commit, origin)
  const after = textLeft(site, path, next.sha256, later)
  const isTold = before !== undefined && after !== undefined
  return {
    ...{ path, change: expected === null ? 'created' : 'modified', commitId: commit.id },
    ...(movedFrom === undefined ? {} : { movedFrom }),
    patch: isTold ? patchBetween(path, before, after) : null,
  }
}

/** Undefined where there is none. */
function keptText({ port, layout }: Site, { id }: Intent, { kept }: IntentTarget): string | undefined {
  return kept === null ? undefined : textOf(bytesAt(port, `${layout.historyEntry(id)}/${kept}`))
}

/** What a commit left is the live file, or what one after it replaced. */
function textLeft(
  { port, layout }: Site,
  path: string,
  sha256: string | null,
  later: readonly Intent[],
): string | undefined {
  if (sha256 === null) return undefined
  const live = bytesAt(port, path)
  if (live !== null && sha256Of(live) === sha256) return textOf(live)
  for (const { id, targets } of later) {
    const kept = targets.find((one) => one.path === path && one.expected?.sha256 === sha256)?.kept
    if (kept) return textOf(bytesAt(port, `${layout.historyEntry(id)}/${kept}`))
  }
  return undefined
}

function textOf(bytes: Uint8Array | null): string | undefined {
  return bytes === null ? undefined : (decodeText(bytes) ?? undefined)
}

/** Null where there are none, too many, or none that can be read. */
function bytesAt(port: FilePort, path: string): Uint8Array | null {
  try {
    const file = openOrNull(port, path)
    if (file === null) return null
    try {
      return file.openedSize > largestText ? null : file.readAll()
    } finally {
      file.close()
    }
  } catch (error) {
    if (cannotBeRead(error)) return null
    throw error
  }
}
