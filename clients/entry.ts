/** One server's entry in a client's settings: the spellings of all clients, and what they come to. */
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Variables } from './catalogue.js'
import { expander, Unset } from './variables.js'
import type { World } from './world.js'

export interface StdioLaunch {
  transport: 'stdio'
  command: string
  args: string[]
  /** What is put on top of the person's own environment. */
  env: Record<string, string>
  /** An absolute path. */
  cwd: string
}

export interface HttpLaunch {
  /** `http` is the streamable one; `either` asks for that, and takes the older one where it is not known. */
  transport: 'http' | 'sse' | 'either'
  url: string
  headers: Record<string, string>
}

/** What cannot be started, and why. */
export interface NoLaunch {
  transport: 'unknown'
  problem: string
}

export type Launch = StdioLaunch | HttpLaunch | NoLaunch

type Entry = Record<string, unknown>

export async function launchOf(
  entry: unknown,
  variables: Variables | null,
  world: World,
): Promise<{ enabled: boolean; launch: Launch }> {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return { enabled: true, launch: cannot('its entry is no object') }
  }
  const fields = entry as Entry
  const enabled = fields.enabled !== false && fields.disabled !== true
  try {
    const expand = expander(variables, world)
    const launch = hasWords(fields) ? await stdio(fields, expand, world) : http(fields, expand, world)
    return { enabled, launch }
  } catch (error) {
    if (!(error instanceof Unset)) throw error
    return { enabled, launch: cannot(error.message) }
  }
}

type Expand = (text: string) => string

function hasWords({ command }: Entry): boolean {
  return typeof command === 'string' || Array.isArray(command)
}

async function stdio(fields: Entry, expand: Expand, world: World): Promise<Launch> {
  const [command, ...args] = [fields.command, fields.args].flat().filter(isGiven).map(String).map(expand)
  if (!command) return cannot('its command is empty')
  const cwd = typeof fields.cwd === 'string' ? expand(fields.cwd) : '.'
  const file = typeof fields.envFile === 'string' ? inProject(expand(fields.envFile), world) : null
  const fromFile = file === null ? {} : await variablesOf(file)
  if (fromFile === null) return cannot(`its envFile cannot be read: ${file}`)
  const env = { ...fromFile, ...texts(fields.env ?? fields.environment, expand) }
  return { transport: 'stdio', command, args, env, cwd: inProject(cwd, world) }
}

async function variablesOf(file: string): Promise<Record<string, string> | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  return text === null ? null : (parseEnv(text) as Record<string, string>)
}

function http(fields: Entry, expand: Expand, { env }: World): Launch {
  const [url] = [fields.httpUrl, fields.url, fields.serverUrl].filter((value) => typeof value === 'string')
  if (url === undefined) return cannot('its entry names neither a command nor a url')
  const headers = { ...texts(fields.headers ?? fields.http_headers, expand) }
  for (const [header, name] of Object.entries(texts(fields.env_http_headers, expand))) {
    headers[header] = variable(name, env)
  }
  if (typeof fields.bearer_token_env_var === 'string') {
    headers.Authorization = `Bearer ${variable(fields.bearer_token_env_var, env)}`
  }
  const expanded = expand(url)
  if (!isWebAddress(expanded)) return cannot('its url is no address that begins with http:// or https://')
  return { transport: transportOf(fields), url: expanded, headers }
}

function transportOf({ type, httpUrl }: Entry): HttpLaunch['transport'] {
  if (typeof httpUrl === 'string' || (typeof type === 'string' && /^(streamable.?)?http$/i.test(type)))
    return 'http'
  return type === 'sse' ? 'sse' : 'either'
}

/** Throws Unset. */
function variable(name: string, env: World['env']): string {
  const value = env[name]
  if (value === undefined || value === '') throw new Unset(name)
  return value
}

function texts(value: unknown, expand: Expand): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => isGiven(inner))
      .map(([name, inner]) => [name, expand(String(inner))]),
  )
}

function isGiven(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function inProject(path: string, { project }: World): string {
  return isAbsolute(path) ? path : join(project, path)
}

function cannot(problem: string): NoLaunch {
  return { transport: 'unknown', problem }
}
