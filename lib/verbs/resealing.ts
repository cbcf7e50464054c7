import { CowriteError } from '../errors.js'
import { inTurn } from '../store/in-turn.js'
import type { SessionStore } from '../store/overlay.js'
import { refuseNewer } from '../store/projection.js'
import { liftSeal, sealSession } from '../store/seal.js'
import { adoptStrays } from './adopt.js'
import type { Site } from './site.js'

/**
 * Seals a session under the lock `commit` and after recovery: a seal that is there already is one that a
 * crash left. What a hand put into the session's folder until now is taken in. Throws SESSION_NOT_FOUND where the session ended, or is another one of that name by now.
 */
export async function reseal(site: Site, store: SessionStore): Promise<void> {
  liftSeal(site.port, store.layout)
  if (!store.record.isLive()) {
    throw new CowriteError('SESSION_NOT_FOUND', `Session '${store.name}' not found: it has ended.`, {
      session: store.name,
    })
  }
  refuseNewer(site.port, store.layout)
  await adoptStrays(store)
  // A write that is under way counts as one before the seal.
  await inTurn(store, () => sealSession(site.port, store.layout, store.name))
}
