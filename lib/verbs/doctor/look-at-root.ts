/** What may lie among a person's own files: what was begun beside them, and never came to its place. */
import type { Finding } from '../../doctor-api.js'
import { readOutcome } from '../../engine/apply.js'
import { stagedPattern } from '../../engine/intent.js'
import { finished, inFlight, isAbandoned } from '../../engine/transaction.js'
import { joinPath } from '../../paths.js'
import type { FilePort } from '../../port/port.js'
import { unfinishedStateFolders } from '../../store/config.js'
import { entriesIn } from '../../store/files.js'
import { found } from './finding.js'
import type { Look } from './look.js'

export function lookAtRoot(port: FilePort): Finding[] {
  return unfinishedStateFolders(port).map((name) =>
    found('workspace_unfinished', name, 'a process died while it made the state folder'),
  )
}

/** Folders of tools that commit nothing of ours, and hold thousands of folders. */
const passedOver = new Set(['.git', 'node_modules'])

/** Files that were staged beside their targets on other disks, and that no transaction puts in place any more. */
export function lookForStaged({ port, layout }: Look): Finding[] {
  const staged = [...filesBelow(port, '', layout.state)].filter(({ name }) => stagedPattern.test(name))
  if (staged.length === 0) return []
  const ids = inFlight(port, layout)
  const living = new Set(ids.filter((id) => !isAbandoned(port, layout, id)))
  const kept = new Set(
    finished(port, layout).flatMap((id) =>
      readOutcome(port, layout.historyEntry(id)).overtaken.map(({ savedTo }) => savedTo),
    ),
  )
  return staged.flatMap(({ path, name }) => {
    const id = stagedPattern.exec(name)?.[1] ?? ''
    if (living.has(id) || kept.has(path)) return []
    const detail = `a commit (${id}) staged it here, and did not put it in place`
    return ids.includes(id)
      ? [
          found('staged_leftover', path, detail, {
            mendedBy: 'fix',
            remedy: 'it goes where its transaction goes',
          }),
        ]
      : [found('staged_leftover', path, detail)]
  })
}

function* filesBelow(
  port: FilePort,
  folder: string,
  state: string,
): Generator<{ path: string; name: string }> {
  for (const { name, kind } of entriesIn(port, folder)) {
    const path = joinPath(folder, name)
    if (kind === 'file' || kind === 'symlink') yield { path, name }
    if (kind === 'folder' && path !== state && !passedOver.has(name)) yield* filesBelow(port, path, state)
  }
}
