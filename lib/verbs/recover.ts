import type { RecoverResult } from '../api.js'
import type { Recovered } from '../engine/engine.js'
import { isBusy } from '../engine/transaction.js'
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { decodeLines, encodeLine } from '../store/append-log.js'
import { ensureFolder, readIfThere, readJson, uniqueName, writeNewFile } from '../store/files.js'
import { type Fingerprint, statLower } from '../store/fingerprint.js'
import { artifactsFolder, type SessionLayout, sessionLayout } from '../store/layout.js'
import { withLock } from '../store/locks.js'
import { usualMode } from '../store/projection.js'
import {
  type Entry,
  headerLine,
  type RecordedRetry,
  type SessionHeader,
  SessionRecord,
} from '../store/record.js'
import { isSealed, liftSeal } from '../store/seal.js'
import { notThere, sessionCalled } from '../store/session-store.js'
import { type Caller, currentSession } from './chats.js'
import { examineLayer, findDamage, tidyAfterDeath } from './check.js'
import { blockedFinding, recoverDead, refuseFailingDisk } from './closing.js'
import { clearOwnFolders, clearWays } from './obstacles.js'
import type { Site } from './site.js'

/**
 * Finishes what a crash cut short and makes the session whole again: what can be read is kept, what cannot
 * is set aside in the session's own folder. Throws SESSION_NOT_FOUND.
 */
export async function recoverSession(
  site: Site,
  caller: Caller,
  sessionName: string | undefined,
): Promise<RecoverResult> {
  return withLock(site.port, site.layout, 'commit', async () => {
    const recovered = await recoverDead(site)
    const { finished } = recovered
    const name = sessionName === undefined ? null : sessionCalled(site.port, site.layout, sessionName)
    if (name === null) return { session: null, status: 'INACTIVE', ...told(recovered) }
    const own = site.layout.sessionLayout(name)
    if (site.port.stat(own.folder)?.isDirectory() !== true) {
      const ended = finished.find(({ session }) => session === name)
      if (!ended) throw notThere(name)
      return { session: name, status: 'COMMITTED', ...told(recovered) }
    }
    if (isSealed(site.port, own) && isBusy(site.port, site.layout))
      throw new CowriteError('LOCKED', `The session '${name}' is being committed by another process.`, {
        session: name,
      })
    refuseFailingDisk(recovered, name)
    liftSeal(site.port, own)
    const findings = mend(site, own, name)
    // What the session's damage kept from its end can go on now.
    const all = recovered.blocked.length === 0 ? recovered : joined(recovered, await recoverDead(site))
    const isCurrent = (await currentOrNull(site, caller)) === name
    const done = told(all)
    return {
      session: name,
      status: isCurrent ? 'ACTIVE' : 'INACTIVE',
      ...done,
      findings: [...done.findings, ...findings],
    }
  })
}

function joined(first: Recovered, then: Recovered): Recovered {
  return {
    finished: [...first.finished, ...then.finished],
    withdrawn: [...first.withdrawn, ...then.withdrawn],
    overtaken: [...first.overtaken, ...then.overtaken],
    blocked: then.blocked,
  }
}

function told({
  finished,
  withdrawn,
  overtaken,
  blocked,
}: Recovered): Pick<RecoverResult, 'finished' | 'withdrawn' | 'findings'> {
  const edited = overtaken.map(
    ({ path, savedTo }) =>
      `${path} was edited since: the edit stayed, the session's version is ${savedTo || 'its deletion'}`,
  )
  return {
    finished: finished.map(({ id }) => id),
    withdrawn: withdrawn.map(({ id }) => id),
    findings: [...edited, ...blocked.map(blockedFinding)],
  }
}

async function currentOrNull(site: Site, caller: Caller): Promise<string | null> {
  try {
    return await currentSession(site, caller)
  } catch (error) {
    if (isCowriteError(error, 'CORRUPT')) return null
    throw error
  }
}

