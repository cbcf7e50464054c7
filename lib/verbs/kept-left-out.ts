/** What did not come in from a session's views, and is kept beside its retries: it goes to the archive with them. */
import type { FilePort } from '../port/port.js'
import type { KeptLeftOut } from '../run-api.js'
import { entriesIn, walk } from '../store/files.js'
import { leftOutVersions, type SessionLayout } from '../store/layout.js'

/** Null where there is nothing. */
export function keptLeftOut(port: FilePort, { retries }: Pick<SessionLayout, 'retries'>): KeptLeftOut | null {
  const folder = `${retries}/${leftOutVersions}`
  let files = 0
  for (const { name, kind } of port.stat(folder)?.isDirectory() ? entriesIn(port, folder) : []) {
    // Beside each folder lies a text that says why.
    if (kind !== 'folder') continue
    for (const inside of walk(port, `${folder}/${name}`)) if (inside.kind !== 'folder') files += 1
  }
  return files === 0 ? null : { folder: `${folder}/`, files }
}
