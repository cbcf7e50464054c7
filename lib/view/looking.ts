/** What the doctor finds of views: those of commands that were killed together with cowrite, and those that stand. */
import { lstatSync } from 'node:fs'
import type { Finding } from '../doctor-api.js'
import { isSessionName } from '../paths.js'
import { isAlive } from '../port/host.js'
import { namesIn } from '../store/files.js'
import { type ViewLayout, viewLayout } from '../store/layout.js'
import { found, looking } from '../verbs/doctor/finding.js'
import type { Look, Looker } from '../verbs/doctor/look.js'
import { folderOf } from './place.js'
import { readNote, stands, type ViewNote } from './view-folder.js'

export const viewsLooker: Looker = {
  path: ({ views }) => views,
  async look(look) {
    const { port, layout } = look
    const findings: Finding[] = []
    for (const name of namesIn(port, layout.views)) {
      const view = viewLayout(`${layout.views}/${name}`)
      const session = isSessionName(name) ? name : undefined
      findings.push(...(await looking(view.note, () => lookAt(look, view, session), session)))
    }
    return findings
  },
}

/** `session` is the one whose view it is, unless it has ended. */
function lookAt(look: Look, view: ViewLayout, session: string | undefined): Finding[] {
  const { port, layout } = look
  const of = session === undefined ? {} : { session }
  if (session !== undefined && port.stat(view.folder)?.isDirectory() === false)
    return [
      found('view_blocked', view.folder, 'it is no folder, where a view of the session is to be made', of),
    ]
  const note = readNote(port, view)
  if (note === null) return []
  if (!stands(port, view, note)) return isAlive(note.process) === 'dead' ? [leftover(view, note, of)] : []
  const { folder } = note.stands
  const there = lstatSync(folder, { throwIfNoEntry: false })
  if (there !== undefined && !there.isDirectory() && folderOf(port, note) !== null)
    return [found('view_blocked', folder, 'it is no folder any more, where a view of the session stood', of)]
  if (folderOf(port, note) === null || there === undefined) {
    const detail = `its folder ${folder} is gone, or is another workspace's`
    return [found('view_gone', view.folder, detail, of)]
  }
  if (session !== undefined && port.stat(layout.session(session)) !== null) return []
  const detail = `it stands in ${folder}, and session ${note.session}, which it showed, has ended`
  return [found('view_ended', view.folder, detail, of)]
}

function leftover({ folder }: ViewLayout, { stands: place }: ViewNote, of: { session?: string }): Finding {
  const detail =
    place === undefined
      ? 'a command was killed that worked in a view of the session'
      : 'a process died while it made a view of the session'
  return found('view_leftover', folder, detail, of)
}
