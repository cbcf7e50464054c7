/** What stands at a path on one side of a comparison of sessions. */
import { errnoOf, isCowriteError } from '../errors.js'
import { joinPath, type WorkspacePath } from '../paths.js'
import { readIfThere } from '../store/files.js'
import { type Fingerprint, hashFile, permissionsOf } from '../store/fingerprint.js'
import { type Layer, listMerged, type MergedStat, type SessionStore, statMerged } from '../store/overlay.js'
import type { Entry } from '../store/record.js'
import { decodeText } from '../text/decode.js'
import { readBase } from './kept-base.js'
import { lookAtLower } from './lower-now.js'

/** Null is nothing. `at` is where the content can be read; null where it was not kept. */
export type Side =
  | { kind: 'file'; at: string | null; mode: number; sha256: string | null; text(): string | null }
  | { kind: 'symlink'; target: string }
  | { kind: 'folder'; mode: number }
  | null

const largestText = 8 * 1024 * 1024

/** What the session shows, or would if it had these layers alone. */
export async function sideAt(
  store: SessionStore,
  path: WorkspacePath,
  layers: readonly Layer[] = store.layers,
): Promise<Side> {
  const there = lookAt({ ...store, layers }, path)
  if (there === null) return null
  const { at, stat, entry } = there
  if (stat.isSymbolicLink()) return { kind: 'symlink', target: store.port.readLink(at) }
  const mode = (entry?.kind === 'folder' ? entry.mode : undefined) ?? permissionsOf(stat) & 0o777
  if (stat.isDirectory()) return { kind: 'folder', mode }
  if (!stat.isFile()) return null
  const sha256 = (await hashFile(store.port, at))?.sha256 ?? null
  return {
    kind: 'file',
    at,
    mode,
    sha256,
    text: () => textOf(stat.size > largestText ? null : readIfThere(store.port, at)),
  }
}

/** What lower held when the session first touched the path. */
export async function sideOfBase(store: SessionStore, entry: Entry): Promise<Side> {
  const { base } = entry
  if (base === null) return null
  if (base.kind === 'symlink') return { kind: 'symlink', target: base.target ?? '' }
  if (base.kind === 'folder') return { kind: 'folder', mode: base.mode & 0o777 }
  return fileOfBase(store, entry, base)
}

/** Of what went with its folder the content was never read (C8): it is, where lower still has it. */
async function fileOfBase(store: SessionStore, entry: Entry, base: Fingerprint): Promise<Side> {
  const { mode } = base
  const { unchanged } =
    base.sha256 === null ? await lookAtLower(store.port, entry.path, base) : { unchanged: false }
  const sha256 = unchanged ? ((await hashFile(store.port, entry.path))?.sha256 ?? null) : base.sha256
  return { kind: 'file', at: null, mode: mode & 0o777, sha256, text: () => textOf(readBase(store, entry)) }
}

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : decodeText(bytes)
}

export function isSameSide(one: Side, other: Side): boolean {
  if (one === null || other === null) return one === other
  if (one.kind === 'symlink') return other.kind === 'symlink' && one.target === other.target
  if (one.kind === 'folder') return other.kind === 'folder' && one.mode === other.mode
  return other.kind === 'file' && isSameContent(one, other) && one.mode === other.mode
}

export function isSameContent(one: Side, other: Side): boolean {
  if (one?.kind !== 'file' || other?.kind !== 'file') return false
  return one.sha256 !== null && one.sha256 === other.sha256
}

/** Null also where a link or a file is on the way. */
export function lookAt(store: SessionStore, path: WorkspacePath): MergedStat | null {
  try {
    return statMerged(store, path)
  } catch (error) {
    if (isCowriteError(error, 'PATH_ESCAPE') || ['ELOOP', 'ENOTDIR'].includes(errnoOf(error) ?? ''))
      return null
    throw error
  }
}

/** All that the session shows below a folder, folders before what they hold. */
export function* shownBelow(store: SessionStore, folder: WorkspacePath): Generator<WorkspacePath> {
  for (const { name, kind } of listMerged(store, folder)) {
    const path = joinPath(folder, name)
    yield path
    if (kind === 'folder') yield* shownBelow(store, path)
  }
}
