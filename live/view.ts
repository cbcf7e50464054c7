/** Whether a session's view can be had here: what is written in it comes into the session, and the real files stay. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isCowriteError } from '../lib/errors.js'
import { spellProgram } from '../lib/render/spell.js'
import type { RunObstacles } from '../lib/run-api.js'
import { type Check, timed } from './check.js'
import type { Trial } from './trial.js'

const changed = 'Call me Ishmael.\n'

const free: RunObstacles = { refused: null, unwritable: null }

/** Tried in the trial's own folder; `obstacles` is what stands in the way in the workspace itself. */
export async function checkView(
  trial: Trial,
  platform: NodeJS.Platform,
  obstacles: RunObstacles = free,
): Promise<Check> {
  const { duration_ms, ...seen } = await timed(() => look(trial, platform, obstacles))
  return { part: 'view', client: null, file: null, name: 'cowrite run', duration_ms, ...seen }
}

type Seen = Pick<Check, 'status' | 'detail' | 'next_steps'>

async function look(
  trial: Trial,
  platform: NodeJS.Platform,
  { refused, unwritable }: RunObstacles,
): Promise<Seen> {
  try {
    const seen = await lookAtRun(trial)
    if (seen.status === 'failed' || (refused ?? unwritable) === null) return seen
    const folder = `A folder shows it all: ${spellProgram('view', { provider: 'copy' })} <NAME>`
    return {
      status: 'unavailable',
      detail: `in this workspace: ${refused ?? unwritable}`,
      next_steps: [folder],
    }
  } catch (error) {
    if (!isCowriteError(error, 'UNSUPPORTED')) return broken(error)
    const { status, detail } = await lookAtFolder(trial).catch(broken)
    const step = platform === 'linux' ? ['What cowrite run needs stands in the README'] : []
    if (status === 'failed') return { status, detail, next_steps: step }
    return { status: 'unavailable', detail: `${error.message}; ${detail}`, next_steps: step }
  }
}

/** A command that stands in the place of the workspace. */
async function lookAtRun({ session, file, text }: Trial): Promise<Seen> {
  const words = ['-c', `printf '${changed.replace('\n', '\\n')}' > chapter.md`]
  const command = await session.run('sh', words, { stdio: 'pipe' })
  command.stdin?.end()
  command.stdout?.resume()
  command.stderr?.resume()
  const { exitCode } = await command.done
  const { content } = await session.read('chapter.md')
  const stayed = (await readFile(file, 'utf8')) === text
  return exitCode === 0 && stayed && content === changed
    ? { status: 'works', detail: 'a command in it writes into the session', next_steps: [] }
    : broken(new Error('what a command in it wrote is not in the session'))
}

/** The other way: a folder that shows the session. */
async function lookAtFolder({ views, session, file, text }: Trial): Promise<Seen> {
  const view = await session.view({ place: join(views, 'folder') })
  try {
    await writeFile(join(view.folder, 'chapter.md'), changed)
    await view.sync()
  } finally {
    await view.close()
  }
  const { content } = await session.read('chapter.md')
  const stayed = (await readFile(file, 'utf8')) === text
  return stayed && content === changed
    ? {
        status: 'works',
        detail: `cowrite view shows a session as a folder (${view.provider})`,
        next_steps: [],
      }
    : broken(new Error('what was written into a view is not in the session'))
}

function broken(error: unknown): Seen {
  return { status: 'failed', detail: error instanceof Error ? error.message : String(error), next_steps: [] }
}
