/** What `fix` does, step by step; each step is safe to repeat, and at any kill. */
import type { Finding, FindingKind } from '../../doctor-api.js'
import { isEnvironmental, sweepTrash } from '../../engine/engine.js'
import { isBusy } from '../../engine/transaction.js'
import { isCowriteError } from '../../errors.js'
import { isAlive } from '../../port/host.js'
import { sweepUnfinished } from '../../store/config.js'
import { ensureFolder, removeIfThere } from '../../store/files.js'
import { lockNames, lockPath, withLock } from '../../store/locks.js'
import { liftSeal } from '../../store/seal.js'
import {
  emptySessionLock,
  readSessionLock,
  type SessionLock,
  writeSessionLock,
} from '../../store/session-lock.js'
import { clearUnfinished as clearUnfinishedSession } from '../../store/session-store.js'
import { recoverDead } from '../closing.js'
import type { Site } from '../site.js'
import { keyOf, messageOf } from './finding.js'
import { mendArchives } from './mend-archives.js'
import { mendSession } from './mend-session.js'

type Findings = readonly Finding[]

interface Step {
  kinds: readonly FindingKind[]
  run(site: Site, findings: Findings): Promise<void> | void
}

/** In this order: transactions decide which sessions there are. */
const steps: readonly Step[] = [
  { kinds: ['folder_missing'], run: makeFolders },
  { kinds: ['workspace_unfinished', 'session_unfinished'], run: clearUnfinished },
  {
    kinds: ['transaction_unfinished', 'transaction_abandoned', 'journal_leftover', 'closing_unfinished'],
    run: finishTransactions,
  },
  { kinds: ['session_sealed'], run: liftSeals },
  { kinds: ['session_lock_damaged', 'active_missing', 'binding_stale'], run: mendSessionLock },
  { kinds: ['temporary_leftover', 'holder_dead'], run: clearTemporaries },
  { kinds: ['index_stale'], run: remakeIndex },
  { kinds: ['archive_damaged', 'archive_unlisted', 'reason_missing'], run: mendArchives },
  { kinds: ['lock_stale'], run: takeLocksOver },
]

/** Mends what can be mended without a person. Returns, by the finding's key, why something could not be. */
export async function mendAll(site: Site, findings: Findings): Promise<Map<string, string>> {
  const failures = new Map<string, string>()
  async function attempt(those: Findings, work: () => Promise<void> | void): Promise<void> {
    try {
      if (those.length > 0) await work()
    } catch (error) {
      // What cannot be mended now keeps nobody from mending the rest.
      if (!isEnvironmental(error)) throw error
      for (const finding of those) failures.set(keyOf(finding), messageOf(error))
    }
  }
  const mendable = findings.filter(({ mendedBy }) => mendedBy === 'fix')
  for (const { kinds, run } of steps) {
    const those = mendable.filter((finding) => isOfWorkspace(finding) && kinds.includes(finding.kind))
    await attempt(those, () => run(site, those))
  }
  for (const name of new Set(mendable.map(({ session }) => session))) {
    const those = mendable.filter((finding) => finding.session === name && !isOfWorkspace(finding))
    if (name !== undefined) await attempt(those, () => mendSession(site, name, those))
  }
  // Last, since what was finished throws things away.
  const swept = mendable.filter(({ kind }) => kind === 'trash_unswept')
  await attempt(swept, () => void sweepTrash(site.port, site.layout))
  return failures
}

/** Transactions and seals name their session, too, but are the workspace's to mend. */
function isOfWorkspace({ session, kind }: Finding): boolean {
  return session === undefined || kind.startsWith('transaction_') || kind === 'session_sealed'
}

function makeFolders({ port }: Site, findings: Findings): void {
  for (const { path } of findings) ensureFolder(port, path)
}

/** Whoever is still at one begins again. */
function clearUnfinished({ port }: Site, findings: Findings): void {
  if (findings.some(({ kind }) => kind === 'workspace_unfinished')) sweepUnfinished(port)
  for (const { kind, path } of findings) if (kind === 'session_unfinished') clearUnfinishedSession(port, path)
}

async function finishTransactions(site: Site): Promise<void> {
  const { blocked } = await withLock(site.port, site.layout, 'commit', () => recoverDead(site))
  const [first] = blocked
  if (first !== undefined) throw first.error
}

async function liftSeals(site: Site, findings: Findings): Promise<void> {
  const { port, layout } = site
  await withLock(port, layout, 'commit', async () => {
    await recoverDead(site)
    if (isBusy(port, layout)) return
    for (const { session = '' } of findings) liftSeal(port, layout.sessionLayout(session))
  })
}

async function mendSessionLock({ port, layout }: Site): Promise<void> {
  const isThere = (session: string) => port.stat(layout.session(session))?.isDirectory() ?? false
  await withLock(port, layout, 'session', async () => {
    const lock = readOrEmpty({ port, layout })
    if (lock.active !== null && !isThere(lock.active))
      Object.assign(lock, { active: null, since: null, agentId: null })
    for (const [chat, { session, process }] of lock.bindings) {
      const isOver = process !== null && isAlive(process) === 'dead'
      if (isOver || !isThere(session)) lock.bindings.delete(chat)
    }
    await writeSessionLock(port, layout, lock)
  })
}

function readOrEmpty({ port, layout }: Pick<Site, 'port' | 'layout'>): SessionLock {
  try {
    return readSessionLock(port, layout)
  } catch (error) {
    if (!isCowriteError(error, 'CORRUPT')) throw error
    return emptySessionLock()
  }
}

async function clearTemporaries({ port, layout }: Site, findings: Findings): Promise<void> {
  // Whoever writes session.lock holds this lock until it is written.
  await withLock(port, layout, 'session', () => {
    for (const { path } of findings) removeIfThere(port, path)
  })
}

/** It is a cache: where there is none, the next look makes it from the records. */
function remakeIndex({ port, layout, index }: Site): void {
  index.close()
  removeIfThere(port, layout.index)
  index.others('', '')
}

/** To wait for a lock that nobody holds is to take it over. */
async function takeLocksOver({ port, layout }: Site, findings: Findings): Promise<void> {
  for (const name of lockNames) {
    if (findings.some(({ path }) => path === lockPath(layout, name)))
      await withLock(port, layout, name, () => {})
  }
}
