import { CowriteError } from '../errors.js'
import type { FilePort } from '../port/port.js'
import { cannotBeRead } from './damage.js'
import { makeIfMissing, readIfThere, replaceFile, toJson, uniqueName } from './files.js'
import type { Fingerprint } from './fingerprint.js'
import { effectiveEntries, openLayers } from './layers.js'
import { checkFormat, formatVersion, type SessionLayout } from './layout.js'
import { changeOf, type Entry, type SessionHeader, type SessionRecord } from './record.js'

/** How much of the record session.json tells of, and which file that is. */
export interface Projected {
  length: number
  file: string | null
}

/**
 * Writes session.json, which people and other tools read, from the record. Another process may do so at the
 * same time: whoever finds that the record grew meanwhile writes again, so that the last one written is complete.
 */
export function writeProjection(port: FilePort, layout: SessionLayout, record: SessionRecord): Projected {
  record.refresh()
  let projected: Projected = { length: -1, file: null }
  for (let round = 0; round < mostRounds && projected.length !== record.length; round++) {
    const { length } = record
    // Not built beside it: there it could be taken for a file that somebody put into the session.
    makeIfMissing(port, layout.temporary)
    const temporary = `${layout.temporary}/${uniqueName()}`
    let file: string | null = null
    replaceFile(port, layout.metadata, projectionOf(port, layout, record), temporary, () => {
      file = fileAt(port, temporary)
    })
    projected = { length, file }
    record.refresh()
  }
  return projected
}

/** What session.json tells of where it is what would be written now; null where it is not. */
export function presentProjection(
  port: FilePort,
  layout: SessionLayout,
  record: SessionRecord,
): Projected | null {
  record.refresh()
  const present = { length: record.length, file: fileAt(port, layout.metadata) }
  const text = readIfThere(port, layout.metadata)
  return text?.equals(Buffer.from(projectionOf(port, layout, record))) ? present : null
}

/** Whether session.json is the one that was written then, and still tells of all. */
export function isUpToDate(
  port: FilePort,
  layout: SessionLayout,
  record: SessionRecord,
  { length, file }: Projected,
): boolean {
  record.refresh()
  return record.length === length && file !== null && fileAt(port, layout.metadata) === file
}

/** What a file keeps when it is renamed, and does not when it is written to. */
function fileAt(port: FilePort, path: string): string | null {
  const stat = port.stat(path)
  return stat && `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`
}

/** Under writers that never pause somebody must stop; each of them writes it again when it does. */
const mostRounds = 3

export function projectionOf(port: FilePort, layout: SessionLayout, record: SessionRecord): string {
  const all = effectiveEntries(openLayers(port, layout, record))
  const gone = new Set(all.filter(({ entry }) => entry.kind === 'whiteout').map(({ entry }) => entry.path))
  return toJson({
    ...headerFields(record.header, record.updatedAt),
    cow_files: all
      .filter(({ entry }) => !isNoChange(entry))
      .map(({ entry, layer }) => ({
        ...coveredFile(entry, gone),
        ...(layer.record === record ? {} : inherited),
      })),
    human_retries: record.retries.map((retry) => ({
      file_path: retry.filePath,
      retry: retry.retry,
      reason: retry.reason,
      auto_detected: retry.autoDetected,
      ...(retry.kept ? { kept: retry.kept } : {}),
      saved_to: retry.savedTo,
      recorded_at: retry.recordedAt,
    })),
  })
}

/** What a layer tells of. */
const inherited = { inherited: true }

/** session.json of a session in which nothing was done yet. */
export function firstProjection(header: SessionHeader): string {
  return toJson({ ...headerFields(header, header.createdAt), cow_files: [], human_retries: [] })
}

function headerFields(header: SessionHeader, updatedAt: string) {
  return {
    version: formatVersion,
    name: header.name,
    description: header.description,
    created_at: header.createdAt,
    updated_at: updatedAt,
    agent_id: header.agentId,
    ...(header.source === undefined ? {} : { source: header.source }),
    parent: header.parent,
    template: header.template,
    ...(header.layers.length > 0 ? { layers: header.layers } : {}),
    ...limitFields(header),
  }
}

/** Only what is limited. */
function limitFields({ limits }: SessionHeader) {
  if (limits === undefined) return {}
  const fields = {
    allowed_paths: limits.allowedPaths,
    read_only_paths: limits.readOnlyPaths,
    allowed_tools: limits.allowedTools,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, list]) => list.length > 0))
}

/** A folder that was deleted and made again as it was. */
function isNoChange(entry: Entry): boolean {
  return (
    entry.kind === 'folder' &&
    entry.base?.kind === 'folder' &&
    (entry.mode ?? entry.base.mode) === entry.base.mode
  )
}

function coveredFile(entry: Entry, gone: ReadonlySet<string>) {
  const { base, movedFrom } = entry
  return {
    path: entry.path,
    change: changeOf(entry),
    base: base && baseOf(base),
    first_write_at: entry.firstWriteAt,
    ...(entry.kind === 'folder' || entry.kind === 'symlink' ? { kind: entry.kind } : {}),
    // Where something is there again, it was copied.
    ...(movedFrom !== undefined && gone.has(movedFrom) ? { moved_from: movedFrom } : {}),
    ...(entry.mode !== undefined ? { mode: entry.mode } : {}),
  }
}

/** What is most often so is left out. */
function baseOf({ sha256, size, kind, mode, target }: Fingerprint) {
  return {
    sha256,
    size,
    ...(kind === 'file' ? {} : { kind }),
    ...(kind === 'file' && mode !== usualMode ? { mode } : {}),
    ...(target === undefined ? {} : { target }),
  }
}

/** Permission bits of a file of which session.json tells none. */
export const usualMode = 0o644

/** Whether session.json can be read and is this session's: we only ever replace it, so anything else is damage. */
export function projectionFinding(port: FilePort, layout: SessionLayout, name: string): string | null {
  const bytes = readOrNull(port, layout.metadata)
  if (bytes === null) return 'session.json is missing'
  let value: { name?: unknown; version?: unknown; cow_files?: unknown } | null
  try {
    value = JSON.parse(bytes.toString()) as typeof value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return 'session.json is not valid JSON'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return shapeless
  try {
    checkFormat(value.version, layout.metadata, port.root)
  } catch (error) {
    if (error instanceof CowriteError && error.code === 'CORRUPT') return error.message
    throw error
  }
  if (!Array.isArray(value.cow_files)) return shapeless
  return value.name === name ? null : 'session.json is that of another session'
}

const shapeless = 'session.json is not as it should be'

/** Throws WORKSPACE_UNAVAILABLE where a newer version has written session.json (D4). */
export function refuseNewer(port: FilePort, layout: SessionLayout): void {
  projectionFinding(port, layout, '')
}

/** Whether session.json tells of everything that the record does. */
export function isProjected(port: FilePort, layout: SessionLayout, record: SessionRecord): boolean {
  return readOrNull(port, layout.metadata)?.toString() === projectionOf(port, layout, record)
}

function readOrNull(port: FilePort, path: string): Buffer | null {
  try {
    return readIfThere(port, path)
  } catch (error) {
    if (cannotBeRead(error)) return null
    throw error
  }
}
