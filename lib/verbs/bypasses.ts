/** What was written to the live files around a session: seen by a hook, or found by looking. */
import type { Bypass } from '../bypass-api.js'
import { CowriteError, type ErrorData, isCowriteError } from '../errors.js'
import { joinPath, parsePath, type WorkspacePath } from '../paths.js'
import { type Bypassed, BypassLog, together } from '../store/bypass-log.js'
import { cannotBeWritten } from '../store/damage.js'
import { ensureFolder, entriesIn, readIfThere, uniqueName, writeNewFile } from '../store/files.js'
import { identityOf, markOf, statLower } from '../store/fingerprint.js'
import type { SessionStore } from '../store/overlay.js'
import { readSessionLock } from '../store/session-lock.js'
import { readHistory } from './history.js'
import { ignoredByRules, type Looked } from './ignored.js'
import type { Site } from './site.js'

/** A look at more would take longer than whoever asks wants to wait. */
const mostLookedAt = 20_000
/** In milliseconds: a file system's clock is not this one, and what was there before is nobody's news. */
const firstMoments = 20
/** What installs itself is nobody's work. */
const passedBy = 'node_modules'

/** All that is known, after a look at what changed since the last one. */
export async function listBypasses(
  site: Site,
  store: SessionStore,
  { ofChats = false }: { ofChats?: boolean } = {},
): Promise<Bypass[]> {
  const log = new BypassLog(store.port, store.layout, false)
  log.close()
  const found = ofChats && !isOfChat(site, store) ? [] : await lookAround(site, store, log)
  const isNew = new Set(found.map(({ path }) => path).filter((path) => !log.known.has(path)))
  const all = new Map(log.known)
  for (const one of found) all.set(one.path, together(all.get(one.path), one))
  const over = [...all.values()].filter((one) => isOver(site, store, one)).map(({ path }) => path)
  keep(store, found, over)
  for (const path of over) all.delete(path)
  return [...all.values()]
    .map(({ path, tool, seenAt, before }) => {
      const entry = store.record.entries.get(path)
      const hasBase = entry !== undefined && !entry.adopted && (entry.base === null || entry.kept !== null)
      const canPutBack = before !== undefined || hasBase
      return { path, tool, seenAt, canPutBack, isNew: isNew.has(path) }
    })
    .sort((one, other) => (one.path < other.path ? -1 : 1))
}

/** Whether the call comes from a chat's client, or some chat is bound to the session. */
function isOfChat({ client, port, layout }: Site, { name }: SessionStore): boolean {
  if (client !== 'cli' && client !== 'library') return true
  try {
    return [...readSessionLock(port, layout).bindings.values()].some(({ session }) => session === name)
  } catch (error) {
    // Damaged, it tells nothing of chats: there may be one.
    if (isCowriteError(error, 'CORRUPT')) return true
    throw error
  }
}

/** `before`: what the file held as text, null for nothing, undefined where that is not known. */
export function noteBypass(
  store: SessionStore,
  given: string,
  tool: string,
  before: string | null | undefined,
): void {
  const path = parsePath(given)
  const stat = statLower(store.port, path)
  if (stat === null || store.guard.isProtected(path)) return
  const seen: Bypassed = { path, tool, seenAt: new Date().toISOString(), identity: identityOf(stat) }
  const kept =
    before === undefined ? {} : { before: { kept: before === null ? null : keepText(store, before) } }
  withLog(store, (log) => log.append({ bypassed: [{ ...seen, ...kept }] }))
}

export function keepText({ port, layout }: SessionStore, content: string | Uint8Array): string {
  const name = uniqueName()
  ensureFolder(port, layout.bypassedContents)
  writeNewFile(port, layout.bypassedContent(name), content)
  return name
}

/** They are as they should be: until they change again, nobody is told of them. Returns those that were listed. */
export function settleBypasses(store: SessionStore, paths: readonly string[] | undefined): WorkspacePath[] {
  return withLog(store, (log) => {
    const which = chosen(log, paths)
    const settled = which.map((path) => ({ path, identity: identityAt(store, path) }))
    if (settled.length > 0) log.append({ settled })
    return which
  })
}

/** Throws NOT_FOUND for a path that was not written around the session. */
export function chosen({ known }: BypassLog, paths: readonly string[] | undefined): WorkspacePath[] {
  if (paths === undefined) return [...known.keys()].sort()
  return paths.map((given) => {
    const path = parsePath(given)
    if (known.has(path)) return path
    const data: ErrorData['NOT_FOUND'] = { path }
    throw new CowriteError(
      'NOT_FOUND',
      `${path} was not written around the session, as far as is known.`,
      data,
    )
  })
}

export function withLog<Result>(store: SessionStore, work: (log: BypassLog) => Result): Result {
  const log = new BypassLog(store.port, store.layout, true)
  try {
    return work(log)
  } finally {
    log.close()
  }
}

