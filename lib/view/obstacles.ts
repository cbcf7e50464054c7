/** What is in the way of a view by the kernel, at the workspace's own path. */
import { mountsBelow } from '../port/mounts.js'
import type { FilePort } from '../port/port.js'

const mostNamed = 3

/**
 * Why such a view would not show the workspace as it is: the kernel lays it over one file system, and where another is
 * mounted in that, the view has an empty folder. Null where nothing is. `covered`: the tops of what the view has anyhow.
 */
export function mountsInTheWay(
  { entrance }: Pick<FilePort, 'entrance'>,
  covered: readonly string[],
): string | null {
  const isCovered = (path: string): boolean =>
    covered.some((top) => path === top || path.startsWith(`${top}/`))
  const names = mountsBelow(entrance)
    .filter(({ path }) => !isCovered(path))
    .map(({ path, type }) => `${path} (${type})`)
  if (names.length === 0) return null
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ''
  return `A command's view cannot show what is mounted inside the workspace: ${names.slice(0, mostNamed).join(', ')}${more}.`
}
