/** What `cowrite run` says at a terminal when the program has ended: the screen is the program's own. */
import type { ChangesMade } from '../run-api.js'
import { forTerminal } from '../text/escape.js'
import { spell } from './spell.js'

/** One line; null where nothing was changed. Of the created and deleted files, `moved` are the same ones; `ignored` are among all. */
export function changesLine(
  session: string,
  { modified, created, deleted }: ChangesMade,
  moved: number,
  ignored: Record<keyof ChangesMade, number>,
): string | null {
  const counts = [
    [modified.length - ignored.modified, 'modified'],
    [created.length - moved - ignored.created, 'created'],
    [deleted.length - moved - ignored.deleted, 'deleted'],
    [moved, 'moved'],
    [ignored.modified + ignored.created + ignored.deleted, 'ignored'],
  ] as const
  const told = counts.flatMap(([amount, what]) => (amount > 0 ? [`${amount} ${what}`] : []))
  if (told.length === 0) return null
  const next = spell('shell', 'diff_session', { name: session })
  return `📊 In session ${forTerminal(session)}: ${told.join(', ')} · 💡 ${next}`
}
