/** `cowrite run`: another program in the place of this one, in the session's view. */
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { SessionStatus } from '../../lib/api.js'
import { isCowriteError } from '../../lib/errors.js'
import { linesForTerminal } from '../../lib/render/at-terminal.js'
import {
  changesLine,
  type RunCounts,
  realGitNews,
  runNews,
  unwritableNews,
} from '../../lib/render/run-news.js'
import { spellRun } from '../../lib/render/spell.js'
import type { ChangesMade, RunResult } from '../../lib/run-api.js'
import type { SessionApi } from '../../lib/workspace-api.js'
import { type Call, findRoot, withWorkspace } from '../call.js'
import { writeText } from '../output.js'
import { watchRealGit } from './real-git.js'
import { whenFree } from './when-free.js'

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
  const { io, globals, json } = call
  const root = await findRoot(call)
  // With --json, standard output is for the report alone.
  const options = { cwd: io.cwd, env: io.env, ...(json ? { stdio: 'stderr' as const } : {}) }
  await withWorkspace(call, root, async (workspace) => {
    const start = async () => {
      const session = await workspace.session()
      return { session, running: await session.run(program, args, options) }
    }
    const hasGitMoved = watchRealGit(root)
    const again = (seconds: string) => spellRun([program, ...args], { ...globals, wait: seconds })
    const { session, running } = await whenFree(start, { wait, again }, call.signal)
    if (running.unwritable !== null)
      await writeText(io.stderr, linesForTerminal(unwritableNews(running.unwritable)))
    const signals = io.passSignals(running.kill)
    // It came while the view was being made.
    if (call.signal.aborted) running.kill(signalBehind(call.signal.reason))
    try {
      const result = await running.done
      call.status = result.exitCode ?? 128 + constants.signals[result.signal as NodeJS.Signals]
      await tell({ ...result, realGitMoved: hasGitMoved?.() === true }, session, root, call)
    } finally {
      signals.stop()
    }
  })
}

/** `realGitMoved`: the workspace's repository has its data elsewhere, and git has changed them. */
type Told = RunResult & { realGitMoved: boolean }

/** To a program all of it; to a person what the command does not know of and, at a terminal, how much it changed. */
async function tell(result: Told, session: SessionApi, root: string, call: Call): Promise<void> {
  const { io, json } = call
  const isAsked = json || io.stderr.isTTY === true
  const status = isAsked ? await statusAfter(result, session) : null
  if (json) return call.answer(reportOf(result, status), '')
  const news = [...runNews(result, session.name), ...(result.realGitMoved ? [realGitNews] : [])]
  if (news.length > 0) await writeText(io.stderr, linesForTerminal(news.join('\n')))
  const line = isAsked ? lineOf(result, status, root) : null
  if (line !== null) await writeText(io.stderr, line)
}

/** Null where there is nothing to know; and where the session was ended in this moment, since the command has ended as it has. */
async function statusAfter(
  { session, changes }: RunResult,
  worked: SessionApi,
): Promise<SessionStatus | null> {
  if (session !== worked.name || changes === null) return null
  if (changes.modified.length + changes.created.length + changes.deleted.length === 0) return null
  try {
    return await worked.status()
  } catch (error) {
    if (!isCowriteError(error)) throw error
    return null
  }
}

function reportOf(result: Told, status: SessionStatus | null) {
  const { session, exitCode, signal, changes, leftOut, endedWithIt } = result
  return {
    session,
    exit_code: exitCode,
    signal,
    changes: changes && { ...changes, moved: movesIn(changes, status) },
    left_out: leftOut.map(({ savedTo, ...one }) => ({ ...one, saved_to: savedTo ?? null })),
    ended_with_it: endedWithIt,
    ...(result.realGitMoved ? { real_git_moved: true } : {}),
  }
}

function lineOf({ session, changes, leftOut }: RunResult, status: SessionStatus | null, root: string) {
  if (session === null || changes === null) return null
  return changesLine(session, countsOf(changes, status, root), leftOut.length)
}

/** The status of the session knows those by their content, too; of a file that only the session has, it knows none. */
function movesIn(made: ChangesMade, status: SessionStatus | null): { from: string; to: string }[] {
  const [came, went] = [new Set(made.created), new Set(made.deleted)]
  const known =
    status?.changes.created.map(({ path, movedFrom }) => ({ from: movedFrom ?? '', to: path })) ?? []
  return [...(made.moved ?? []), ...known].filter(({ from, to }) => {
    if (!came.has(to) || !went.has(from)) return false
    went.delete(from)
    return came.delete(to)
  })
}

function countsOf(made: ChangesMade, status: SessionStatus | null, root: string): RunCounts {
  const moves = movesIn(made, status)
  const isMoved = new Set(moves.flatMap(({ from, to }) => [from, to]))
  const isOther = (path: string) => !isMoved.has(path)
  const [came, went] = [made.created.filter(isOther), made.deleted.filter(isOther)]
  const isTaken = takenBy(status)
  const modified = made.modified.filter(isTaken).length
  const created = came.filter(isTaken).length
  // Of a file that only the session had, its status tells nothing any more.
  const deleted = went.filter((path) => isTaken(path) || !existsSync(join(root, path))).length
  const ignored = made.modified.length + came.length + went.length - modified - created - deleted
  return { modified, created, deleted, moved: moves.length, ignored }
}

/** Whether a commit takes what is at a path. */
function takenBy(status: SessionStatus | null): (path: string) => boolean {
  if (status === null || status.ignored === 0) return () => true
  const { modified, created, deleted } = status.changes
  const listed = new Set([...modified, ...created, ...deleted].map(({ path }) => path))
  return (path) => listed.has(path)
}

/** By the exit status that tells of it. */
function signalBehind(reason: unknown): NodeJS.Signals {
  const number = Number((reason as { status?: number }).status) - 128
  const found = Object.entries(constants.signals).find(([, known]) => known === number)
  return (found?.[0] ?? 'SIGTERM') as NodeJS.Signals
}
