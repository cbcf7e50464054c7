import type { Adopted } from '../bypass-api.js'
import { transact, withTransaction } from '../engine/engine.js'
import type { Target } from '../engine/intent.js'
import { CowriteError, isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { type Bypassed, BypassLog } from '../store/bypass-log.js'
import { readIfThere } from '../store/files.js'
import { sha256Of, statLower, takeFingerprint } from '../store/fingerprint.js'
import { withLock } from '../store/locks.js'
import { type SessionStore, statMerged } from '../store/overlay.js'
import { decodeText } from '../text/decode.js'
import { mergeTexts } from '../text/merge.js'
import { baseContent, chosen, contentBefore, keepText, settleBypasses, withLog } from './bypasses.js'
import { finishSession, recoverDead, refuseBlocked } from './closing.js'
import { writeDocument } from './documents.js'
import { pruneQuietly } from './history.js'
import type { Site } from './site.js'

/** One file that is to go from the live files into the session. */
interface Going {
  path: WorkspacePath
  /** What the live file holds; null where it is put back already. */
  present: Buffer | null
  /** What it held before. */
  before: Buffer | null
  /** What the session is to hold. */
  content: Buffer
}

type Finding = Going | 'unknown' | 'settled' | { conflict: string }

/**
 * Brings what was written around the session into it. What is to come in is kept first, then the live files are put back
 * by a transaction, then the session gets it: cut short at whatever point, nothing is lost, and called again it goes on.
 */
export async function adoptBypasses(
  site: Site,
  store: SessionStore,
  paths: readonly string[] | undefined,
): Promise<Adopted> {
  const log = new BypassLog(store.port, store.layout, false)
  log.close()
  const result: Adopted = { adopted: [], commitId: null, conflicts: [], unknown: [], settled: [] }
  const going: Going[] = []
  for (const path of chosen(log, paths)) {
    const found = wayIn(store, log.known.get(path) as Bypassed)
    if (found === 'unknown') result.unknown.push(path)
    else if (found === 'settled') result.settled.push(path)
    else if ('conflict' in found) result.conflicts.push({ path, reason: found.conflict })
    else going.push(found)
  }
  const taking = going.map(({ path, content }) => ({ path, kept: keepText(store, content) }))
  if (going.length > 0) {
    withLog(store, (own) => own.append({ taking }))
    result.commitId = await putBack(site, store, going)
    for (const { path, content } of going) await writeDocument(store, path, content, {}, () => false)
    result.adopted = going.map(({ path }) => path)
  }
  settleBypasses(store, [...result.adopted, ...result.settled])
  return result
}

function wayIn(store: SessionStore, one: Bypassed): Finding {
  const { port, layout, guard } = store
  const { path } = one
  try {
    guard.checkWrite(path)
  } catch (error) {
    if (isCowriteError(error, 'PATH_PROTECTED')) return { conflict: 'no session may write it' }
    throw error
  }
  const stat = statLower(port, path)
  if (stat !== null && !stat.isFile()) return { conflict: 'it is no file any more' }
  const present = stat && readIfThere(port, path)
  const told = contentBefore(store, one)
  const before = told === undefined ? baseContent(store, path) : told
  if (before === undefined) return present === null ? 'settled' : 'unknown'
  if (before === null ? present === null : present?.equals(before)) {
    const content = one.taking === undefined ? null : readIfThere(port, layout.bypassedContent(one.taking))
    return content === null ? 'settled' : { path, present: null, before, content }
  }
  // Deleted by somebody since: there is nothing to bring in.
  if (present === null) return 'settled'
  const own = ownContent(store, path)
  if (own === undefined || own?.equals(present)) return { path, present, before, content: present }
  const content = own === null ? null : merged(before, own, present)
  if (content !== null) return { path, present, before, content }
  return { conflict: 'the session has changed it otherwise, and the two do not go together' }
}

/** Undefined where the session has nothing of its own there, null where it has deleted it. */
function ownContent(store: SessionStore, path: WorkspacePath): Buffer | null | undefined {
  const there = statMerged(store, path)
  if (there === null) return null
  if (there.source !== 'session') return undefined
  return there.stat.isFile() ? readIfThere(store.port, there.at) : null
}

function merged(before: Buffer | null, own: Buffer, present: Buffer): Buffer | null {
  const [base, ours, theirs] = [before ?? Buffer.alloc(0), own, present].map(decodeText)
  if (base == null || ours == null || theirs == null) return null
  const outcome = mergeTexts(base, ours, theirs)
  return 'merged' in outcome ? Buffer.from(outcome.merged) : null
}

/** Null where all of them are put back already. */
async function putBack(site: Site, store: SessionStore, going: readonly Going[]): Promise<string | null> {
  const { port, layout } = site
  return withLock(port, layout, 'commit', async () => {
    refuseBlocked(site, await recoverDead(site), store.name)
    const targets: Target[] = []
    for (const { path, present, before } of going) {
      if (present === null) continue
      const expected = await takeFingerprint(port, path)
      if (expected?.sha256 !== sha256Of(present)) {
        const conflicts = [{ path, reason: 'changed just now' }]
        throw new CowriteError('CONFLICT', `${path} changed just now; nothing was brought in.`, { conflicts })
      }
      const mode = expected.mode & 0o777
      const wanted =
        before && ({ kind: 'file', mode, content: { bytes: before }, sha256: sha256Of(before) } as const)
      targets.push({ path, expected, wanted })
    }
    if (targets.length === 0) return null
    return withTransaction(port, layout, { kind: 'commit', session: '' }, async (transaction) => {
      const afterwards = { do: 'nothing' as const }
      const about = { kind: 'commit' as const, session: store.name, agentId: site.agentId, undoes: null }
      const finish = async () => {
        await finishSession(site, afterwards)
      }
      const whole = { ...about, merged: [], afterwards }
      const applied = await transact(port, layout, transaction, whole, targets, finish)
      if (!applied.pendingCleanup) pruneQuietly(site, transaction.id, applied)
      return transaction.id
    })
  })
}
