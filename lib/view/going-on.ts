/** What a command goes on from that is still at work when its session has been committed or cancelled. */
import type { Change } from '../api.js'
import { errnoOf } from '../errors.js'
import { walk, writeNewFile } from '../store/files.js'
import { identityOf, statLower } from '../store/fingerprint.js'
import type { Site } from '../verbs/site.js'
import { identityIn, Shown } from './shown.js'
import { isWhiteout } from './tree.js'
import { isInUse, readNote, removeView, stands } from './view-folder.js'

/**
 * After a commit: what it has put into the live files is what a command that is still at work goes on from. It has
 * happened, whatever the disk says to this; where that is not noted, what the command does next is a conflict.
 */
export function noteCommitted(site: Site, session: string, committed: readonly Change[]): void {
  try {
    note(site, session, committed)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

function note({ port, layout }: Site, session: string, committed: readonly Change[]): void {
  const view = layout.view(session)
  if (port.stat(view.keeper) === null && port.stat(view.standing) === null) return
  const isCopy = readNote(port, view)?.stands?.provider === 'copy'
  const shown = new Shown(port, view)
  for (const { path } of committed) {
    const isShown = isCopy ? shown.at(path) !== undefined : port.stat(view.at(path)) !== null
    const lower = statLower(port, path)
    if (isShown && lower !== null) shown.add([[path, shown.at(path) ?? null, identityOf(lower)]])
  }
  shown.close()
}

/**
 * What a view holds of a session that was cancelled goes with it. A command that is still at work may go on; what it
 * writes from now on is its own.
 */
export function discardSoFar({ port, layout }: Site, session: string): void {
  const view = layout.view(session)
  const note = port.stat(view.folder) === null ? null : readNote(port, view)
  if (note === null || stands(port, view, note)) return
  if (!isInUse(note)) {
    removeView(port, layout, view)
    return
  }
  if (port.stat(view.cancelled) === null) writeNewFile(port, view.cancelled, '')
  const shown = new Shown(port, view)
  for (const { path } of walk(port, view.upper)) {
    const stat = port.stat(view.at(path))
    if (stat !== null) shown.add([[path, isWhiteout(stat) ? null : identityIn(stat)]])
  }
  shown.close()
}