export function contentBefore(
  { port, layout }: SessionStore,
  { before }: Bypassed,
): Buffer | null | undefined {
  if (before === undefined) return undefined
  if (before.kept === null) return null
  return readIfThere(port, layout.bypassedContent(before.kept)) ?? undefined
}

/** What the live file held when the session copied it; undefined where that is not known. */
export function baseContent(
  { port, layout, record }: SessionStore,
  path: WorkspacePath,
): Buffer | null | undefined {
  const entry = record.entries.get(path)
  if (entry === undefined || entry.adopted) return undefined
  if (entry.base === null) return null
  return (entry.kept === null ? null : readIfThere(port, `${layout.bases}/${entry.kept}`)) ?? undefined
}

/** Where nothing can be written, what was found is told all the same. */
function keep(store: SessionStore, found: readonly Bypassed[], over: readonly WorkspacePath[]): void {
  if (found.length + over.length === 0) return
  try {
    withLog(store, (log) => {
      const lookedAt = new Date(Date.now() - store.port.timestampGranularity).toISOString()
      log.append({ bypassed: [...found], lookedAt })
      const settled = over.map((path) => ({ path, identity: identityAt(store, path) }))
      if (settled.length > 0) log.append({ settled })
    })
  } catch (error) {
    if (!cannotBeWritten(error)) throw error
  }
}

/** Live files that changed since the last look, or since the session began, and that no commit has put there. */
async function lookAround(site: Site, store: SessionStore, log: BypassLog): Promise<Bypassed[]> {
  const began = Date.parse(store.record.header.createdAt) + firstMoments
  const since = BigInt(log.lookedAt === null ? began : Date.parse(log.lookedAt))
  const changed = changedSince(store, since * 1_000_000n).filter(({ path, identity }) => {
    return log.settled.get(path) !== identity && log.known.get(path)?.identity !== identity
  })
  if (changed.length === 0) return []
  const commits = new Set(
    readHistory(site).flatMap(({ targets }) =>
      targets.flatMap(({ next }) => (next?.kind === 'file' ? [next.mark] : [])),
    ),
  )
  const others = changed.filter(({ path, mark }) => !commits.has(mark) && !isAsKnown(store, path))
  const files = others.map(({ path }): Looked => ({ path, kind: 'file', change: 'created' }))
  const ignored = await ignoredByRules(store, files, site.config.ignore)
  const seenAt = new Date().toISOString()
  return others
    .filter(({ path }) => !ignored.has(path))
    .map(({ path, identity }) => ({ path, tool: null, seenAt, identity }))
}

interface Changed {
  path: WorkspacePath
  identity: string
  mark: string
}

function changedSince({ port, guard }: SessionStore, since: bigint): Changed[] {
  const changed: Changed[] = []
  let left = mostLookedAt
  const visit = (folder: WorkspacePath): void => {
    const entries = entriesIn(port, folder).filter(
      ({ name }) => name !== passedBy && !guard.isProtected(joinPath(folder, name)),
    )
    left -= entries.length
    if (left < 0) return
    const names = entries.filter(({ kind }) => kind === 'file').map(({ name }) => name)
    port.statEach(folder, names).forEach((stat, at) => {
      if (stat === null || stat.ctimeNs < since) return
      const path = joinPath(folder, names[at] as string)
      changed.push({ path, identity: identityOf(stat), mark: markOf(stat) })
    })
    for (const { name, kind } of entries) if (kind === 'folder') visit(joinPath(folder, name))
  }
  visit('')
  return changed
}

/** Only its names, or its mode for a moment, have changed since it was copied into the session. */
function isAsKnown({ port, record }: SessionStore, path: WorkspacePath): boolean {
  const [base, stat] = [record.entries.get(path)?.base, port.stat(path)]
  return base != null && stat !== null && base.identity.startsWith(`${markOf(stat)}:`)
}

/** Gone, put back, or replaced by a commit: nothing of it is in the live files any more. */
function isOver(site: Site, store: SessionStore, one: Bypassed): boolean {
  // Of one that is on its way into the session, nothing may be forgotten.
  if (one.taking !== undefined) return false
  const stat = statLower(store.port, one.path)
  if (stat === null) return one.before === undefined || one.before.kept === null
  if (identityOf(stat) === one.identity) return false
  const before = contentBefore(store, one)
  if (before != null && readIfThere(store.port, one.path)?.equals(before)) return true
  return readHistory(site).some(({ targets }) =>
    targets.some(
      ({ path, next }) => path === one.path && next?.kind === 'file' && next.mark === markOf(stat),
    ),
  )
}

function identityAt({ port }: SessionStore, path: WorkspacePath): string | null {
  const stat = statLower(port, path)
  return stat && identityOf(stat)
}
