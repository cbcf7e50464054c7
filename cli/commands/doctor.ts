/** `cowrite doctor`: what lies on the disk, and then whether what is set up here does what it is there for. */
import { exitStatus } from '../../lib/errors.js'
import { linesForTerminal } from '../../lib/render/at-terminal.js'
import { type Call, withOperations } from '../call.js'
import { worldOf } from '../world.js'
import type { Handler } from './handler.js'

/** `tries` says whether anything is started. */
export function doctor(tries: boolean): Handler {
  return (operation, raw, call) =>
    withOperations(call, operation, raw, async ({ root, run }, input) => {
      const result = await run(operation, input)
      const { checks, unreadable, text } = tries ? await trial(root, call) : nothingTried
      const shown = operation.render(result, 'shell')
      await call.answer(
        { ...result, live: { checks, unreadable } },
        text === '' ? shown : `${shown.trimEnd()}\n\n${linesForTerminal(text)}`,
      )
      const code = operation.exitCode?.(result) ?? null
      const failed = checks.some(({ status }) => status === 'failed')
      if (code !== null || failed) call.status = exitStatus[code ?? 'SERVER_FAILED']
    })
}

const nothingTried = { checks: [], unreadable: [], text: '' }

/** How long a server may take for its first answers, in milliseconds. */
const patience = 10_000
/** How long it is given to end by itself, in milliseconds. */
const grace = 1_000

async function trial(root: string, call: Call) {
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
    },
  )
  const unreadable = [...new Set([...servers.unreadable, ...hooks.unreadable])]
  return { checks, unreadable, text: live.textOf(checks, unreadable, clientsRoom.clients) }
}
