/** What a commit takes out of its session once the files are in place. */
import type { BigIntStats } from 'node:fs'
import type { Afterwards, CopyMark } from '../engine/intent.js'
import { errnoOf } from '../errors.js'
import type { FilePort } from '../port/port.js'
import { AppendLog } from '../store/append-log.js'
import { copyOnce } from '../store/copying.js'
import { tellsOfLastingDamage } from '../store/damage.js'
import { removeIfThere } from '../store/files.js'
import { fingerprintOf, hashFile, identityOf, statLower } from '../store/fingerprint.js'
import type { SessionLayout } from '../store/layout.js'
import { lookAtAll } from '../store/looking.js'
import { type Entry, SessionRecord } from '../store/record.js'
import { isSealed } from '../store/seal.js'
import { basePath } from '../store/work-folders.js'
import type { Site } from './site.js'

type Kept = Extract<Afterwards, { do: 'keep' }>

/** What was committed is no change any more. Safe to repeat. */
export async function dropCommitted(site: Site, afterwards: Kept): Promise<void> {
  const own = site.layout.sessionLayout(afterwards.session)
  if (!isSealed(site.port, own)) return
  const record = sealedRecordOrNull(site.port, own)
  try {
    if (record === null) tellDropped(site.port, own, afterwards.drop)
    else await dropFrom(record, site.port, own, afterwards)
    await removeCommitted(site.port, own, afterwards)
  } finally {
    record?.close()
  }
}

/** Whether a hand has saved something into the session since it was looked at to be committed. */
export async function holdsEdits(
  port: FilePort,
  own: SessionLayout,
  copies: Kept['copies'] = {},
): Promise<boolean> {
  const places = Object.keys(copies).map((path) => own.upper(path))
  const seen = lookAtAll(port, places)
  for (const [path, committed] of Object.entries(copies)) {
    const stat = seen.get(own.upper(path))
    if (!stat?.isFile() || isUntouched(stat, committed)) continue
    if (!(await isStillCopy(port, own.upper(path), committed))) return true
  }
  return false
}

/** Times that are as young as the commit may be those of two writes: then the content tells. */
function isUntouched(stat: BigIntStats, { identity }: CopyMark): boolean {
  const age = Date.now() - Number(stat.ctimeNs / 1_000_000n)
  return identityOf(stat) === identity && age > young
}

/** In milliseconds. */
const young = 1_000

/** Null where it is damaged: that is for whoever recovers the session. */
function sealedRecordOrNull(port: FilePort, own: SessionLayout): SessionRecord | null {
  try {
    return SessionRecord.open(port, own, { sealed: true })
  } catch (error) {
    if (!tellsOfLastingDamage(error)) throw error
    return null
  }
}

/** A recovery of the session goes by the lines that can be read, and this one can. */
function tellDropped(port: FilePort, own: SessionLayout, drop: readonly string[]): void {
  const log = new AppendLog<object>(port, own.sealedRecord)
  try {
    log.append({ drop, at: new Date().toISOString() })
  } catch (error) {
    if (!tellsOfLastingDamage(error)) throw error
  } finally {
    log.close()
  }
}

/** What a hand saved there meanwhile is a change to what was committed. */
async function dropFrom(
  record: SessionRecord,
  port: FilePort,
  own: SessionLayout,
  { drop, copies = {} }: Kept,
): Promise<void> {
  const there = drop.filter((path) => record.entries.has(path))
  const set: Entry[] = []
  for (const [path, committed] of Object.entries(copies)) {
    const isFile = statLower(port, own.upper(path))?.isFile() ?? false
    if (isFile && !(await isStillCopy(port, own.upper(path), committed)))
      set.push(await changedSince(port, own, path, committed.sha256))
  }
  if (there.length + set.length > 0) record.append({ drop: there, ...(set.length > 0 ? { set } : {}) })
  // A copy that is gone while the record still tells of it would count as damage.
  await record.sync()
}

async function changedSince(
  port: FilePort,
  own: SessionLayout,
  path: string,
  committed: string | null,
): Promise<Entry> {
  const firstWriteAt = new Date().toISOString()
  const live = { kind: 'file', mode: 0o644, sha256: committed, size: 0, identity: '', racy: true } as const
  const unknown: Entry = { path, kind: 'file', base: live, kept: null, firstWriteAt, adopted: true }
  const stat = statLower(port, path)
  if (committed === null || !stat?.isFile()) return unknown
  const { kept, at } = basePath({ port, layout: own })
  const copied = await copyOnce({ port }, path, at)
  if (copied?.sha256 !== committed) {
    if (copied) removeIfThere(port, at)
    return unknown
  }
  return { ...unknown, base: fingerprintOf(port, path, copied.stat, committed), kept }
}

/** But what is another by now than what was committed, and what no commit can have put there. */
async function removeCommitted(port: FilePort, own: SessionLayout, { drop, copies }: Kept): Promise<void> {
  for (const path of [...drop].reverse()) {
    const at = own.upper(path)
    // Behind a link there is nothing of the session's: the link itself was committed for what lay there.
    const stat = statLower(port, at)
    if (stat?.isDirectory()) removeFolderIfEmpty(port, at)
    else if (stat && (!stat.isFile() || copies === undefined || (await isStillCopy(port, at, copies[path]))))
      removeIfThere(port, at)
  }
}

/** Whether the session's copy is the one that was committed; what never was, is not. */
async function isStillCopy(port: FilePort, at: string, committed: CopyMark | undefined): Promise<boolean> {
  if (committed === undefined) return false
  if (committed.sha256 !== null) return (await hashFile(port, at))?.sha256 === committed.sha256
  const stat = port.stat(at)
  return stat !== null && identityOf(stat) === committed.identity
}

function removeFolderIfEmpty(port: FilePort, path: string): void {
  try {
    port.removeFolder(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error
  }
}
