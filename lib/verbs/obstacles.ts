/** What stands in the way of a session's own files: a link or a file in the place of a folder of its own. */
import { ancestorsOf, isWithin, nameOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { ensureFolder, uniqueName } from '../store/files.js'
import type { SessionLayout } from '../store/layout.js'
import { isThere } from '../store/looking.js'

/** Sets aside what stands in the place of the folders that every session has, and makes them again. */
export function clearOwnFolders(port: FilePort, own: SessionLayout): void {
  const { internal, damaged, holders, bases, temporary, artifacts, retries } = own
  for (const folder of [internal, damaged, holders, bases, temporary, artifacts, retries]) {
    if (setAsideUnlessFolder(port, own, folder)) ensureFolder(port, folder)
  }
}

/** Sets aside what keeps the session's copies of these paths from being reached; what lies behind a link is no copy of its. */
export function clearWays(port: FilePort, own: SessionLayout, paths: Iterable<string>): void {
  const folders = new Set<string>()
  for (const path of paths) {
    const at = own.upper(path)
    if (!isThere(port, at)) for (const folder of ancestorsOf(at)) folders.add(folder)
  }
  const inside = [...folders].filter((folder) => folder !== own.folder && isWithin(folder, own.folder))
  // The outermost first: behind it there is nothing to look at.
  for (const folder of inside.sort()) if (isThere(port, folder)) setAsideUnlessFolder(port, own, folder)
}

/** A name that a kill leaves it under is one that no editor gives. */
function setAsideUnlessFolder(port: FilePort, own: SessionLayout, folder: string): boolean {
  const stat = port.stat(folder)
  if (stat === null || stat.isDirectory()) return false
  const aside = `${own.folder}/.cowrite-${uniqueName()}`
  port.rename(folder, aside)
  ensureFolder(port, own.damaged)
  port.rename(aside, `${own.damaged}/${nameOf(folder)}-${uniqueName()}`)
  return true
}
