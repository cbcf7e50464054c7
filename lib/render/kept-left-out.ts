import type { LeftOut } from '../run-api.js'

/** The folder in which what did not come in from a view is kept; null as long as it lies in the view, or is nothing. */
export function folderOfLeftOut(leftOut: readonly LeftOut[]): string | null {
  const kept = leftOut.find(({ savedTo }) => savedTo)
  if (!kept?.savedTo) return null
  // What could not have its path there has a short name.
  const length = kept.savedTo.endsWith(`/${kept.path}`)
    ? kept.path.length
    : kept.savedTo.length - kept.savedTo.lastIndexOf('/') - 1
  return kept.savedTo.slice(0, -length)
}
