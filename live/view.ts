/** Whether a command works in a session's view here: its file comes into the session, and the real ones stay. */
import { readFile } from 'node:fs/promises'
import { isCowriteError } from '../lib/errors.js'
import { type Check, timed } from './check.js'
import type { Trial } from './trial.js'

const changed = 'Call me Ishmael.\n'

export async function checkView(trial: Trial, platform: NodeJS.Platform): Promise<Check> {
  const { duration_ms, ...seen } = await timed(() => look(trial, platform))
  return { part: 'view', client: null, file: null, name: 'cowrite run', duration_ms, ...seen }
}

type Seen = Pick<Check, 'status' | 'detail' | 'next_steps'>

async function look({ session, file, text }: Trial, platform: NodeJS.Platform): Promise<Seen> {
  try {
    const command = await session.run('sh', ['-c', `printf '${changed.replace('\n', '\\n')}' > chapter.md`], {
      stdio: 'pipe',
    })
    command.stdin?.end()
    command.stdout?.resume()
    command.stderr?.resume()
    const { exitCode } = await command.done
    const { content } = await session.read('chapter.md')
    const stayed = (await readFile(file, 'utf8')) === text
    if (exitCode === 0 && stayed && content === changed) {
      return { status: 'works', detail: 'a command in it writes into the session', next_steps: [] }
    }
    return { status: 'failed', detail: 'what a command in it wrote is not in the session', next_steps: [] }
  } catch (error) {
    if (!isCowriteError(error, 'UNSUPPORTED')) {
      const why = error instanceof Error ? error.message : String(error)
      return { status: 'failed', detail: why, next_steps: [] }
    }
    const step = platform === 'linux' ? ['What a view needs stands in docs/spec.md'] : []
    return { status: 'unavailable', detail: error.message, next_steps: step }
  }
}
