/** Retries of all sessions, or of one, open or ended: each told apart from those of others that bore its session's name. */
import type { Retry } from '../api.js'
import { notThere } from '../store/session-store.js'
import { allRetries, ofFile } from '../verbs/all-retries.js'
import type { Caller } from '../verbs/chats.js'
import { retriesInArchive } from '../verbs/retries.js'
import type { Site } from '../verbs/site.js'
import { allKnown, findKnown, type Place } from './known.js'

/** `ofOpen` gives those of an open session. Throws SESSION_NOT_FOUND. */
export async function listRetries(
  { site, caller }: { site: Site | null; caller: Caller },
  file: string | undefined,
  session: string | undefined,
  ofOpen: (name: string) => Promise<Retry[]>,
): Promise<Retry[]> {
  if (site === null) {
    if (session !== undefined) throw notThere(session)
    return []
  }
  const place = { site, caller }
  if (session === undefined) return withIds(place, allRetries(site, file))
  const { sessionId, name, endedAt, ended } = await findKnown(place, session)
  const retries =
    endedAt === null
      ? await ofOpen(name)
      : ofFile(site, ended?.archive ? retriesInArchive(site.port, site.layout, ended.archive) : [], file)
  return retries.map((retry) => ({ ...retry, sessionId }))
}

async function withIds(place: Place, retries: readonly Retry[]): Promise<Retry[]> {
  // Of an open session the name alone is the id.
  const isAnyArchived = retries.some(({ archivedIn }) => archivedIn !== undefined)
  const { known } = isAnyArchived ? await allKnown(place) : { known: [] }
  const ids = new Map(known.map(({ ended, sessionId }) => [ended?.archive, sessionId]))
  return retries.map((retry) => {
    const { archivedIn, session } = retry
    return { ...retry, sessionId: archivedIn === undefined ? session : (ids.get(archivedIn) ?? session) }
  })
}

/** Where a version lies, relative to the workspace. */
export function placeOf({ layout }: Site, { savedTo, archivedIn, session }: Retry): string {
  const folder = archivedIn === undefined ? layout.sessionLayout(session).folder : layout.archive(archivedIn)
  return `${folder}/${savedTo}`
}
