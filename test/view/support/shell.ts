import type { RunResult } from '../../../lib/index.js'
import type { Session } from '../../../lib/session.js'

export interface Shown extends RunResult {
  stdout: string
  stderr: string
}

/** Runs lines of shell in the session's view. */
export async function sh(session: Session, script: string, env?: Record<string, string>): Promise<Shown> {
  return run(session, 'sh', ['-ec', script], env)
}

export async function run(
  session: Session,
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Shown> {
  const running = await session.run(program, args, { stdio: 'pipe', env: { ...process.env, ...env } })
  running.stdin?.end()
  const [stdout, stderr, result] = await Promise.all([
    textOf(running.stdout),
    textOf(running.stderr),
    running.done,
  ])
  return { ...result, stdout, stderr }
}

export async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = ''
  for await (const piece of stream ?? []) text += piece.toString()
  return text
}
