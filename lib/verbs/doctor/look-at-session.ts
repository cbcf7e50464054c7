/** One session: whether it is whole (S3), and what dead processes left lying about in it. */
import type { Finding } from '../../doctor-api.js'
import { isBusy } from '../../engine/transaction.js'
import { namesIn } from '../../store/files.js'
import { isDead, readHolders } from '../../store/holders.js'
import { archiveList, ignoredVersions, leftOutVersions, type SessionLayout } from '../../store/layout.js'
import { isProjected } from '../../store/projection.js'
import type { SessionRecord } from '../../store/record.js'
import { isSealed } from '../../store/seal.js'
import { type Damage, deadWork, examineSession, recordOrNull } from '../check.js'
import { reasonOf, versionOf } from '../retries.js'
import { found } from './finding.js'
import type { Look } from './look.js'
import { lookAtCopies } from './look-at-copies.js'
import { lookAtKeptStates } from './look-at-kept-states.js'
import { temporaryName } from './temporary.js'

export async function lookAtSession(look: Look, name: string): Promise<Finding[]> {
  const { port, layout } = look
  const own = layout.sessionLayout(name)
  if (port.stat(own.internal)?.isDirectory() === false)
    return [
      found('record_damaged', own.internal, 'something else is in the place of this folder', {
        session: name,
      }),
    ]
  const sealed = isSealed(port, own)
  // What is being committed or cancelled is another process's.
  if (sealed && isBusy(port, layout)) return []
  const of = { session: name }
  const findings: Finding[] = []
  if (sealed) {
    findings.push(
      found('session_sealed', own.folder, 'a process died that was committing or cancelling it', of),
    )
  }
  const damage = examineSession(port, own, name)
  findings.push(...damage.map((one) => damageFound(one, damage, name)))
  // What else lies about in a damaged session is looked at once it is recovered.
  if (damage.some(({ what }) => what !== 'metadata')) return findings
  const record = recordOrNull(port, own)
  if (record === null) return findings
  try {
    const at: SessionInLook = { ...look, name, own, record }
    return [
      ...findings,
      ...lookAtFolders(at),
      ...lookAtHolders(at),
      ...lookForTemporaries(at),
      ...(damage.length === 0 ? lookAtMetadata(at) : []),
      ...lookAtRetries(at),
      ...(await lookAtCopies(at)),
      ...lookAtKeptStates(at),
    ]
  } finally {
    record.close()
  }
}

export interface SessionInLook extends Look {
  name: string
  own: SessionLayout
  record: SessionRecord
}

function damageFound({ what, at, finding }: Damage, all: readonly Damage[], session: string): Finding {
  if (what === 'record') return found('record_damaged', at, finding, { session })
  if (what === 'copy') return found('copy_missing', at, finding, { session })
  if (what === 'retry') return found('retry_missing', at, finding, { session })
  if (all.every((one) => one.what === 'metadata')) return found('metadata_damaged', at, finding, { session })
  return found('metadata_damaged', at, finding, {
    session,
    mendedBy: 'recover',
    remedy: 'recover the session: it is written anew then',
  })
}

/** Those for writing are made by the first who writes. */
function lookAtFolders({ port, own, name }: SessionInLook): Finding[] {
  const forWriting = [own.holders, own.bases, own.temporary].filter((folder) => port.stat(folder) !== null)
  return [...forWriting, own.retries]
    .filter((folder) => port.stat(folder)?.isDirectory() !== true)
    .map((folder) => found('folder_missing', folder, 'this folder of the session is gone', { session: name }))
}

function lookAtHolders({ port, own, name }: SessionInLook): Finding[] {
  return readHolders(port, own)
    .filter(isDead)
    .map(({ file, kind }) =>
      found('holder_dead', file, `a process (${kind}) died while it was at work in the session`, {
        session: name,
      }),
    )
}

/** What was being built, or is about to be renamed into place, by processes that are no more. */
function lookForTemporaries({ port, own, record, name }: SessionInLook): Finding[] {
  const session = { session: name }
  const isDeadWork = deadWork(port, own)
  const awaited = new Map<string, string>()
  for (const { path, pending, kind } of record.entries.values())
    if (pending !== undefined && kind !== 'whiteout') awaited.set(pending, path)
  const inWork = namesIn(port, own.temporary)
    .filter(isDeadWork)
    .map((temporary) => {
      const at = `${own.temporary}/${temporary}`
      const path = awaited.get(temporary)
      return path === undefined
        ? found('temporary_leftover', at, 'a process died while it wrote it', session)
        : found(
            'write_pending',
            at,
            `a process died before what it had written to ${path} was in place`,
            session,
          )
    })
  const unrenamed = [own.internal, own.retries].flatMap((folder) =>
    namesIn(port, folder)
      .filter((one) => temporaryName.test(one))
      .map((one) => `${folder}/${one}`),
  )
  const unused = [own.closing, `${own.retries}/${archiveList}`].filter((path) => port.stat(path) !== null)
  return [
    ...inWork,
    ...unrenamed.map((at) => found('temporary_leftover', at, 'a process died while it wrote it', session)),
    ...unused.map((at) =>
      found('temporary_leftover', at, 'it is of a commit or cancel that came to nothing', session),
    ),
  ]
}

/** A process at work writes session.json some moments after the record. */
function lookAtMetadata({ port, own, record, name }: SessionInLook): Finding[] {
  const isHeld = readHolders(port, own).some((holder) => !isDead(holder))
  if (isHeld || isProjected(port, own, record)) return []
  return [
    found('metadata_stale', own.metadata, 'session.json does not tell what the record does', {
      session: name,
    }),
  ]
}

function lookAtRetries({ port, own, record, name }: SessionInLook): Finding[] {
  const session = { session: name }
  const names = namesIn(port, own.retries)
  const versions = record.retries.map(({ savedTo }) => versionOf(savedTo))
  const reasons = versions.map(reasonOf)
  const known = new Set([archiveList, ignoredVersions, leftOutVersions, ...versions, ...reasons])
  return [
    ...reasons
      .filter((reason) => !names.includes(reason))
      .map((reason) =>
        found('reason_missing', `${own.retries}/${reason}`, 'the reason of this retry is gone', session),
      ),
    ...names
      .filter((one) => !known.has(one) && !temporaryName.test(one))
      .map((one) =>
        found('retry_unrecorded', `${own.retries}/${one}`, 'the record does not tell of it', session),
      ),
  ]
}
