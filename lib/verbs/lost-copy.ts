import { mayBeMissing, missingUpper, type SessionStore } from '../store/overlay.js'
import type { Entry } from '../store/record.js'

/** Not there, and nobody was told that it would be: no change. Otherwise a lost copy is damage. */
export function requireLanding(store: SessionStore, entry: Entry): null {
  if (mayBeMissing(store, entry)) return null
  throw missingUpper(store, entry.path)
}
