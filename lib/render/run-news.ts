/** What `cowrite run` says when the program has ended: the screen is the program's own. */
import type { RunResult } from '../run-api.js'
import { forTerminal } from '../text/escape.js'
import { folderOfLeftOut } from './kept-left-out.js'
import { spell, spellProgram } from './spell.js'

/** How many changes a command made, none of them counted twice. */
export interface RunCounts {
  modified: number
  created: number
  deleted: number
  moved: number
  /** What no commit takes unless it is asked to. */
  ignored: number
}

/** One line, at a terminal; null where nothing was changed. `leftOut` is how many changes did not come in. */
export function changesLine(session: string, counts: RunCounts, leftOut: number): string | null {
  const { modified, created, deleted, moved, ignored } = counts
  const kinds = { modified, created, deleted, moved, ignored }
  const told = Object.entries(kinds).flatMap(([what, amount]) => (amount > 0 ? [`${amount} ${what}`] : []))
  if (told.length === 0) return null
  if (leftOut > 0) told.push(`${leftOut} left out`)
  const next = spell('shell', 'diff_session', { name: session })
  return `📊 In session ${forTerminal(session)}: ${told.join(', ')} · 💡 ${next}`
}

/** Before the command says that it fails. */
export function unwritableNews(unwritable: string): string {
  const folder = `${spellProgram('view', { provider: 'copy' })} <NAME>`
  return `⚠️  cowrite run: ${forTerminal(unwritable)}\n   💡 In a copy it can be changed: ${folder}`
}

/** Of a workspace whose `.git` is a file. */
export const realGitNews =
  '⚠️  cowrite run: .git is a file here, as in a linked worktree or a submodule: what git did to branches and stashes is in the real repository, not in the session, and a cancel does not take it back'

/** How many of what was left out are named. */
const mostNamed = 10

/** What the command does not know of, and a person should. Most often nothing: what is printed is the command's. */
export function runNews({ session, leftOut, endedWithIt }: RunResult, wanted: string): string[] {
  const news: string[] = []
  if (endedWithIt > 0) {
    const what = endedWithIt === 1 ? '1 process that it' : `${endedWithIt} processes that it`
    news.push(`⚠️  cowrite run: ${what} left behind had to be ended`)
  }
  if (session !== null && session !== wanted) {
    news.push(`⚠️  cowrite run: session ${wanted} has ended; what was written since is in session ${session}`)
  }
  if (leftOut.length > 0) {
    const what = leftOut.length === 1 ? '1 change was' : `${leftOut.length} changes were`
    news.push(`⚠️  cowrite run: ${what} not brought into the session:`)
    for (const { path, reason } of leftOut.slice(0, mostNamed))
      news.push(`   ${JSON.stringify(path)}: ${reason}`)
    if (leftOut.length > mostNamed) news.push(`   … and ${leftOut.length - mostNamed} more`)
    const folder = folderOfLeftOut(leftOut)
    if (folder !== null) news.push(`   Kept in ${folder}`)
  }
  return news
}
