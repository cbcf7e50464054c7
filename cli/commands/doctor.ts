/** `cowrite doctor`: what lies on the disk, and then whether what is set up here does what it is there for. */
import { exitStatus, isCowriteError } from '../../lib/errors.js'
import { forTerminal, linesForTerminal } from '../../lib/render/at-terminal.js'
import { spellProgram } from '../../lib/render/spell.js'
import type { RunObstacles } from '../../lib/run-api.js'
import type { WorkspaceApi } from '../../lib/workspace-api.js'
import { type Call, withOperations } from '../call.js'
import { worldOf } from '../world.js'
import type { Handler } from './handler.js'

/** `tries` says whether anything is started. */
export function doctor(tries: boolean): Handler {
  return (operation, raw, call) =>
    withOperations(call, operation, raw, async ({ root, workspace, run }, input) => {
      const result = await run(operation, input)
      const { checks, unreadable, text } = tries
        ? await trial(root, call, await workspace.runObstacles())
        : nothingTried
      const views = await standing(workspace)
      const parts = [operation.render(result, 'shell').trimEnd(), viewsText(views), text]
      const shown = parts.filter((part) => part !== '').join('\n\n')
      await call.answer({ ...result, views, live: { checks, unreadable } }, linesForTerminal(shown))
      const code = operation.exitCode?.(result) ?? null
      const failed = checks.some(({ status }) => status === 'failed')
      if (code !== null || failed) call.status = exitStatus[code ?? 'SERVER_FAILED']
    })
}

/** The views that stand, each until somebody closes it; none where the state folder cannot be read: that is told. */
async function standing(workspace: WorkspaceApi) {
  try {
    const views = await workspace.views()
    return views.map(({ isOpen, isThere, ...view }) => ({ ...view, is_open: isOpen, is_there: isThere }))
  } catch (error) {
    if (isCowriteError(error)) return []
    throw error
  }
}

function viewsText(views: Awaited<ReturnType<typeof standing>>): string {
  if (views.length === 0) return ''
  const lines = views.map(({ session, folder, is_open, is_there }) =>
    forTerminal(
      `   • ${session}: ${folder}${is_open ? '' : ' (its session has ended)'}${is_there ? '' : ' (its folder is gone)'}`,
    ),
  )
  return [
    `📂 Views that stand (${views.length}):`,
    ...lines,
    `   💡 Close one: ${forTerminal(spellProgram('view', { close: views[0]?.session ?? '' }))}`,
  ].join('\n')
}

const nothingTried = { checks: [], unreadable: [], text: '' }

/** How long a server may take for its first answers, in milliseconds. */
const patience = 10_000
/** How long it is given to end by itself, in milliseconds. */
const grace = 1_000

async function trial(root: string, call: Call, obstacles: RunObstacles) {
  const { io, signal } = call
  const [clientsRoom, serversRoom, live] = await Promise.all([
    import('../../clients/index.js'),
    import('../../mcp-client/index.js'),
    import('../../live/index.js'),
  ])
  const world = worldOf(io, root)
  const servers = await clientsRoom.configuredServers(world)
  const hooks = await clientsRoom.configuredHooks(world)
  const { openWorkspace } = await io.rooms.library()
  const checks = await live.tryAll(
    { servers: servers.servers.filter(({ name }) => name === 'cowrite'), hooks: hooks.hooks },
    {
      examine: serversRoom.examine,
      limits: { timeout: patience, grace, signal, root, version: io.version },
      openWorkspace: (folder) => openWorkspace(folder, { holder: 'doctor' }),
      env: io.env,
      platform: process.platform,
      obstacles,
    },
  )
  const unreadable = [...new Set([...servers.unreadable, ...hooks.unreadable])]
  return { checks, unreadable, text: live.textOf(checks, unreadable, clientsRoom.clients) }
}
