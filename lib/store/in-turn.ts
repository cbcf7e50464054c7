/** A session's changes, one after the other, whichever process makes them. */
import { errnoOf } from '../errors.js'
import { parentOf } from '../paths.js'
import { ensureFolder } from './files.js'
import { comeToWork, letGo } from './holders.js'
import { refreshLive, requireLive } from './landing.js'
import type { SessionStore } from './overlay.js'
import { putInPlace } from './put-in-place.js'

/**
 * Runs `work` while no other process changes what the session holds: what it looks at is what it changes, and the
 * record is up to date when it begins. Not to be nested. Throws LOCKED where the session has been sealed or has ended (then nothing was done), or where a process that was stopped in the
 * middle of a change does not go on.
 */
export async function inTurn<Result>(
  store: SessionStore,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  // Turns and copies are found by the session's name, which may be another's once ours was sealed and ended.
  const whileOurs = (): Result | Promise<Result> =>
    store.port.together(() => {
      refreshLive(store)
      return work()
    })
  try {
    return await store.turns.run(noteOf(store), whileOurs, {
      inherit: () => {
        requireLive(store)
        landPending(store)
      },
      stillWanted: () => requireLive(store),
    })
  } catch (error) {
    // The session's folder went meanwhile.
    if (errnoOf(error) === 'ENOENT') requireLive(store)
    throw error
  }
}

/** Whoever has a turn is known by the note of its process. */
function noteOf(store: SessionStore): string {
  store.note ??= comeToWork(store.port, store.layout, 'library')
  return store.note
}

/** Of a process that has not come to work here. */
export function leaveNoNote(store: SessionStore): void {
  if (store.note !== null) letGo(store.port, store.note)
  store.note = null
}

/** What a dead process recorded and did not put in place, before anybody writes there. */
function landPending({ port, layout, record }: SessionStore): void {
  record.refresh()
  for (const entry of record.entries.values()) {
    const { kind, path, pending } = entry
    if (entry.landsAt !== undefined) putInPlace(port, layout, entry)
    if (pending === undefined || kind === 'whiteout') continue
    const waiting = `${layout.temporary}/${pending}`
    if (port.stat(waiting) === null) continue
    ensureFolder(port, parentOf(layout.upper(path)))
    port.rename(waiting, layout.upper(path))
  }
}
