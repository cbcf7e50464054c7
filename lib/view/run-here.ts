/** A command of a session in whose view this process stands already: what it does comes in with all else in there. */
import { type StdioOptions, spawn } from 'node:child_process'
import type { RunningCommand } from '../run-api.js'
import { endOf, kept } from './kernel-overlay.js'
import type { Command } from './provider.js'

/** As the view's own shell ends: nothing outlives who started it there. */
const script = `command -v -- "$1" >/dev/null || { echo "cowrite run: $1: command not found" >&2; exit 127; }
exec setpriv --pdeathsig KILL -- "$@"`

export function runHere(session: string, { program, args, cwd, env, stdio }: Command): RunningCommand {
  const own: StdioOptions = stdio === 'stderr' ? [0, 2, 2] : stdio
  const child = spawn('sh', ['-c', script, 'cowrite-view', program, ...args], { cwd, env, stdio: own })
  const done = endOf(child).then((ended) => ({
    ...ended,
    session,
    changes: null,
    leftOut: [],
    endedWithIt: 0,
  }))
  return {
    ...{ pid: child.pid, stdin: child.stdin, stdout: kept(child.stdout), stderr: kept(child.stderr) },
    unwritable: null,
    kill: (signal) => void child.kill(signal),
    done,
  }
}
