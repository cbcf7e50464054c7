/** `cowrite run`: another program in the place of this one, in the session's view. */
import { constants } from 'node:os'
import { linesForTerminal } from '../../lib/render/at-terminal.js'
import type { RunResult } from '../../lib/run-api.js'
import { type Call, findRoot, withWorkspace } from '../call.js'
import { writeText } from '../output.js'

export async function runInView(program: string, args: readonly string[], call: Call): Promise<void> {
  const { io } = call
  const root = await findRoot(call)
  await withWorkspace(call, root, async (workspace) => {
    const session = await workspace.session()
    const running = await session.run(program, args, { cwd: io.cwd, env: io.env })
    const signals = io.passSignals(running.kill)
    // It came while the view was being made.
    if (call.signal.aborted) running.kill('SIGTERM')
    try {
      const result = await running.done
      call.status = result.exitCode ?? 128 + constants.signals[result.signal as NodeJS.Signals]
      const news = newsOf(result, session.name)
      if (news.length > 0) await writeText(io.stderr, linesForTerminal(news.join('\n')))
    } finally {
      signals.stop()
    }
  })
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
  }
  return news
}
