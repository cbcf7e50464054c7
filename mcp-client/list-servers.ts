/** `cowrite mcp list`: the servers that are configured; each is asked only where that is wanted, since asking starts it. */
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { forTerminal } from '../lib/render/at-terminal.js'
import type { Outcome } from './outcome.js'
import { examine, type Report } from './report.js'
import type { Limits, Server } from './server.js'
import { inShell } from './trouble.js'
import { paragraphs, plainTable, timeInWords } from './words.js'

/** How many are asked at once. */
const atOnce = 4

/** `ready`: what the settings name is there; `broken`: it is not. The others are known by asking. */
type Status = 'ready' | 'broken' | 'disabled' | 'healthy' | 'failed'

interface Row {
  name: string
  status: Status
  /** Null where it was not asked. */
  tools: number | null
  transport: string
  response_time_ms: number | null
  files: string[]
  clients: string[]
  /** Why it is broken, or failed. */
  problem: string | null
}

/** `unreadable`: the sentences on settings that could not be read. */
export async function listServers(
  servers: readonly Server[],
  unreadable: readonly string[],
  check: boolean,
  limits: Limits,
): Promise<Outcome> {
  const rows = await inTurns(groupsOf(servers), (group) => rowOf(group, check, limits))
  const text = paragraphs(
    [`Configured MCP servers (${rows.length}):`],
    rows.length === 0 ? ['No client has one for this folder.'] : tableOf(rows),
    rows.flatMap(({ name, problem }) =>
      problem === null ? [] : [`❌ ${forTerminal(`${name}: ${problem}`)}`],
    ),
    unreadable.map((why) => `⚠️ ${forTerminal(why)}`),
    ...footer(rows, check),
  )
  return { result: { servers: rows, count: rows.length, checked: check, unreadable }, text, code: null }
}

/** What several clients have alike is one server. */
function groupsOf(servers: readonly Server[]): [Server, ...Server[]][] {
  const groups: [Server, ...Server[]][] = []
  for (const server of servers) {
    const same = groups.find(([{ name, enabled, launch }]) =>
      isDeepStrictEqual([name, enabled, launch], [server.name, server.enabled, server.launch]),
    )
    if (same) same.push(server)
    else groups.push([server])
  }
  return groups
}

async function rowOf(group: [Server, ...Server[]], check: boolean, limits: Limits): Promise<Row> {
  const [server] = group
  const { name, enabled, launch } = server
  const report = check && enabled ? await examine(server, limits) : null
  const problem = report === null ? await problemOf(server) : ((report.error && lastMessage(report)) ?? null)
  return {
    name,
    status: report?.status ?? (enabled ? (problem === null ? 'ready' : 'broken') : 'disabled'),
    tools: report?.status === 'healthy' ? report.tools.length : null,
    transport: launch.transport === 'either' ? 'http' : launch.transport,
    response_time_ms: report?.response_time_ms ?? null,
    files: [...new Set(group.map(({ file }) => file))],
    clients: [...new Set(group.map(({ client }) => client))],
    problem: enabled ? problem : null,
  }
}

function lastMessage({ steps }: Report): string | undefined {
  return steps.at(-1)?.message
}

/** What can be told without starting anything. */
async function problemOf({ launch }: Server): Promise<string | null> {
  if (launch.transport === 'unknown') return launch.problem
  if (launch.transport !== 'stdio') return null
  const { command, cwd, env } = launch
  const folders = /[\\/]/.test(command) ? [cwd] : (env.PATH ?? process.env.PATH ?? '').split(delimiter)
  const endings = process.platform === 'win32' ? ['', '.exe', '.cmd', '.bat'] : ['']
  for (const folder of folders) {
    for (const ending of endings) {
      const file = (isAbsolute(command) ? command : join(folder, command)) + ending
      if (await isRunnable(file)) return null
    }
  }
  return `command not found: ${command}`
}

async function isRunnable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function tableOf(rows: readonly Row[]): string[] {
  const heading = ['NAME', 'STATUS', 'TOOLS', 'TRANSPORT', 'TIME', 'FROM']
  const body = rows.map(({ name, status, tools, transport, response_time_ms: time, files }) => [
    name,
    status,
    tools === null ? '-' : String(tools),
    transport === 'unknown' ? '-' : transport,
    time === null ? '-' : timeInWords(time),
    files.join(', '),
  ])
  return plainTable([heading, ...body])
}

function footer(rows: readonly Row[], check: boolean): string[][] {
  if (rows.length === 0) return [['To set up a client with the server of this program:', '  cowrite init']]
  const [first] = rows
  const server = forTerminal(inShell(first?.name ?? ''))
  return [
    ...(check ? [] : [['To ask each of them, which starts it:', '  cowrite mcp list --check']]),
    ['To test a server:', `  cowrite mcp test ${server}`],
    ['To list tools:', `  cowrite mcp tools ${server}`],
  ]
}

/** Keeps the order. */
async function inTurns<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Promise<Made>,
): Promise<Made[]> {
  const made: Made[] = []
  const waiting = items.entries()
  const work = async () => {
    for (const [at, item] of waiting) made[at] = await make(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return made
}
