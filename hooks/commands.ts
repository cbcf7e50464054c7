/** Commands of a shell: in the session's view where the machine has one, else the model is told where to work. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { context, type HookAnswer, type HookEvent, inputText, instead } from './event.js'
import type { AtWork, World } from './work.js'

export async function beforeCommand(
  event: HookEvent,
  { session, world }: AtWork,
): Promise<HookAnswer | null> {
  const command = inputText(event, 'command')
  if (command === null || isOwn(command, world)) return null
  if (event.tool_input?.run_in_background !== true && hasViews(world)) {
    const words = [...inView(session.name, world), 'bash', '-c', command]
    const text = `It runs in session ${session.name}: what it changes in the workspace is in the session.`
    return instead(event, { command: words.map(quoted).join(' ') }, text)
  }
  return context(
    event,
    `Session ${session.name} is at work, and this command sees the real files, which must stay as they are. Change files in ${world.root}/${session.path} (copies lie at their own paths there), or with cowrite's tools.`,
  )
}

/** The words before a command that put it into the view; by them one is known that was put there. */
export function inView(session: string, world: World): string[] {
  const { root } = world
  return [...startOf(world), 'run', '--workspace', root, '--session', session, '--wait', '60', '--']
}

/** By its name where that is this program: it is what a person is asked about, and may allow. */
function startOf({ program, env }: World): readonly string[] {
  const file = program.at(-1)
  const [first] = (env.PATH ?? '').split(delimiter).flatMap((folder) => runnableIn(folder))
  return first === file ? ['cowrite'] : program
}

function runnableIn(folder: string): string[] {
  try {
    accessSync(join(folder, 'cowrite'), constants.X_OK)
    return [realpathSync(join(folder, 'cowrite'))]
  } catch {
    return []
  }
}

/** Commands of cowrite's own work in the session by themselves; more than one command is a shell's affair. */
function isOwn(command: string, world: World): boolean {
  const isOne = !/[;&|<>`$()\n]/.test(command)
  return (
    isOne &&
    (/^\s*(npx (-y )?)?cowrite\s/.test(command) || command.startsWith(world.program.map(quoted).join(' ')))
  )
}

function hasViews({ platform }: World): boolean {
  if (platform !== 'linux') return false
  const asOneself = ['--user', '--map-current-user', '--keep-caps', '--mount', 'true']
  return [asOneself, ['--mount', 'true']].some(
    (words) => spawnSync('unshare', words, { stdio: 'ignore', timeout: 5_000 }).status === 0,
  )
}

export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
