import type { WorkspacePath } from '../paths.js'

const slash = 0x2f

/** Folders before what they hold, names in code point order. */
export function comparePaths(left: WorkspacePath, right: WorkspacePath): number {
  const shorter = Math.min(left.length, right.length)
  let at = 0
  while (at < shorter && left.charCodeAt(at) === right.charCodeAt(at)) at++
  if (at === shorter) return left.length - right.length
  return rankOf(left.charCodeAt(at)) - rankOf(right.charCodeAt(at))
}

function rankOf(code: number): number {
  return code === slash ? -1 : code
}
