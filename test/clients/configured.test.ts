// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so do clients spell variables
/** The servers that clients' settings name, read as each client reads them. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { configuredServers } from '../../clients/configured.js'
import type { World } from '../../clients/world.js'

let folder: string
let world: World
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-configured-')))
  world = {
    project: join(folder, 'book'),
    home: join(folder, 'home'),
    env: { TOKEN: 'of-the-shell' },
    platform: 'linux',
    node: process.execPath,
    program: '/cowrite.js',
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(path: string, content: string | object): void {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
}

const stdio = (env: object, more: object = {}) => ({
  transport: 'stdio',
  command: 'run',
  args: ['it'],
  env,
  cwd: world.project,
  ...more,
})

it('every client, the workspace first: their files, their spellings, their variables', async () => {
  const entry = (token: string) => ({ command: 'run', args: ['it'], env: { TOKEN: token } })
  put('home/.claude.json', {
    mcpServers: { mine: entry('${TOKEN}') },
    projects: {
      [world.project]: { mcpServers: { here: entry('1') } },
      '/elsewhere': { mcpServers: { no: entry('1') } },
    },
  })
  put('book/.mcp.json', {
    mcpServers: {
      shared: entry('${MISSING:-else}'),
      web: { type: 'http', url: 'https://a.b/${TOKEN}', headers: { A: '${TOKEN}' } },
    },
  })
  put(
    'book/.codex/config.toml',
    '[mcp_servers.toml]\ncommand = "run"\nargs = ["it"]\ncwd = "acts"\nenv = { TOKEN = "${TOKEN}" }\nenabled = false\n',
  )
  put(
    'home/.codex/config.toml',
    '[mcp_servers.remote]\nurl = "https://c.d/"\nbearer_token_env_var = "TOKEN"\n',
  )
  put('home/.gemini/settings.json', { mcpServers: { gemini: { httpUrl: 'https://e.f/$TOKEN/$MISSING' } } })
  put(
    'book/opencode.jsonc',
    '{ // with a comment\n "mcp": { "open": { "type": "local", "command": ["run", "it"], "environment": { "TOKEN": "{env:TOKEN}" }, }, } }',
  )
  put('home/.copilot/mcp-config.json', { mcpServers: { pilot: entry('2') } })
  put('home/.cursor/mcp.json', {
    mcpServers: { cursor: { url: 'https://g.h/sse', headers: { A: '${env:TOKEN}' } } },
  })
  put('book/.vscode/mcp.json', {
    servers: {
      code: { type: 'stdio', ...entry('3'), envFile: '${workspaceFolder}/.env' },
      asks: { command: 'run', args: ['${input:key}'] },
    },
  })
  put('book/.env', 'FROM_FILE="yes"\nTOKEN=no\n')

  const { servers, unreadable } = await configuredServers(world)
  expect(unreadable).toEqual([])
  expect(servers.map(({ name, client, file, at }) => [name, client, file, at])).toEqual([
    ['here', 'claude-code', '~/.claude.json', 'projects.mcpServers.here'],
    ['shared', 'claude-code', '.mcp.json', 'mcpServers.shared'],
    ['web', 'claude-code', '.mcp.json', 'mcpServers.web'],
    ['toml', 'codex', '.codex/config.toml', 'mcp_servers.toml'],
    ['open', 'opencode', 'opencode.jsonc', 'mcp.open'],
    ['code', 'vscode', '.vscode/mcp.json', 'servers.code'],
    ['asks', 'vscode', '.vscode/mcp.json', 'servers.asks'],
    ['mine', 'claude-code', '~/.claude.json', 'mcpServers.mine'],
    ['remote', 'codex', '~/.codex/config.toml', 'mcp_servers.remote'],
    ['gemini', 'gemini', '~/.gemini/settings.json', 'mcpServers.gemini'],
    ['pilot', 'copilot', '~/.copilot/mcp-config.json', 'mcpServers.pilot'],
    ['cursor', 'cursor', '~/.cursor/mcp.json', 'mcpServers.cursor'],
  ])
  const launches = Object.fromEntries(servers.map(({ name, launch }) => [name, launch]))
  expect(launches).toEqual({
    here: stdio({ TOKEN: '1' }),
    shared: stdio({ TOKEN: 'else' }),
    web: { transport: 'http', url: 'https://a.b/of-the-shell', headers: { A: 'of-the-shell' } },
    toml: stdio({ TOKEN: '${TOKEN}' }, { cwd: join(world.project, 'acts') }),
    open: stdio({ TOKEN: 'of-the-shell' }),
    code: stdio({ FROM_FILE: 'yes', TOKEN: '3' }),
    asks: { transport: 'unknown', problem: 'it asks a person for key, which only its client can do' },
    mine: stdio({ TOKEN: 'of-the-shell' }),
    remote: { transport: 'either', url: 'https://c.d/', headers: { Authorization: 'Bearer of-the-shell' } },
    gemini: { transport: 'http', url: 'https://e.f/of-the-shell/$MISSING', headers: {} },
    pilot: stdio({ TOKEN: '2' }),
    cursor: { transport: 'either', url: 'https://g.h/sse', headers: { A: 'of-the-shell' } },
  })
  expect(servers.filter(({ enabled }) => !enabled).map(({ name }) => name)).toEqual(['toml'])
  const ofOne = await configuredServers(world, ['codex'])
  expect(ofOne.servers.map(({ name }) => name)).toEqual(['toml', 'remote'])
})

it('what is no entry is told, and a file that cannot be read hides none of the others', async () => {
  put('book/.mcp.json', '{ "mcpServers": {')
  put('home/.cursor/mcp.json', {
    mcpServers: { a: 'text', b: {}, c: { url: 'ftp://x' }, d: { command: [] }, __proto__x: null },
  })
  put('home/.copilot/mcp-config.json', { mcpServers: [] })
  put('home/.codex/config.toml', '[mcp_servers.e]\nurl = "https://x/"\nbearer_token_env_var = "MISSING"\n')
  const { servers, unreadable } = await configuredServers(world)
  expect(unreadable).toEqual([expect.stringMatching(/^\.mcp\.json cannot be read: line 1 is no JSON/)])
  expect(servers.map(({ name, launch }) => [name, launch])).toEqual([
    ['e', { transport: 'unknown', problem: 'it needs the variable MISSING, which is not set' }],
    ['a', { transport: 'unknown', problem: 'its entry is no object' }],
    ['b', { transport: 'unknown', problem: 'its entry names neither a command nor a url' }],
    ['c', { transport: 'unknown', problem: 'its url is no address that begins with http:// or https://' }],
    ['d', { transport: 'unknown', problem: 'its command is empty' }],
    ['__proto__x', { transport: 'unknown', problem: 'its entry is no object' }],
  ])
})
