import type { WorkSpan } from '../records-api.js'
import { given } from './given.js'

/** The moments that `since` and `until` meant, where they were given. */
export function spanFields(span: WorkSpan | undefined): { from?: string; until?: string } {
  return given({ from: span?.from ?? undefined, until: span?.until ?? undefined })
}
