/** Starts our server as the settings of a client say, and asks it for its tools. */
import type { Limits, Report, Server } from '../mcp-client/index.js'
import { type Check, timed } from './check.js'

export type Examine = (server: Server, limits: Limits) => Promise<Report>

export async function checkServer(server: Server, examine: Examine, limits: Limits): Promise<Check> {
  const { client, file, name } = server
  const about = { part: 'server', client, file, name } as const
  if (!server.enabled) {
    const step = `Let ${client} use it: it is switched off in ${file}`
    return {
      ...about,
      status: 'unavailable',
      detail: 'its client does not use it',
      duration_ms: 0,
      next_steps: [step],
    }
  }
  const { duration_ms, status, tools, steps } = await timed(() => examine(server, limits))
  if (status === 'healthy' && tools.length > 0) {
    return {
      ...about,
      status: 'works',
      detail: `answers with ${tools.length} tools`,
      duration_ms,
      next_steps: [],
    }
  }
  const detail = steps.find(({ ok }) => !ok)?.message ?? 'it has no tools'
  const next_steps = [
    `Set it up anew: cowrite init --client ${client} --yes`,
    `Look at it closely: cowrite mcp test ${name} --client ${client}`,
  ]
  return { ...about, status: 'failed', detail, duration_ms, next_steps }
}
