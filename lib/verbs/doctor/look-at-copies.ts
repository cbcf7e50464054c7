/** A session's files against its record: its copies, and the bases that it keeps of live files. */
import type { Finding } from '../../doctor-api.js'
import { joinPath } from '../../paths.js'
import { entriesIn, namesIn } from '../../store/files.js'
import { hashFile, kindOf } from '../../store/fingerprint.js'
import { sessionLayout, workspacePathOfUpper } from '../../store/layout.js'
import { isScratch, type SessionStore } from '../../store/overlay.js'
import { PathIndex } from '../../store/path-index.js'
import type { Entry } from '../../store/record.js'
import { closeStore, openStore } from '../../store/session-store.js'
import { straysIn } from '../adopt.js'
import { deadWork } from '../check.js'
import { found } from './finding.js'
import type { SessionInLook } from './look-at-session.js'

export async function lookAtCopies(at: SessionInLook): Promise<Finding[]> {
  const { port, layout, guard, name } = at
  const store = openStore(port, layout, guard, new PathIndex(port, layout), name)
  try {
    return [...lookAtKinds(at), ...lookForUnrecorded(at, store), ...(await lookAtBases(at))]
  } finally {
    closeStore(store)
  }
}

function lookAtKinds({ port, own, record, name }: SessionInLook): Finding[] {
  return [...record.entries.values()].flatMap(({ path, kind, adopted }) => {
    const stat = kind === 'whiteout' ? null : port.stat(own.upper(path))
    // A hand may put in another kind of thing, as it may put in another text.
    if (stat === null || kindOf(stat) === kind || adopted) return []
    const detail = `the record has a ${kind} at ${path}, the session's folder a ${kindOf(stat)}`
    return [found('copy_mismatched', own.upper(path), detail, { session: name })]
  })
}

/** Copies that the record does not tell of: put there by a hand, or what a deletion did not come to take away. */
function lookForUnrecorded({ own, name }: SessionInLook, store: SessionStore): Finding[] {
  const strays = new Set(straysIn(store).map(({ path }) => path))
  return unrecordedCopies(store).map((path) =>
    strays.has(path)
      ? found('copy_unrecorded', own.upper(path), `${path} was put into the session's folder by hand`, {
          session: name,
        })
      : found('copy_leftover', own.upper(path), `the session gave ${path} up, and a copy is left`, {
          session: name,
        }),
  )
}

/** Workspace paths of files and links in the session's folder that are no change by its record. */
export function unrecordedCopies(store: SessionStore): string[] {
  return [...copiesBelow(store, '')].filter((path) => {
    const entry = store.record.entries.get(path)
    return entry === undefined || entry.kind === 'whiteout'
  })
}

function* copiesBelow(store: SessionStore, upper: string): Generator<string> {
  const folder = upper === '' ? store.layout.folder : `${store.layout.folder}/${upper}`
  for (const { name, kind } of entriesIn(store.port, folder)) {
    const inUpper = joinPath(upper, name)
    const path = workspacePathOfUpper(inUpper)
    if (path === null || kind === 'other' || isScratch(store, path) || store.guard.isProtected(path)) continue
    if (kind === 'folder') yield* copiesBelow(store, inUpper)
    else yield path
  }
}

async function lookAtBases({ port, own, record, name }: SessionInLook): Promise<Finding[]> {
  const session = { session: name }
  const findings: Finding[] = []
  const kept = keptBases([...record.entries.values()])
  const folders = [own, ...record.header.layers.map((id) => sessionLayout(own.layer(id)))]
  const places = folders.map(({ bases }) => bases)
  for (const [base, { path, base: expected }] of kept) {
    const at = places.map((folder) => `${folder}/${base}`).find((place) => port.stat(place) !== null)
    if (at === undefined) {
      const detail = `what ${path} was when the session first wrote it is gone`
      findings.push(found('base_missing', `${own.bases}/${base}`, detail, session))
    } else if (expected?.sha256 && (await hashFile(port, at))?.sha256 !== expected.sha256) {
      const detail = `what ${path} was when the session first wrote it is not whole`
      findings.push(found('base_damaged', at, detail, session))
    }
  }
  for (const base of unusedBases(port, own, kept))
    findings.push(
      found('base_unused', `${own.bases}/${base}`, 'it was kept for a change that is none any more', session),
    )
  return findings
}

/** Which entry keeps each base. */
export function keptBases(entries: readonly Entry[]): Map<string, Entry> {
  return new Map(entries.flatMap((entry) => (entry.kept === null ? [] : [[entry.kept, entry] as const])))
}

/** Bases that no entry names, and that no living process has just taken. */
export function unusedBases(
  port: SessionInLook['port'],
  own: SessionInLook['own'],
  kept: ReadonlyMap<string, Entry>,
  note: string | null = null,
): string[] {
  const isDeadWork = deadWork(port, own, note)
  return namesIn(port, own.bases).filter((base) => !kept.has(base) && isDeadWork(base))
}
