/** Archives: what can be told again is, and what no list tells of goes where it is listed. */
import type { Finding } from '../../doctor-api.js'
import { errnoOf } from '../../errors.js'
import { nameOf, parentOf } from '../../paths.js'
import type { FilePort } from '../../port/port.js'
import { replaceFile, uniqueName } from '../../store/files.js'
import type { RecordedRetry } from '../../store/record.js'
import { readArchiveList, reasonOf, setAsideName, versionOf } from '../retries.js'
import type { Site } from '../site.js'

export function mendArchives(site: Site, findings: readonly Finding[]): void {
  for (const { kind, path } of findings) {
    const folder = parentOf(path)
    if (kind === 'archive_damaged') site.port.rename(path, `${path}.${uniqueName()}.damaged`)
    if (kind === 'reason_missing')
      writeReason(site.port, path, readArchiveList(site.port, folder)?.retries ?? [])
  }
  const unlisted = findings.filter(({ kind }) => kind === 'archive_unlisted').map(({ path }) => path)
  for (const folder of new Set(unlisted.map(parentOf))) {
    const paths = unlisted.filter((path) => parentOf(path) === folder)
    setAside(site, nameOf(folder), paths)
  }
}

/** Writes the file of a reason anew, from the retry that it belongs to. */
export function writeReason(
  port: FilePort,
  path: string,
  retries: readonly RecordedRetry[],
  temporary = `${path}.${uniqueName()}.tmp`,
): void {
  const retry = retries.find(({ savedTo }) => reasonOf(versionOf(savedTo)) === nameOf(path))
  if (retry !== undefined && port.stat(path) === null) replaceFile(port, path, `${retry.reason}\n`, temporary)
}

/**
 * Moves files into an archive of their own, where they are listed by their names. A kill leaves some of them where
 * they were, to be found and moved the next time.
 */
export function setAside({ port, layout }: Site, of: string, paths: readonly string[]): void {
  if (paths.length === 0) return
  for (let again = 1; ; again++) {
    const folder = layout.archive(setAsideName(of, again))
    try {
      port.makeFolder(folder)
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') continue
      throw error
    }
    for (const path of paths) port.rename(path, `${folder}/${nameOf(path)}`)
    return
  }
}
