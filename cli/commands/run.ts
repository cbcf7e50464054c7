/** `cowrite run`: another program in the place of this one, in the session's view. */
import { constants } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { isCowriteError } from '../../lib/errors.js'
import { linesForTerminal } from '../../lib/render/at-terminal.js'
import { folderOfLeftOut } from '../../lib/render/kept-left-out.js'
import { changesLine } from '../../lib/render/run-news.js'
import type { ChangesMade, RunResult } from '../../lib/run-api.js'
import type { SessionApi } from '../../lib/workspace-api.js'
import { type Call, findRoot, withWorkspace } from '../call.js'
import { writeText } from '../output.js'

export interface RunOptions {
  /** How long to wait for another command in the session's view, in seconds. */
  wait?: number
}

export async function runInView(
  program: string,
  args: readonly string[],
  { wait = 0 }: RunOptions,
  call: Call,
): Promise<void> {
  const { io } = call
  const root = await findRoot(call)
  await withWorkspace(call, root, async (workspace) => {
    const start = async () => {
      const session = await workspace.session()
      return { session, running: await session.run(program, args, { cwd: io.cwd, env: io.env }) }
    }
    const { session, running } = await whenFree(start, wait * 1_000, call.signal)
    const signals = io.passSignals(running.kill)
    // It came while the view was being made.
    if (call.signal.aborted) running.kill(signalBehind(call.signal.reason))
    try {
      const result = await running.done
      call.status = result.exitCode ?? 128 + constants.signals[result.signal as NodeJS.Signals]
      const news = newsOf(result, session.name)
      if (news.length > 0) await writeText(io.stderr, linesForTerminal(news.join('\n')))
      const isLookedAt = io.stderr.isTTY === true && !call.json
      const line = isLookedAt ? await lineOf(result, session) : null
      if (line !== null) await writeText(io.stderr, line)
    } finally {
      signals.stop()
    }
  })
}

/** By the exit status that tells of it. */
function signalBehind(reason: unknown): NodeJS.Signals {
  const number = Number((reason as { status?: number }).status) - 128
  const found = Object.entries(constants.signals).find(([, known]) => known === number)
  return (found?.[0] ?? 'SIGTERM') as NodeJS.Signals
}

/** In milliseconds. */
const lookEvery = 100

async function whenFree<Started>(
  start: () => Promise<Started>,
  patience: number,
  signal: AbortSignal,
): Promise<Started> {
  // Not before it is needed: Node loads what takes times when it is first asked for one.
  for (let until: number | undefined; ; ) {
    try {
      return await start()
    } catch (error) {
      until ??= performance.now() + patience
      if (!isCowriteError(error, 'LOCKED') || performance.now() >= until) throw error
      await setTimeout(lookEvery, undefined, { signal })
    }
  }
}

/** For a person: programs take what is printed for the command's own. */
async function lineOf({ session, changes }: RunResult, worked: SessionApi): Promise<string | null> {
  if (session === null || changes === null) return null
  const hasAny = changes.modified.length + changes.created.length + changes.deleted.length > 0
  const { moved, ignored } = hasAny && session === worked.name ? await knownOf(changes, worked) : nothingKnown
  return changesLine(session, changes, moved, ignored)
}

const nothingKnown = { moved: 0, ignored: { modified: 0, created: 0, deleted: 0 } }

/** How many of the files that came are those that went, and how many no commit would take. */
async function knownOf(made: ChangesMade, session: SessionApi): Promise<typeof nothingKnown> {
  const [came, went] = [new Set(made.created), new Set(made.deleted)]
  try {
    const { changes, ignored } = await session.status()
    const moved = changes.created.filter(({ path, movedFrom }) => came.has(path) && went.has(movedFrom ?? ''))
    const listed = [...changes.modified, ...changes.created, ...changes.deleted].map(({ path }) => path)
    const isListed = new Set(listed)
    const out = (paths: string[]) => (ignored === 0 ? 0 : paths.filter((path) => !isListed.has(path)).length)
    return {
      moved: moved.length,
      ignored: { modified: out(made.modified), created: out(made.created), deleted: out(made.deleted) },
    }
  } catch (error) {
    // The session has been ended by somebody else in this moment, and the command has its own exit status.
    if (!isCowriteError(error)) throw error
    return nothingKnown
  }
}

const mostNamed = 10

/** What the command does not know of, and a person should. Most often nothing: what is printed is the command's. */
function newsOf({ session, leftOut, endedWithIt }: RunResult, wanted: string): string[] {
  const news: string[] = []
  if (endedWithIt > 0) {
    const what = endedWithIt === 1 ? '1 process that it' : `${endedWithIt} processes that it`
    news.push(`⚠️  cowrite run: ${what} left behind had to be ended`)
  }
  if (session !== null && session !== wanted) {
    news.push(`⚠️  cowrite run: session ${wanted} has ended; what was written since is in session ${session}`)
  }
  if (leftOut.length > 0) {
    news.push('⚠️  cowrite run: not brought into the session:')
    for (const { path, reason } of leftOut.slice(0, mostNamed))
      news.push(`   ${JSON.stringify(path)}: ${reason}`)
    if (leftOut.length > mostNamed) news.push(`   … and ${leftOut.length - mostNamed} more`)
    const folder = folderOfLeftOut(leftOut)
    if (folder !== null) news.push(`   Kept in ${folder}`)
  }
  return news
}