function mend(site: Site, own: SessionLayout, name: string): string[] {
  const { port } = site
  const findings = findDamage(port, own, name)
  clearOwnFolders(port, own)
  for (const folder of [own.internal, own.holders, own.bases, own.temporary, own.artifacts, own.retries])
    ensureFolder(port, folder)
  if (findings.length > 0) {
    rebuildRecord(site, own, name)
    mendLayers(site, own)
  }
  const record = SessionRecord.open(port, own)
  try {
    tidyAfterDeath({ port, layout: own, record })
  } finally {
    record.close()
  }
  return findings
}

/** A damaged layer tells what it still can; it is this session's only where no other reads through it. */
function mendLayers(site: Site, own: SessionLayout): void {
  const record = SessionRecord.open(site.port, own)
  record.close()
  for (const id of record.header.layers) {
    const layer = sessionLayout(own.layer(id))
    if (examineLayer(site.port, layer, id).length === 0) continue
    ensureFolder(site.port, layer.temporary)
    rebuildRecord(site, layer, null)
  }
}

type AnyLine = {
  header?: SessionHeader
  set?: Entry[]
  drop?: string[]
  alone?: true
  retry?: RecordedRetry
}

/** A new record from what the old one and session.json still tell, of what is really there. A layer bears the name it had. */
function rebuildRecord(site: Site, own: SessionLayout, name: string | null): void {
  const { port } = site
  const lines = readLines(site, own)
  const projection = readProjection(site, own)
  const told = lines.find(({ header }) => header && (name === null || header.name === name))?.header
  const header = told ?? headerFrom(site, projection, name ?? projection?.name ?? '')
  const isAlone = lines.some(({ alone }) => alone)
  const layers = header.layers.filter((id) => !isAlone && isDirectory(site, own.layer(id)))
  const entries = new Map<string, Entry>()
  for (const entry of projection?.cow_files ?? [])
    if (!entry.inherited) entries.set(entry.path, entryFrom(entry))
  for (const line of lines) {
    for (const path of line.drop ?? []) entries.delete(path)
    for (const entry of line.set ?? []) entries.set(entry.path, entry)
  }
  const retries = mergeRetries(lines, projection)
  clearWays(port, own, withCopies([...entries.values()]))
  const kept = [...entries.values()].filter((entry) => isStillTrue(site, own, entry))
  const setAside = isDirectory(site, own.record) ? own.record : port.stat(own.record) ? own.record : null
  if (setAside !== null) {
    ensureFolder(port, own.damaged)
    port.rename(setAside, `${own.damaged}/record-${uniqueName()}`)
  }
  const body = [
    encodeLine(headerLine({ ...header, layers })),
    ...(kept.length > 0 ? [encodeLine({ set: kept, at: new Date().toISOString() })] : []),
    ...retries
      .filter(({ savedTo }) => statLower(port, `${own.folder}/${savedTo}`))
      .map((retry) => encodeLine({ retry, at: retry.recordedAt })),
  ]
  const fresh = `${own.temporary}/${uniqueName()}`
  writeNewFile(port, fresh, Buffer.concat(body))
  port.rename(fresh, own.record)
}

function withCopies(entries: readonly Entry[]): string[] {
  return entries.filter(({ kind }) => kind !== 'whiteout' && kind !== 'folder').map(({ path }) => path)
}

function isDirectory(site: Site, path: string): boolean {
  return site.port.stat(path)?.isDirectory() ?? false
}

function readLines(site: Site, own: SessionLayout): AnyLine[] {
  const path = isSealed(site.port, own) ? own.sealedRecord : own.record
  try {
    const bytes = readIfThere(site.port, path)
    return bytes === null ? [] : decodeLines<AnyLine>(bytes).lines
  } catch (error) {
    if (isCowriteError(error, 'WRONG_KIND') || errnoOf(error) === 'ELOOP') return []
    throw error
  }
}

