/** Runs each hook as its client does, with an event of a trial. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { ConfiguredHook } from '../clients/index.js'
import { type Check, timed } from './check.js'
import { type Answer, questionFor } from './questions.js'
import type { Trial } from './trial.js'

const isPosix = process.platform !== 'win32'

interface Ended {
  status: number | null
  stdout: string
  stderr: string
  isLate: boolean
}

/** `env` is the environment that the clients start in. */
export async function checkHook(
  hook: ConfiguredHook,
  trial: Trial,
  env: Record<string, string | undefined>,
): Promise<Check> {
  const { client, file, event, matcher, command, timeout } = hook
  const name = matcher === null ? event : `${event}, ${matcher}`
  const question = questionFor(hook, trial)
  const { duration_ms, ...ended } = await timed(() => run(command, question.event, { trial, env, timeout }))
  const answer = question.isPlain ? { plain: ended.stdout.trim() } : readAnswer(ended.stdout)
  const failure = failureOf(ended, answer, hook)
  const done = failure === null ? question.done(answer) : null
  if (event === 'WorktreeCreate') await trial.endView()
  return {
    ...{ part: 'hook', client, file, name, duration_ms },
    status: done === null ? 'failed' : 'works',
    detail: done ?? failure ?? question.undone,
    next_steps: done === null ? [`Set it up anew: cowrite init --client ${client} --yes`] : [],
  }
}

/** What it says on an error stands there whole; for a person, the line that names it is enough. */
function failureOf(
  { status, stdout, stderr, isLate }: Ended,
  answer: Answer | null,
  { timeout }: ConfiguredHook,
): string | null {
  if (isLate) return `no answer within ${timeout / 1000} s`
  const lines = stderr.trim().split('\n').filter(Boolean)
  const said = lines.find((line) => /error|cannot|not found/i.test(line)) ?? lines.at(0)
  if (status !== 0) return `it ended with ${status}${said === undefined ? '' : `: ${said.trim()}`}`
  if (stdout !== '' && answer === null) return 'it answers what is no JSON'
  return null
}

function readAnswer(stdout: string): Answer | null {
  try {
    return JSON.parse(stdout) as Answer | null
  } catch {
    return null // A hook that has nothing to say prints nothing.
  }
}

function endAll(child: ChildProcess): void {
  if (!isPosix || child.pid === undefined) {
    child.kill('SIGKILL')
    return
  }
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function run(
  command: string,
  event: object,
  { trial, env, timeout }: { trial: Trial; env: Record<string, string | undefined>; timeout: number },
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, {
      shell: true,
      // A group of its own, so that a late one is ended with all that its shell has started.
      detached: isPosix,
      cwd: trial.root,
      // A session that is named around here is none of the trial's.
      env: {
        ...env,
        CLAUDE_PROJECT_DIR: trial.root,
        COWRITE_SESSION: undefined,
        COWRITE_WORKSPACE: undefined,
        // What a hook makes a folder of goes with the trial.
        XDG_STATE_HOME: trial.views,
        LOCALAPPDATA: trial.views,
      },
    })
    const ended: Ended = { status: null, stdout: '', stderr: '', isLate: false }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ended.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      ended.stderr += text
    })
    const late = setTimeout(() => {
      ended.isLate = true
      endAll(child)
    }, timeout)
    const settle = (status: number | null) => {
      clearTimeout(late)
      resolve({ ...ended, status })
    }
    child.on('error', (error) => {
      ended.stderr += error.message
      settle(null)
    })
    child.on('close', settle)
    // Whether it reads the event is its own affair, and seen by its answer.
    child.stdin.on('error', () => {})
    child.stdin.end(JSON.stringify(event))
  })
}
