import type { LeftOut } from '../run-api.js'

/** The folder in which what did not come in from a view is kept; null as long as it lies in the view, or is nothing. */
export function folderOfLeftOut(leftOut: readonly LeftOut[]): string | null {
  const kept = leftOut.find(({ savedTo }) => savedTo)
  return kept?.savedTo ? kept.savedTo.slice(0, -kept.path.length) : null
}
