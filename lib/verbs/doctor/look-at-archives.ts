/** The archives: whether each retry is there whole, and listed. */
import type { Finding } from '../../doctor-api.js'
import { entriesIn, namesIn } from '../../store/files.js'
import { archiveList, ignoredVersions, leftOutVersions } from '../../store/layout.js'
import { readArchiveList, reasonOf, versionOf } from '../retries.js'
import { found } from './finding.js'
import type { Look } from './look.js'
import { temporaryName } from './temporary.js'

export function lookAtArchives({ port, layout }: Look): Finding[] {
  return entriesIn(port, layout.archives)
    .filter(({ kind }) => kind === 'folder')
    .flatMap(({ name }) => lookAtArchive({ port, layout }, name))
}

function lookAtArchive({ port, layout }: Pick<Look, 'port' | 'layout'>, archive: string): Finding[] {
  const folder = layout.archive(archive)
  const names = namesIn(port, folder)
  const temporary = names
    .filter((name) => temporaryName.test(name))
    .map((name) => found('temporary_leftover', `${folder}/${name}`, 'a process died while it wrote it'))
  if (!names.includes(archiveList)) return temporary
  const list = readArchiveList(port, folder)
  if (list === null) {
    const path = `${folder}/${archiveList}`
    return [...temporary, found('archive_damaged', path, 'the list of these retries cannot be read')]
  }
  const versions = list.retries.map(({ savedTo }) => versionOf(savedTo))
  const reasons = versions.map(reasonOf)
  const known = new Set([archiveList, ignoredVersions, leftOutVersions, ...versions, ...reasons])
  const lacking = (wanted: readonly string[]) => wanted.filter((name) => !names.includes(name))
  const unlisted = names.filter((name) => !known.has(name) && !temporaryName.test(name))
  return [
    ...temporary,
    ...lacking(versions).map((name) =>
      found('archive_incomplete', `${folder}/${name}`, 'this rejected version is gone'),
    ),
    ...lacking(reasons).map((name) =>
      found('reason_missing', `${folder}/${name}`, 'the reason of this retry is gone'),
    ),
    ...unlisted.map((name) =>
      found('archive_unlisted', `${folder}/${name}`, 'the list of these retries lacks it'),
    ),
  ]
}
