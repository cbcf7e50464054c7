import { diffArrays } from 'diff'

/**
 * Where each element of `before` stands in `after`, -1 where it does not; null where the two differ in more than
 * `mostEdits` elements added and removed.
 */
export function alignLines(before: string[], after: string[], mostEdits: number): number[] | null {
  const parts = diffArrays(before, after, { maxEditLength: mostEdits })
  if (parts === undefined) return null
  const alignment: number[] = []
  let at = 0
  for (const { added, removed, value } of parts) {
    if (removed) alignment.push(...value.map(() => -1))
    else if (added) at += value.length
    else for (const _ of value) alignment.push(at++)
  }
  return alignment
}
