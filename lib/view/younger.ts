import type { WorkspacePath } from '../paths.js'
import { identityOf, statLower } from '../store/fingerprint.js'
import type { Harvest } from './harvest.js'

/** Whether lower's file changed since the view took it in: nobody can say which of its versions a program has seen. */
export function isYounger({ store, shown, began, tree }: Harvest, path: WorkspacePath): boolean {
  const stat = statLower(store.port, path)
  if (stat === null) return false
  return (tree.isCopy || stat.ctimeNs > began) && shown.originOf(path) !== identityOf(stat)
}
