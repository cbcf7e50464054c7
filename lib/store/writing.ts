/** Writes: the whole of a file at once, or in place in a copy of the session's own. */
import { errnoOf } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { OpenFile } from '../port/port.js'
import {
  type Base,
  type Content,
  copyAside,
  discardBase,
  inheritedBase,
  nothing,
  smallContent,
  takeBase,
} from './copying.js'
import { errnoError } from './errno.js'
import { hashFile, hashOpenFile, identityOf, permissionsOf, sha256Of, stillIs } from './fingerprint.js'
import { inTurn } from './in-turn.js'
import {
  discardTemporary,
  type Landed,
  land,
  renameIntoUpper,
  requireLive,
  takeOutOfUpper,
} from './landing.js'
import {
  isCovered,
  isScratch,
  type Located,
  locate,
  type MergedStat,
  missingUpper,
  type SessionStore,
} from './overlay.js'
import { requireParent } from './removing.js'
import { temporaryPath } from './work-folders.js'

/**
 * Makes sure that the session has a copy of its own of an existing file, to be written in place (C2, C4).
 * Throws ENOENT where the merged view has no such file.
 */
export async function copyUp(store: SessionStore, path: WorkspacePath): Promise<void> {
  const { port, record } = store
  record.refresh()
  if (isScratch(store, path)) return
  const own = record.entries.get(path)
  const located = locate(store, path)
  const stat = located && port.stat(located.at)
  if (!located || !stat)
    throw own && own.kind !== 'whiteout' ? missingUpper(store, path) : errnoError('ENOENT', path)
  if (own?.kind === 'file' && stat.nlink === 1n) return
  const temporary = temporaryPath(store)
  try {
    const base = await copyAside(store, located, temporary.at)
    await inTurn(store, () => {
      record.refresh()
      const meanwhile = record.entries.get(path)
      if (meanwhile && meanwhile !== own && meanwhile.kind !== 'whiteout') return
      // What was copied has been replaced: whoever did it left a copy of the session's own.
      if (own?.kind === 'file' && port.stat(located.at)?.ino !== stat.ino) return
      land(store, path, temporary, 'file', inheritedBase(located) ?? base)
    })
  } finally {
    discardTemporary(store, path, temporary)
  }
}

/**
 * Whether the session's own copy has another name: a fork's, a view's. Then it is not written in place. One that is
 * gone, or is scratch, says so where it is opened.
 */
export function isShared(store: SessionStore, path: WorkspacePath): boolean {
  if (isScratch(store, path)) return false
  const stat = store.port.stat(store.layout.upper(path))
  return stat?.isFile() === true && stat.nlink > 1n
}

/**
 * Replaces the whole content of `path`, atomically (C4), creating it where it is not there.
 * `mode` is for a new file; an existing one keeps its own. `beforeLanding` runs last: if it throws, nothing landed.
 * `there` is what the caller has found at `path` in the same step, `read` what was read there.
 */
export async function writeWhole(
  store: SessionStore,
  path: WorkspacePath,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: {
    mode?: number | undefined
    beforeLanding?: () => void
    there?: MergedStat | null
    read?: Content | null
  } = {},
): Promise<Landed & { sha256: string }> {
  const { port, record } = store
  const { there } = options
  if (isScratch(store, path)) return writeScratch(store, path, content)
  if (there === undefined) record.refresh()
  const began = record.length
  const located = locate(store, path)
  const isKnown = record.entries.has(path)
  const taking = isKnown ? null : takeBase(store, path, there, options.read)
  const base = taking instanceof Promise ? await taking : taking
  // What follows takes place at once, unless the content is large.
  return port.together(() => buildAndLand(store, path, content, { ...options, base, began, located }))
}

interface Building {
  mode?: number | undefined
  beforeLanding?: () => void
  there?: MergedStat | null
  base: Base | null
  /** How long the record was when it was looked at what is there. */
  began: number
  located: Located | null
}

async function buildAndLand(
  store: SessionStore,
  path: WorkspacePath,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: Building,
): Promise<Landed & { sha256: string }> {
  const temporary = temporaryPath(store)
  let { base } = options
  try {
    const mode = modeThere(store, options.located, base, options.there)
    const file = store.port.create(temporary.at, options.mode ?? 0o666)
    let sha256: string
    try {
      if (mode !== null) file.chmod(mode)
      const filling = fill(file, content)
      sha256 = typeof filling === 'string' ? filling : await filling
    } finally {
      file.close()
    }
    for (;;) {
      const landed = await inTurn(store, () =>
        landWhole(store, path, temporary, base, sha256, options.began, options),
      )
      if (landed !== null) {
        if (base !== null) discardBase(store, path, base)
        return { ...landed, sha256 }
      }
      base = await takeBase(store, path)
    }
  } catch (error) {
    discardTemporary(store, path, temporary)
    if (base !== null) discardBase(store, path, base)
    // The session's folder went while it was written to.
    if (errnoOf(error) === 'ENOENT') requireLive(store)
    throw error
  }
}

