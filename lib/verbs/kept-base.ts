import { readIfThere } from '../store/files.js'
import { sha256Of } from '../store/fingerprint.js'
import type { SessionStore } from '../store/overlay.js'
import type { Entry } from '../store/record.js'

/** The content that the session's first write found, where it was kept and still is what it was: a wrong one would merge wrongly. */
export function readBase(store: SessionStore, entry: Entry): Buffer | null {
  if (entry.kept === null) return null
  for (const layer of store.layers) {
    const bytes = readIfThere(store.port, `${layer.layout.bases}/${entry.kept}`)
    if (bytes !== null) return isBaseOf(entry, bytes) ? bytes : null
  }
  return null
}

function isBaseOf({ base }: Entry, bytes: Buffer): boolean {
  const sha256 = base?.sha256 ?? null
  return sha256 === null || sha256Of(bytes) === sha256
}
