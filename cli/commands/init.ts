/** `cowrite init`: makes a folder a workspace, and sets agent clients up to use it. */
import { dirname, resolve } from 'node:path'
import { CowriteError } from '../../lib/errors.js'
import { linesForTerminal } from '../../lib/render/at-terminal.js'
import { confirm } from '../ask.js'
import { type Call, realFolder, stated } from '../call.js'
import { writeText } from '../output.js'
import { refuse } from '../setup-error.js'
import { worldOf } from '../world.js'
import { answered, planText, summaryOf } from './init-text.js'

export interface InitOptions {
  stateFolder?: 'workspace' | '.cowrite'
  /** The clients to set up; without any, those that are found on this machine. */
  clients: string[]
  /** Do not ask. */
  yes: boolean
  /** Take away again what was set up. */
  remove: boolean
}

type Setup = Awaited<ReturnType<typeof planned>>

/** As `git init` does, it takes the folder one stands in, and not a workspace above it. */
export async function init(options: InitOptions, call: Call): Promise<void> {
  const root = await realFolder(resolve(call.io.cwd, stated(call) ?? '.'))
  const setup = await planned(root, options, call)
  if (options.clients.length > 0 || options.remove) refuse(setup.obstacles)
  if (options.remove) return takeAway(root, setup, options, call)

  const made = await makeWorkspace(root, options, call)
  if (options.yes || call.asks) refuse(setup.obstacles)
  const asked = setup.plan.files.length > 0
  if (asked && call.asks && !options.yes) await writeText(call.io.stdout, planText(setup))
  const written = asked && (options.yes || (call.asks && (await confirm(call.io, 'Write this?'))))
  if (written) await setup.apply()
  else if (asked && call.asks && !made.created) throw declined('Not confirmed, no client was set up')
  await call.answer({ ...made, ...answered(setup, written) }, workspaceText(made, setup, written))
}

async function takeAway(root: string, setup: Setup, { yes }: InitOptions, call: Call): Promise<void> {
  const asked = setup.plan.files.length > 0
  if (asked && call.asks && !yes) {
    await writeText(call.io.stdout, planText(setup))
    if (!(await confirm(call.io, 'Take this away?'))) throw declined('Not confirmed, nothing changed')
  }
  const written = asked && (yes || call.asks)
  if (written) await setup.apply()
  await call.answer({ workspace: root, ...answered(setup, written) }, summaryOf(setup, written).join('\n'))
}

interface Made {
  workspace: string
  state_folder: string
  created: boolean
  /** The nearest workspace above, where there is one. */
  within?: string
}

async function makeWorkspace(root: string, { stateFolder, yes }: InitOptions, call: Call): Promise<Made> {
  const { io } = call
  const { findWorkspace, openWorkspace } = await io.rooms.library()
  const isOne = (await findWorkspace(root)) === root
  const shown = JSON.stringify(root).slice(1, -1)
  const within = dirname(root) === root ? null : await findWorkspace(dirname(root))
  const around =
    within === null
      ? ''
      : ` of its own, inside of ${JSON.stringify(within).slice(1, -1)}, which is used here now`
  const question = `Make ${shown} a workspace${around}? Its sessions are kept in ${stateFolder ?? 'workspace'}/.`
  if (!isOne && call.asks && !yes && !(await confirm(io, question))) {
    throw declined('Not confirmed, nothing changed')
  }
  const workspace = await openWorkspace(root, stateFolder === undefined ? {} : { stateFolder })
  try {
    await workspace.initialize()
  } finally {
    await workspace.close()
  }
  return {
    ...{ workspace: root, state_folder: workspace.stateFolder, created: !isOne },
    ...(within === null ? {} : { within }),
  }
}

/** What is to be done for the clients; loaded here, since no other command needs it. */
async function planned(project: string, { clients: named, remove }: InitOptions, { io }: Call) {
  const room = await import('../../clients/index.js')
  const world = worldOf(io, project)
  const found =
    named.length > 0
      ? []
      : remove
        ? room.clientNames
        : (await room.findClients(world)).map(({ client }) => client)
  const names = room.clientNames.filter((name) => named.includes(name) || found.includes(name))
  const plan = remove
    ? await room.planRemoval(names, world, { alsoForAll: named.length > 0 })
    : await room.planSetup(names, world)
  const obstacles = [...plan.obstacles, ...(await room.findObstacles(plan.files))]
  const apply = async () => {
    try {
      await room.apply(plan.files)
    } catch (error) {
      if (error instanceof room.Obstructed) refuse([error.obstacle])
      throw error
    }
  }
  return { names, remove, plan, obstacles, clients: room.clients, apply }
}

/** Of a workspace in another: which of them is used here. */
function nestedLines({ state_folder, created, within }: Made): string[] {
  if (within === undefined) return []
  const lines = [
    `🏠 It lies inside of the workspace ${JSON.stringify(within).slice(1, -1)}`,
    `   Commands in this folder use this one${created ? ' from now on' : ''}, and know nothing of the sessions there.`,
    ...(created ? [`   To go on with that one here, remove ${state_folder}/, which is empty yet.`] : []),
  ]
  return [...lines, '']
}

function workspaceText(made: Made, setup: Setup, written: boolean): string {
  const { workspace, state_folder, created } = made
  const shown = JSON.stringify(workspace).slice(1, -1)
  const lines = [
    created ? `✅ WORKSPACE READY: ${shown}` : `✅ WORKSPACE, AS BEFORE: ${shown}`,
    '',
    '📂 Sessions are kept in:',
    `   ${state_folder}/`,
    '',
    ...nestedLines(made),
    ...summaryOf(setup, written),
    '💡 Next steps:',
    '   - Start a session: cowrite session start my-first-session',
  ]
  return linesForTerminal(lines.join('\n'))
}

function declined(message: string): CowriteError<'CANCELLED'> {
  return new CowriteError('CANCELLED', message, {})
}
