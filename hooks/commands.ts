/** Commands of a shell: in the session's view where the machine has one, else the model is told where to work. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, isAbsolute, join, relative, sep } from 'node:path'
import { isCowriteError, type ViewCost } from '../lib/index.js'
import { context, type HookAnswer, type HookEvent, inputText, instead } from './event.js'
import type { AtWork, World } from './work.js'

export async function beforeCommand(event: HookEvent, at: AtWork): Promise<HookAnswer | null> {
  const { session, world } = at
  const command = inputText(event, 'command')
  if (command === null || at.view !== null || isOwn(command, world)) return null
  const text = `It runs in session ${session.name}: what it changes in the workspace is in the session.`
  const led = (words: readonly string[]) => instead(event, { command: words.map(quoted).join(' ') }, text)
  // What goes on in the background would keep every other command waiting in a view that stands for one command alone.
  const mayRun = hasViews(world) && (await at.workspace.runObstacles()).refused === null
  const needsFolder = event.tool_input?.run_in_background === true || !mayRun
  const folder = await standing(at, needsFolder)
  if (folder !== null) return led([...inFolder, join(folder, wayTo(event.cwd, world)), command])
  if (mayRun) return led([...inView(session.name, world), 'bash', '-c', command])
  return context(
    event,
    `Session ${session.name} is at work, and this command sees the real files, which must stay as they are. Change files in ${world.root}/${session.path} (copies lie at their own paths there), or with cowrite's tools.`,
  )
}

/** Whether a command, as it was run, was led into the session. */
export function wasLed(command: string, { session, view, world }: AtWork): boolean {
  const starts = [inFolder, inView(session.name, world)].map((words) => words.map(quoted).join(' '))
  return view === null && starts.some((start) => command.startsWith(`${start} `))
}

const inFolder = ['bash', '-c', 'cd "$1" && exec bash -c "$2"', 'cowrite-view']

/** The words before a command that put it into the view; by them one is known that was put there. */
function inView(session: string, world: World): string[] {
  const { root } = world
  return [...startOf(world), 'run', '--workspace', root, '--session', session, '--wait', '60', '--']
}

/** From the workspace to the folder that the command starts in; what is outside of it has no other form in a view. */
function wayTo(cwd: string, { root }: World): string {
  const way = relative(root, cwd)
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) ? '' : way
}

/** A copy of more than this takes longer than anybody waits for a command to begin. */
const largestCopy = { files: 20_000, bytes: 1024 ** 3 }

/** The view of the session that stands, or is made where one is needed; null where there is none. */
async function standing({ workspace, session }: AtWork, isNeeded: boolean): Promise<string | null> {
  const there = await workspace.view(session.name)
  if (there !== null || !isNeeded) return there?.folder ?? null
  const tooLarge = new AbortController()
  const onBegin = ({ provider, files, bytes }: ViewCost) => {
    const isTooLarge = files > largestCopy.files || bytes > largestCopy.bytes
    if (provider === 'copy' && isTooLarge) tooLarge.abort()
  }
  try {
    return (await session.view({ onBegin, signal: tooLarge.signal })).folder
  } catch (error) {
    // In the view of a command that is at work another waits for its turn.
    if (tooLarge.signal.aborted || isCowriteError(error)) return null
    throw error
  }
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

let views: boolean | undefined

function hasViews({ platform }: World): boolean {
  views ??= platform === 'linux' && canMakeOne()
  return views
}

function canMakeOne(): boolean {
  const asOneself = ['--user', '--map-current-user', '--keep-caps', '--mount', 'true']
  return [asOneself, ['--mount', 'true']].some(
    (words) => spawnSync('unshare', words, { stdio: 'ignore', timeout: 5_000 }).status === 0,
  )
}

export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