/** Null where a base is needed: another process has taken its change back since we looked. */
function landWhole(
  store: SessionStore,
  path: WorkspacePath,
  temporary: { name: string; at: string },
  base: Base | null,
  sha256: string,
  began: number,
  options: { beforeLanding?: () => void },
): Landed | null {
  const { record } = store
  options.beforeLanding?.()
  const isKnown = record.entries.has(path)
  if (!isKnown && base === null) return null
  if (record.length !== began) requireParent(store, path, 'open')
  if (!isKnown && base?.fingerprint?.sha256 === sha256 && locate(store, path)?.source === 'global') {
    requireLive(store)
    discardTemporary(store, path, temporary)
    return { first: false, copiedUp: false, alsoChangedIn: [] }
  }
  return land(store, path, temporary, 'file', base ?? nothing)
}

/** The permission bits of the file that is replaced; null where there is none. */
function modeThere(
  store: SessionStore,
  located: Located | null,
  base: Base | null,
  seen: MergedStat | null | undefined,
): number | null {
  if (located === null) return null
  if (located.source === 'global' && base !== null)
    return base.fingerprint?.kind === 'file' ? base.fingerprint.mode : null
  const there = seen?.at === located.at ? seen.stat : store.port.stat(located.at)
  return there?.isFile() ? permissionsOf(there) : null
}

async function writeScratch(
  store: SessionStore,
  path: WorkspacePath,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<Landed & { sha256: string }> {
  requireLive(store)
  const temporary = temporaryPath(store)
  const file = store.port.create(temporary.at)
  let sha256: string
  try {
    sha256 = await fill(file, content)
  } finally {
    file.close()
  }
  renameIntoUpper(store, temporary.at, path)
  requireLive(store)
  return { first: false, copiedUp: false, alsoChangedIn: [], sha256 }
}

/** Returns the hash of what was written; at once where it is little. */
function fill(file: OpenFile, content: Uint8Array | AsyncIterable<Uint8Array>): string | Promise<string> {
  if (!(content instanceof Uint8Array)) return fillPieceByPiece(file, content)
  if (content.length > smallContent) return file.writeAsync(content, 0).then(() => sha256Of(content))
  file.write(content, 0)
  return sha256Of(content)
}

async function fillPieceByPiece(file: OpenFile, content: AsyncIterable<Uint8Array>): Promise<string> {
  let position = 0
  for await (const piece of content) {
    await file.writeAsync(piece, position)
    position += piece.length
  }
  return await hashOpenFile(file)
}

/**
 * Takes a change back whose content came to be the base again, if lower still is the base (C3).
 * `sha256` is the content's hash where the caller has it. Returns whether the change is gone.
 */
export async function dropIfUnchanged(
  store: SessionStore,
  path: WorkspacePath,
  sha256?: string,
): Promise<boolean> {
  const { port, record, layout } = store
  // Who has the hash has just written it, and looked at the record then.
  if (sha256 === undefined) record.refresh()
  const entry = record.entries.get(path)
  if (entry?.kind !== 'file' || entry.base?.kind !== 'file' || entry.base.sha256 === null) return false
  if (sha256 !== undefined && sha256 !== entry.base.sha256) return false
  if (store.layers.slice(1).some((layer) => layer.record.entries.has(path))) return false
  if (isCovered(store, path) || !(await stillIs(port, path, entry.base))) return false
  const upper = layout.upper(path)
  const before = port.stat(upper)
  if (!before || Number(before.size) !== entry.base.size || permissionsOf(before) !== entry.base.mode)
    return false
  if ((sha256 ?? (await hashFile(port, upper))?.sha256) !== entry.base.sha256) return false
  return inTurn(store, () => {
    record.refresh()
    const now = port.stat(upper)
    if (now === null || identityOf(now) !== identityOf(before) || record.entries.get(path) !== entry)
      return false
    record.append({ drop: [path] })
    takeOutOfUpper(store, path, before.ino, entry)
    return true
  })
}
