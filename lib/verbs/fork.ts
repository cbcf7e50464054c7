import { uniqueName } from '../store/files.js'
import { freezeOwn, shareLayer } from '../store/freeze.js'
import { inTurn } from '../store/in-turn.js'
import { effectiveEntries } from '../store/layers.js'
import { sessionLayout } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import type { SessionHeader } from '../store/record.js'
import { createFurnished } from '../store/session-store.js'
import { adoptStrays } from './adopt.js'
import type { Site } from './site.js'

/**
 * Makes a session that begins with all that `parent` holds at this moment, as frozen layers of its own: whatever
 * becomes of the parent never reaches it (S6). The parent's copies and bases get second names in the fork, and are
 * counted by the file system; what ends with one session stays in the other. Throws ALREADY_EXISTS, LOCKED.
 */
export async function forkSession(
  site: Site,
  parent: SessionStore,
  header: SessionHeader,
  folders: readonly string[],
): Promise<void> {
  const { port, layout } = site
  await adoptStrays(parent)
  await inTurn(parent, async () => {
    const { record } = parent
    record.refresh()
    const frozen = record.entries.size > 0 ? uniqueName() : null
    const below = record.header.layers
    const whole: SessionHeader = {
      ...header,
      parent: parent.name,
      // What the parent has there by its record is no scratch in the fork, either.
      scratch: record.header.scratch && header.scratch,
      layers: frozen === null ? below : [frozen, ...below],
    }
    await createFurnished(port, layout, whole, folders, async (aside) => {
      if (frozen !== null) await freezeOwn(parent, sessionLayout(aside.layer(frozen)))
      for (const [at, id] of below.entries()) {
        const layer = parent.layers[at + 1]
        if (layer) await shareLayer(port, layer, sessionLayout(aside.layer(id)))
      }
      // Before there is a session: the index may name too much, and never too little.
      site.index.note(whole.name, ...effectiveEntries(parent.layers).map(({ entry }) => entry.path))
      if (frozen !== null) record.appendSnapshot(frozen)
      return []
    })
  })
}
