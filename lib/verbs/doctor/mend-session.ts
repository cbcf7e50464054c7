/** One session: what dead processes left in it is finished, put away, or taken in. */
import type { Finding, FindingKind } from '../../doctor-api.js'
import { nameOf } from '../../paths.js'
import { clear, ensureFolder, removeIfThere, uniqueName } from '../../store/files.js'
import { inTurn } from '../../store/in-turn.js'
import { withLock } from '../../store/locks.js'
import { type SessionStore, spelledOnDisk } from '../../store/overlay.js'
import { writeProjection } from '../../store/projection.js'
import { isSealed } from '../../store/seal.js'
import { closeStore, openStore } from '../../store/session-store.js'
import { adoptStrays, straysIn } from '../adopt.js'
import { examineSession, tidyAfterDeath } from '../check.js'
import { reasonOf, versionOf } from '../retries.js'
import type { Site } from '../site.js'
import { keptBases, unrecordedCopies, unusedBases } from './look-at-copies.js'
import { type KeptStates, lookAtKeptStates } from './look-at-kept-states.js'
import { setAside, writeReason } from './mend-archives.js'

/**
 * Under the lock `commit`, so that nobody commits, cancels or recovers the session meanwhile, and in a turn of its own
 * among those who write in it: each thing is looked at once more right before it is touched.
 */
export async function mendSession(site: Site, name: string, findings: readonly Finding[]): Promise<void> {
  const { port, layout } = site
  const own = layout.sessionLayout(name)
  await withLock(port, layout, 'commit', async () => {
    if (port.stat(own.folder)?.isDirectory() !== true || isSealed(port, own)) return
    if (examineSession(port, own, name).some(({ what }) => what !== 'metadata')) return
    for (const { path } of of(findings, 'folder_missing')) ensureFolder(port, path)
    const store = openStore(port, layout, site.guard, site.index, name)
    try {
      await inTurn(store, () => {
        tidyAfterDeath(store)
        clearTemporaries(store, of(findings, 'temporary_leftover'))
        setLeftoversAside(store, of(findings, 'copy_leftover'))
        removeUnusedBases(store, of(findings, 'base_unused'))
        setKeptStatesAside({ port, name, own, record: store.record }, findings)
      })
      await mendRetries(site, store, findings)
      if (of(findings, 'copy_unrecorded').length > 0) await adoptStrays(store)
      writeProjection(port, own, store.record)
    } finally {
      closeStore(store)
    }
  })
}

function of(findings: readonly Finding[], kind: FindingKind): readonly Finding[] {
  return findings.filter((finding) => finding.kind === kind)
}

/** But for those of the session's own folder for them: `tidyAfterDeath` knows which of those somebody is at. */
function clearTemporaries({ port, layout }: SessionStore, findings: readonly Finding[]): void {
  for (const { path } of findings) if (!path.startsWith(`${layout.temporary}/`)) clear(port, path)
}

/** What was given up, and written by nobody since; the folder it goes to ends with the session. */
function setLeftoversAside(store: SessionStore, findings: readonly Finding[]): void {
  const { port, layout, record } = store
  if (findings.length === 0) return
  record.refresh()
  const strays = new Set(straysIn(store).map(({ path }) => path))
  const places = new Set(findings.map(({ path }) => path))
  for (const path of unrecordedCopies(store)) {
    const at = layout.upper(path)
    if (!places.has(at) || strays.has(spelledOnDisk(store, path))) continue
    ensureFolder(port, layout.damaged)
    port.rename(at, `${layout.damaged}/${nameOf(at)}-${uniqueName()}`)
  }
}

/** Under the lock that numbers retries: nobody is in the middle of one. */
async function mendRetries(site: Site, store: SessionStore, findings: readonly Finding[]): Promise<void> {
  const { port, layout, record } = store
  const [reasons, unrecorded] = [of(findings, 'reason_missing'), of(findings, 'retry_unrecorded')]
  if (reasons.length + unrecorded.length === 0) return
  await withLock(port, site.layout, 'session', () => {
    record.refresh()
    for (const { path } of reasons)
      writeReason(port, path, record.retries, `${layout.temporary}/${uniqueName()}`)
    const known = new Set(
      record.retries.flatMap(({ savedTo }) => [savedTo, reasonOf(savedTo)]).map(versionOf),
    )
    const lost = unrecorded.map(({ path }) => path).filter((path) => !known.has(nameOf(path)))
    setAside(
      site,
      store.name,
      lost.filter((path) => port.stat(path) !== null),
    )
  })
}

/** What lies in them may be all that is left of somebody's text. */
function setKeptStatesAside(at: KeptStates, findings: readonly Finding[]): void {
  const places = new Set(
    [...of(findings, 'checkpoint_damaged'), ...of(findings, 'layer_unused')].map(({ path }) => path),
  )
  if (places.size === 0) return
  const { port, own, record } = at
  record.refresh()
  for (const { path } of lookAtKeptStates(at)) {
    if (!places.has(path)) continue
    ensureFolder(port, own.damaged)
    port.rename(path, `${own.damaged}/${nameOf(path)}-${uniqueName()}`)
  }
}

function removeUnusedBases({ port, layout, record, note }: SessionStore, findings: readonly Finding[]): void {
  if (findings.length === 0) return
  record.refresh()
  const places = new Set(findings.map(({ path }) => path))
  for (const base of unusedBases(port, layout, keptBases([...record.entries.values()]), note)) {
    const at = `${layout.bases}/${base}`
    if (places.has(at)) removeIfThere(port, at)
  }
}