interface Projection {
  name?: string
  parent?: string | null
  template?: string | null
  allowed_paths?: string[]
  read_only_paths?: string[]
  allowed_tools?: string[]
  layers?: string[]
  description?: string
  created_at?: string
  agent_id?: string
  source?: string
  cow_files?: {
    path: string
    change: string
    kind?: Entry['kind']
    base: (Partial<Fingerprint> & Pick<Fingerprint, 'sha256' | 'size'>) | null
    first_write_at: string
    moved_from?: string
    inherited?: true
  }[]
  human_retries?: {
    file_path: string
    retry: number
    reason: string
    auto_detected: boolean
    kept?: true
    saved_to: string
    recorded_at: string
  }[]
}

function readProjection(site: Site, own: SessionLayout): Projection | null {
  try {
    const value = readJson(site.port, own.metadata)
    return typeof value === 'object' && value !== null && Array.isArray((value as Projection).cow_files)
      ? (value as Projection)
      : null
  } catch (error) {
    if (isCowriteError(error, 'CORRUPT') || isCowriteError(error, 'WRONG_KIND')) return null
    throw error
  }
}

function headerFrom(site: Site, projection: Projection | null, name: string): SessionHeader {
  const told = projection?.created_at
  const began = typeof told === 'string' && !Number.isNaN(Date.parse(told)) ? told : null
  return {
    name,
    description: projection?.description ?? '',
    createdAt: began ?? new Date().toISOString(),
    ...(began === null ? { beganUnknown: true as const } : {}),
    agentId: projection?.agent_id ?? site.agentId,
    ...(typeof projection?.source === 'string' ? { source: projection.source } : {}),
    parent: projection?.parent ?? null,
    template: projection?.template ?? null,
    ...limitsFrom(projection),
    scratch: site.port.stat(artifactsFolder) === null,
    layers: projection?.layers ?? [],
  }
}

function limitsFrom(projection: Projection | null): Pick<SessionHeader, 'limits'> {
  const { allowed_paths = [], read_only_paths = [], allowed_tools = [] } = projection ?? {}
  const limits = { allowedPaths: allowed_paths, readOnlyPaths: read_only_paths, allowedTools: allowed_tools }
  return Object.values(limits).every((list) => list.length === 0) ? {} : { limits }
}

const kinds = ['file', 'folder', 'symlink'] as const

/** What session.json tells of a change: the base's hash, but not where its content was kept. */
function entryFrom(file: NonNullable<Projection['cow_files']>[number]): Entry {
  const base: Fingerprint | null = file.base && {
    kind: kinds.find((kind) => kind === file.base?.kind) ?? 'file',
    size: file.base.size,
    mode: file.base.mode ?? usualMode,
    sha256: file.base.sha256,
    identity: '',
    racy: true,
    ...(file.base.target === undefined ? {} : { target: file.base.target }),
  }
  return {
    path: file.path,
    kind: file.change === 'deleted' ? 'whiteout' : (file.kind ?? 'file'),
    base,
    kept: null,
    firstWriteAt: file.first_write_at,
    ...(file.moved_from !== undefined ? { movedFrom: file.moved_from } : {}),
  }
}

function mergeRetries(lines: readonly AnyLine[], projection: Projection | null): RecordedRetry[] {
  const retries = new Map<string, RecordedRetry>()
  for (const {
    file_path,
    retry,
    reason,
    auto_detected,
    kept,
    saved_to,
    recorded_at,
  } of projection?.human_retries ?? []) {
    retries.set(saved_to, {
      filePath: file_path,
      retry,
      reason,
      autoDetected: auto_detected,
      ...(kept === true ? { kept } : {}),
      savedTo: saved_to,
      recordedAt: recorded_at,
    })
  }
  for (const { retry } of lines) if (retry) retries.set(retry.savedTo, retry)
  return [...retries.values()]
}

/** A change whose copy is lost can only be let go; it is named in the findings. */
function isStillTrue(site: Site, own: SessionLayout, entry: Entry): boolean {
  if (entry.kind === 'whiteout' || entry.kind === 'folder') return true
  if (statLower(site.port, own.upper(entry.path)) !== null) return true
  return entry.pending !== undefined && site.port.stat(`${own.temporary}/${entry.pending}`) !== null
}
