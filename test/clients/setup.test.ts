/** `cowrite init` on homes and folders that have settings of their own. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse as parseJson } from 'jsonc-parser'
import { parse as parseToml } from 'smol-toml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clients } from '../../clients/catalogue.js'
import { clientNames } from '../../clients/names.js'
import { run, type World } from '../cli/fake-io.js'
import { realRooms as rooms } from '../cli/real-rooms.js'

const project = join(import.meta.dirname, '../..')

let folder: string
let home: string
let book: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-clients-')))
  home = join(folder, 'home')
  book = join(folder, 'book')
  for (const path of [home, book, join(folder, 'bin')]) mkdirSync(path)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const cowrite = (line: string[], world: Partial<World> = {}) =>
  run(line, { rooms, cwd: book, env: { HOME: home, PATH: join(folder, 'bin') }, ...world })

/** Runs `cowrite init … --json`, which has to end well. */
async function init(...words: string[]) {
  const { status, stdout } = await cowrite(['init', '--json', ...words])
  expect(status, stdout).toBe(0)
  return JSON.parse(stdout)
}

function put(path: string, text: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

const read = (path: string) => readFileSync(join(folder, path), 'utf8')

/** All that lies in home and book, but for the workspace's own: names, bytes, modes, links. */
function everything(): Record<string, string> {
  const found: Record<string, string> = {}
  const visit = (path: string) => {
    const { mode } = lstatSync(join(folder, path))
    const full = join(folder, path)
    const isFolder = lstatSync(full).isDirectory()
    const said = lstatSync(full).isSymbolicLink()
      ? `-> ${readlinkSync(full)}`
      : isFolder
        ? 'folder'
        : readFileSync(full, 'latin1')
    found[path] = `${(mode & 0o7777).toString(8)} ${said}`
    if (isFolder) for (const name of readdirSync(full)) visit(`${path}/${name}`)
  }
  for (const name of readdirSync(folder)) visit(name)
  for (const path of Object.keys(found)) if (path.startsWith('book/workspace')) delete found[path]
  return found
}

const all = clientNames.flatMap((name) => ['--client', name])

/** Settings, servers and skills of a person's own, in every file that is written to. */
function furnish(): void {
  put('book/.mcp.json', '{\n\t"mcpServers": {\n\t\t"own": { "command": "x" } // mine\n\t}\n}')
  put('home/.codex/config.toml', 'model = "m"\r\n\r\n[mcp_servers.own]\r\ncommand = "x" # mine')
  put('book/.gemini/settings.json', '{"mcpServers":{},"theme":"dark"}')
  put('book/opencode.jsonc', '{\r\n  // mine\r\n  "model": "m",\r\n  "mcp": {\r\n  },\r\n}\r\n')
  put('home/.copilot/mcp-config.json', '\uFEFF{ "mcpServers": { "own": {} } }\n')
  put('book/.cursor/mcp.json', '')
  put('book/.vscode/mcp.json', '{}')
  put('book/.vscode/settings.json', '{ "own": 1 }')
  put('book/.claude/settings.json', '{ "hooks": { "Stop": [] } }\n')
  put('book/.claude/skills/own/SKILL.md', 'mine')
  mkdirSync(join(book, '.opencode', 'command'), { recursive: true })
  chmodSync(join(home, '.codex', 'config.toml'), 0o600)
}

describe('cowrite init', () => {
  it('sets every client up, and taking that away leaves every byte, mode and folder as it was', async () => {
    furnish()
    const before = everything()
    const told = await init(...all, '--yes')
    expect(told.written).toBe(true)
    expect(told.clients.map(({ client }: { client: string }) => client)).toEqual([...clientNames])
    const between = everything()
    for (const [path, said] of Object.entries(before)) {
      expect(between[path]?.slice(0, 4), path).toBe(said.slice(0, 4))
    }

    const again = await init(...all, '--yes')
    expect(again.written).toBe(false)
    expect(everything()).toEqual(between)

    const taken = await init('--remove', ...all, '--yes')
    expect(taken.written).toBe(true)
    expect(everything()).toEqual(before)
    expect((await init('--remove', ...all, '--yes')).written).toBe(false)
  })

  it('leaves nothing behind where nothing was', async () => {
    const before = everything()
    await init(...all, '--yes')
    expect(Object.keys(everything()).length).toBeGreaterThan(Object.keys(before).length + 10)
    await init('--remove', ...all, '--yes')
    expect(everything()).toEqual(before)
  })

  it('takes away what is of this folder, and what serves all folders where its client is named', async () => {
    await init(
      '--client',
      'codex',
      '--workspace',
      put('other/notes.md', '').slice(0, -'/notes.md'.length),
      '--yes',
    )
    const elsewhere = read('home/.codex/config.toml')
    await init('--client', 'claude-code', '--yes')
    const shown = await cowrite(['init', '--remove'])
    expect(shown.stdout).toContain('Do it: cowrite init --remove --yes')
    expect(shown.stdout).toContain(
      'FOR EVERY FOLDER (left as it is):\n   • Codex: ~/.codex/config.toml, the server',
    )
    expect(shown.stdout).toContain('from all folders: cowrite init --client codex --remove\n')
    await init('--remove', '--yes')
    expect(existsSync(join(book, '.mcp.json'))).toBe(false)
    expect(read('home/.codex/config.toml')).toBe(elsewhere)
    expect((await cowrite(['init', '--remove'])).stdout).toMatch(
      /nothing to take away\n\n🌐 .*FOR EVERY FOLDER/,
    )

    const asked = await cowrite(['init', '--client', 'codex', '--remove'])
    expect(asked.stdout).toContain('the server, taken out for every folder, not this one alone')
    await init('--remove', '--client', 'codex', '--yes')
    expect(existsSync(join(home, '.codex/config.toml'))).toBe(false)
  })

  it('writes what each client reads, beside what is there', async () => {
    furnish()
    await init(...all, '--yes')
    const command = process.execPath
    const args = [join(project, 'dist/cli/main.js'), 'mcp']
    const withHooks = [...args, '--tools', 'session']
    const json = (path: string) =>
      parseJson(read(path).replace('\uFEFF', ''), [], { allowTrailingComma: true })
    expect(json('book/.mcp.json').mcpServers).toMatchObject({
      own: { command: 'x' },
      cowrite: { command, args: withHooks },
    })
    expect(json('book/.gemini/settings.json')).toMatchObject({
      theme: 'dark',
      mcpServers: { cowrite: { command, args: withHooks } },
    })
    expect(json('book/opencode.jsonc').mcp.cowrite).toMatchObject({
      type: 'local',
      command: [command, ...withHooks],
      enabled: true,
    })
    expect(existsSync(join(book, 'opencode.json'))).toBe(false)
    expect(json('home/.copilot/mcp-config.json').mcpServers.cowrite).toMatchObject({
      type: 'local',
      command,
      tools: ['*'],
    })
    expect(json('book/.cursor/mcp.json').mcpServers.cowrite).toMatchObject({ command, args })
    expect(json('book/.vscode/mcp.json').servers.cowrite).toMatchObject({ type: 'stdio', command, args })
    expect(parseToml(read('home/.codex/config.toml'))).toMatchObject({
      model: 'm',
      mcp_servers: { own: { command: 'x' }, cowrite: { command, args } },
    })
    for (const skills of ['.claude/skills', '.agents/skills']) {
      for (const name of ['session', 'retry']) {
        const packaged = readFileSync(join(project, 'skill', name, 'SKILL.md'), 'utf8')
        expect(read(`book/${skills}/${name}/SKILL.md`).startsWith(packaged)).toBe(true)
      }
    }
    expect(read('book/.opencode/command/session.md')).toContain('/session $ARGUMENTS')
  })

  it('writes hooks that start this program, beside those that are there', async () => {
    const own = { matcher: 'Write', hooks: [{ type: 'command', command: 'mine' }] }
    put('book/.claude/settings.json', JSON.stringify({ hooks: { PreToolUse: [own] }, model: 'm' }))
    const before = everything()
    await init('--client', 'claude-code', '--yes')
    const { hooks, model } = parseJson(read('book/.claude/settings.json'))
    expect(model).toBe('m')
    expect(hooks.PreToolUse[0]).toEqual(own)
    const guard = hooks.PreToolUse.find(({ matcher }: { matcher: string }) => /Edit/.test(matcher))
    expect(guard.hooks[0]).toMatchObject({ type: 'command', onFailure: 'block' })
    const [, node, file] = /^"(.*)" "(.*)" cowrite-init:entry$/.exec(guard.hooks[0].command) ?? []
    expect([node, file]).toEqual([process.execPath, join(project, 'dist/hooks/main.js')])
    const typed = ['UserPromptExpansion', 'UserPromptSubmit', 'WorktreeCreate', 'WorktreeRemove']
    const events = ['PostToolUse', 'PreToolUse', 'SessionEnd', 'SessionStart', ...typed]
    expect(Object.keys(hooks).toSorted()).toEqual(events)

    const moved = read('book/.claude/settings.json').replaceAll('dist/hooks/main.js', 'old/main.js')
    put('book/.claude/settings.json', moved)
    await init('--client', 'claude-code', '--yes')
    expect(read('book/.claude/settings.json')).not.toContain('old/main.js')
    await init('--remove', '--yes')
    expect(everything()).toEqual(before)
  })

  it('starts hooks in a way that holds for all who share the folder, where there is one', async () => {
    const { hookCommand } = await import('../../clients/launch.js')
    const bin = join(home, 'bin')
    mkdirSync(bin)
    const world = {
      ...{ project: join(project), home, node: '/usr/bin/node', platform: 'linux' as const },
      ...{ program: join(project, 'dist/cli/main.js'), env: { PATH: bin } },
    }
    expect(await hookCommand(world)).toBe('node "$CLAUDE_PROJECT_DIR/dist/hooks/main.js"')
    symlinkSync(join(project, 'dist/hooks/main.js'), join(bin, 'cowrite-hook'))
    expect(await hookCommand(world)).toBe('cowrite-hook')
    const elsewhere = { ...world, project: home, env: {} }
    const file = join(project, 'dist/hooks/main.js')
    expect(await hookCommand(elsewhere)).toBe(`"/usr/bin/node" "${file}"`)
    const cache = join(home, '.npm/_npx/x/node_modules/cowrite/dist/cli/main.js')
    expect(await hookCommand({ ...elsewhere, program: cache })).toBeNull()
  })

  it('takes nothing along that somebody put beside its hooks', async () => {
    await init('--client', 'claude-code', '--yes')
    const settings = parseJson(read('book/.claude/settings.json'))
    settings.hooks.PreToolUse.push({ hooks: [{ type: 'command', command: 'mine' }] })
    put('book/.claude/settings.json', JSON.stringify(settings, null, 4))
    await init('--remove', '--yes')
    expect(parseJson(read('book/.claude/settings.json'))).toEqual({
      hooks: { PreToolUse: [{ hooks: [{ type: 'command', command: 'mine' }] }] },
    })
  })

  it('finds the clients that this machine has, by their folders and their programs', async () => {
    mkdirSync(join(home, '.gemini'))
    const program = put('bin/codex', '#!/bin/sh\n')
    chmodSync(program, 0o755)
    put('bin/opencode', 'not to be run')
    const { clients: found } = await init()
    expect(found.map(({ client }: { client: string }) => client)).toEqual(['codex', 'gemini'])
  })

  it('away from a terminal shows what it would write, and writes it with --yes', async () => {
    mkdirSync(join(home, '.claude'))
    const before = everything()
    const { status, stdout } = await cowrite(['init'])
    expect(status).toBe(0)
    expect(stdout).toContain('✅ WORKSPACE READY')
    expect(stdout).toContain('• .mcp.json: the server, a new file')
    expect(stdout).toContain('cowrite init --client claude-code --yes')
    expect(everything()).toEqual(before)

    const written = await cowrite(['init', '--yes'])
    expect(written.stdout).toContain('✅ WORKSPACE, AS BEFORE')
    expect(written.stdout).toContain('type: /session start')
    expect(written.stdout).toContain('go on with claude --continue')
    expect(everything()).not.toEqual(before)

    const shown = await cowrite(['init', '--remove'])
    expect(shown.stdout).toContain('cowrite init --client claude-code --remove --yes')
    expect((await cowrite(['init', '--remove', '--yes'])).stdout).toContain('🔌 TAKEN AWAY')
    expect(everything()).toEqual(before)
  })

  it('at a terminal asks first, and writes after a yes alone', async () => {
    await cowrite(['init'])
    const before = everything()
    const line = ['init', '--client', 'claude-code']
    const no = await cowrite(line, { terminal: true, keys: [{ when: 'Write this?', press: 'n\r' }] })
    expect(no.status).toBe(1)
    expect(no.stdout).toContain('• .mcp.json: the server, a new file')
    expect(everything()).toEqual(before)
    const yes = await cowrite(line, { terminal: true, keys: [{ when: 'Write this?', press: 'y\r' }] })
    expect(yes.status).toBe(0)
    expect(existsSync(join(book, '.mcp.json'))).toBe(true)
    const keys = [{ when: 'Take this away?', press: 'y\r' }]
    expect((await cowrite(['init', '--remove'], { terminal: true, keys })).status).toBe(0)
    expect(everything()).toEqual(before)
  })

  it('keeps what other clients still use, until the last of them goes', async () => {
    const before = everything()
    await init('--client', 'gemini', 'cursor', '--yes')
    await init('--remove', '--client', 'gemini', '--yes')
    expect(existsSync(join(book, '.gemini'))).toBe(false)
    expect(existsSync(join(book, '.agents/skills/session/SKILL.md'))).toBe(true)
    const last = await init('--remove', '--yes')
    const changed = last.clients.filter(({ files }: { files: { change: string }[] }) =>
      files.some(({ change }) => change === 'remove'),
    )
    expect(changed.map(({ client }: { client: string }) => client)).toEqual(['cursor'])
    expect(everything()).toEqual(before)
  })

  it('takes away what it can where settings of clients that were never set up are broken', async () => {
    await init('--client', 'claude-code', 'gemini', '--yes')
    put('book/.cursor/mcp.json', '{ "mcpServers": ')
    put('home/.codex/config.toml', 'a =\n')
    writeFileSync(put('home/.copilot/mcp-config.json', ''), Buffer.from([0xff]))
    mkdirSync(join(book, 'opencode.json'))
    put('book/.vscode/mcp.json', '[]')
    const broken = Object.entries(everything()).filter(([path]) =>
      /cursor|codex|copilot|opencode|vscode/.test(path),
    )
    expect((await init('--remove', '--yes')).written).toBe(true)
    expect(
      Object.entries(everything()).filter(([path]) => path !== 'book' && path !== 'home' && path !== 'bin'),
    ).toEqual(broken)
  })

  it('takes nothing away while settings with an entry of its own are broken', async () => {
    await init('--client', 'claude-code', 'cursor', '--yes')
    put('book/.cursor/mcp.json', `${read('book/.cursor/mcp.json')}}`)
    const before = everything()
    const { status, stderr } = await cowrite(['init', '--remove', '--yes'])
    expect(status).toBe(1)
    expect(stderr).toMatch(/\.cursor\/mcp\.json/)
    expect(everything()).toEqual(before)
  })

  it("leaves a server, a skill and a command of the person's own under these names as they are", async () => {
    put('book/.mcp.json', '{ "mcpServers": { "cowrite": { "command": "mine" } } }')
    put('home/.codex/config.toml', '[mcp_servers.cowrite]\ncommand = "mine"\n')
    put('book/.claude/skills/session/SKILL.md', 'mine')
    const before = everything()
    const told = await init('--client', 'claude-code', '--client', 'codex', '--yes')
    const kept = told.clients.flatMap(({ files }: { files: { change: string }[] }) =>
      files.filter(({ change }) => change === 'kept'),
    )
    expect(kept).toHaveLength(3)
    await init('--remove', '--yes')
    expect(everything()).toEqual(before)
  })

  it('renews what is its own, with what somebody added to it, and leaves a skill that somebody changed', async () => {
    await init('--client', 'claude-code', '--yes')
    const settings = parseJson(read('book/.mcp.json'))
    const { cowrite: server } = settings.mcpServers
    const elsewhere = { ...server, command: '/old/node', env: { ...server.env, OWN: '1' } }
    put('book/.mcp.json', JSON.stringify({ mcpServers: { cowrite: elsewhere } }))
    put('book/.claude/skills/retry/SKILL.md', `${read('book/.claude/skills/retry/SKILL.md')}And mine.\n`)
    await init('--client', 'claude-code', '--yes')
    const renewed = parseJson(read('book/.mcp.json')).mcpServers.cowrite
    expect(renewed).toMatchObject({ command: process.execPath, env: { OWN: '1' } })
    await init('--remove', '--yes')
    expect(existsSync(join(book, '.mcp.json'))).toBe(false)
    expect(read('book/.claude/skills/retry/SKILL.md')).toContain('And mine.')
    expect(existsSync(join(book, '.claude/skills/session'))).toBe(false)
  })

  it('leaves words that somebody put after its own, also where it renews those', async () => {
    const args = () => parseJson(read('book/.mcp.json')).mcpServers.cowrite.args
    await init('--client', 'claude-code', '--yes')
    const own = ['mcp', '--tools', 'session,files', '--results', 'both']
    const settings = parseJson(read('book/.mcp.json'))
    settings.mcpServers.cowrite.args.splice(1, 3, ...own)
    put('book/.mcp.json', JSON.stringify(settings))
    expect((await init('--client', 'claude-code', '--yes')).written).toBe(false)
    settings.mcpServers.cowrite.args[0] = '/old/main.js'
    put('book/.mcp.json', JSON.stringify(settings))
    await init('--client', 'claude-code', '--yes')
    expect(args()).toEqual([join(project, 'dist/cli/main.js'), ...own])
  })

  it('offers no tools for files where the client has hooks, and all where it has none', async () => {
    const args = (path: string) => parseJson(read(path)).mcpServers.cowrite.args.slice(1)
    await init('--client', 'claude-code', 'gemini', 'cursor', '--yes')
    expect(args('book/.mcp.json')).toEqual(['mcp', '--tools', 'session'])
    expect(args('book/.gemini/settings.json')).toEqual(['mcp', '--tools', 'session'])
    expect(args('book/.cursor/mcp.json')).toEqual(['mcp'])
    const { planSetup } = await import('../../clients/plan.js')
    const place = {
      project: join(folder, 'other'),
      home,
      env: {},
      platform: 'linux',
      node: '/bin/node',
    } as const
    mkdirSync(join(folder, 'other'))
    // npx keeps no file for hooks to start.
    const { files } = await planSetup(['claude-code'], { ...place, program: '/x/_npx/1/dist/cli/main.js' })
    const server = files.find(({ path }) => path.endsWith('.mcp.json'))
    expect(parseJson(server?.after ?? '').mcpServers.cowrite.args).toEqual(['-y', 'cowrite', 'mcp'])
  })

  it('writes through a link, which stays one, and keeps the mode', async () => {
    const real = put('dotfiles/mcp.json', '{ "own": 1 }\n')
    chmodSync(real, 0o640)
    symlinkSync('../dotfiles/mcp.json', join(book, '.mcp.json'))
    mkdirSync(join(home, '.codex'))
    symlinkSync(join(folder, 'dotfiles', 'codex.toml'), join(home, '.codex', 'config.toml'))
    const before = everything()
    await init('--client', 'claude-code', 'codex', '--yes')
    expect(lstatSync(join(book, '.mcp.json')).isSymbolicLink()).toBe(true)
    expect(parseJson(readFileSync(real, 'utf8'))).toHaveProperty('mcpServers.cowrite')
    expect(lstatSync(real).mode & 0o777).toBe(0o640)
    expect(read('dotfiles/codex.toml')).toContain('[mcp_servers.cowrite]')
    await init('--remove', '--client', 'claude-code', 'codex', '--yes')
    expect(everything()).toEqual(before)
  })

  it('says where links lead out of the folder, writes there, and takes away exactly that', async () => {
    put('elsewhere/mine/SKILL.md', 'mine\n')
    put('dotfiles/cursor.json', '{}\n')
    mkdirSync(join(book, '.agents'))
    mkdirSync(join(book, '.cursor'))
    symlinkSync('../../elsewhere', join(book, '.agents/skills'))
    symlinkSync(join(folder, 'dotfiles/cursor.json'), join(book, '.cursor/mcp.json'))
    const before = [everything(), readdirSync(join(folder, 'elsewhere'))]

    const skill = join(folder, 'elsewhere/session/SKILL.md')
    const { stdout } = await cowrite(['init', '--client', 'cursor'])
    expect(stdout).toContain(
      `.agents/skills/session/SKILL.md: the skill, a new file\n       ⚠️ A link leads out of this folder: ${skill}\n`,
    )
    expect(stdout).toContain(`⚠️ A link leads out of this folder: ${join(folder, 'dotfiles/cursor.json')}\n`)
    const written = await init('--client', 'cursor', '--yes')
    expect(written.clients).toMatchObject([
      { files: expect.arrayContaining([expect.objectContaining({ leads_to: skill })]) },
    ])
    expect(existsSync(skill)).toBe(true)

    await init('--remove', '--client', 'cursor', '--yes')
    expect([everything(), readdirSync(join(folder, 'elsewhere'))]).toEqual(before)
    expect(read('dotfiles/cursor.json')).toBe('{}\n')
  })

  it('tells of what several clients share as one file, when it is put there and when it goes', async () => {
    const named = ['--client', 'vscode', '--client', 'copilot']
    const { stdout } = await cowrite(['init', ...named])
    const shared = '.agents/skills/session/SKILL.md: the skill, a new file'
    expect(stdout).toContain(`${shared}\n`)
    expect(stdout).toContain(`${shared} (shared with `)
    expect(stdout).not.toContain('there already')
    await init(...named, '--yes')
    const gone = await cowrite(['init', '--remove'])
    expect(gone.stdout).toContain(
      '.agents/skills/session/SKILL.md: the skill, taken out (shared with Copilot CLI)',
    )
  })

  it('heeds CODEX_HOME', async () => {
    const env = { HOME: home, CODEX_HOME: join(folder, 'elsewhere') }
    expect((await cowrite(['init', '--client', 'codex', '--yes'], { env })).status).toBe(0)
    expect(read('elsewhere/config.toml')).toContain('[mcp_servers.cowrite]')
    expect(existsSync(join(home, '.codex'))).toBe(false)
  })
})

describe('how the server is started', () => {
  const started = async (program: string, path = join(folder, 'bin')) => {
    const { launcher } = await import('../../clients/launch.js')
    const world = {
      project: book,
      home,
      env: { PATH: path },
      platform: 'linux',
      node: '/bin/node',
      program,
    } as const
    return launcher(world)
  }

  it('by its name where that is on the PATH and is this program', async () => {
    const program = put('lib/dist/cli/main.js', '')
    chmodSync(program, 0o755)
    symlinkSync(program, join(folder, 'bin', 'cowrite'))
    expect(await started(program)).toEqual(['cowrite'])
    expect(await started(put('other/main.js', ''))).toEqual(['/bin/node', join(folder, 'other/main.js')])
  })

  it('no hook where npx runs it: its file may be gone tomorrow', async () => {
    const { hookCommand } = await import('../../clients/launch.js')
    const world = { project: book, home, env: {}, platform: 'linux', node: '/a "b"/node' } as const
    expect(await hookCommand({ ...world, program: '/x/_npx/1/dist/cli/main.js' })).toBeNull()
    expect(await hookCommand({ ...world, program: '/$x/dist/cli/main.js' })).toBe(
      String.raw`"/a \"b\"/node" "/\$x/dist/hooks/main.js"`,
    )
  })

  it('by npx where npx runs it, and by its whole path elsewhere', async () => {
    expect(await started('/home/me/.npm/_npx/1a2b/node_modules/cowrite/dist/cli/main.js')).toEqual([
      'npx',
      '-y',
      'cowrite',
    ])
    expect(await started('/opt/cowrite/dist/cli/main.js')).toEqual([
      '/bin/node',
      '/opt/cowrite/dist/cli/main.js',
    ])
  })
})

describe('what cannot be done is refused, and nothing is written', () => {
  const refused = async (code: string, about: RegExp) => {
    const before = everything()
    const { status, stdout } = await cowrite(['init', ...all, '--yes', '--json'])
    const { error } = JSON.parse(stdout)
    expect(error).toMatchObject({ code, message: expect.stringMatching(about) })
    expect(error.next_steps[0]).toMatch(/\w/)
    expect(status).toBe(code === 'CANNOT_WRITE' ? 9 : 1)
    expect(everything()).toEqual(before)
    expect(existsSync(join(book, 'workspace'))).toBe(false)
  }

  it('JSON that is none', async () => {
    put('book/.vscode/mcp.json', '{ "servers": ')
    await refused('WRONG_KIND', /\.vscode\/mcp\.json: line 1 is no JSON/)
    const { stderr } = await cowrite(['init', '--client', 'vscode', '--yes'])
    expect(stderr).toMatch(/line 1 is no JSON.*Nothing was written/)
    expect(stderr).toContain('💡 Next steps:')
  })

  it('a list where the servers should be', async () => {
    put('book/.mcp.json', '{ "mcpServers": [] }')
    await refused('WRONG_KIND', /mcpServers is no object/)
  })

  it('hooks that are no lists', async () => {
    put('book/.claude/settings.json', '{ "hooks": { "SessionStart": {} } }')
    await refused('WRONG_KIND', /hooks\.SessionStart is no list/)
    put('book/.claude/settings.json', '{ "hooks": [] }')
    await refused('WRONG_KIND', /hooks is no object/)
  })

  it('TOML that is none, and servers that are written in one line', async () => {
    put('home/.codex/config.toml', 'a =\n')
    await refused('WRONG_KIND', /config\.toml: line 1 is no TOML/)
    put('home/.codex/config.toml', 'mcp_servers = { own = { command = "x" } }\n')
    await refused('WRONG_KIND', /config\.toml/)
  })

  it('text that is no UTF-8', async () => {
    writeFileSync(join(book, '.mcp.json'), Buffer.from([0x7b, 0xff, 0x7d]))
    await refused('WRONG_KIND', /not UTF-8/)
  })

  it('a folder in the place of the settings', async () => {
    mkdirSync(join(book, '.mcp.json'))
    await refused('WRONG_KIND', /it is no file/)
  })

  it('a file and a folder that are read-only', async () => {
    chmodSync(put('book/.cursor/mcp.json', '{}'), 0o444)
    await refused('CANNOT_WRITE', /\.cursor\/mcp\.json cannot be written: EACCES/)
    chmodSync(join(book, '.cursor/mcp.json'), 0o644)
    mkdirSync(join(book, '.agents'))
    chmodSync(join(book, '.agents'), 0o555)
    await refused('CANNOT_WRITE', /SKILL\.md cannot be written: EACCES/)
    chmodSync(join(book, '.agents'), 0o755)
  })

  it('a client that is not known', async () => {
    const { status, stderr } = await cowrite(['init', '--client', 'emacs'])
    expect(status).toBe(1)
    expect(stderr).toContain('claude-code')
  })

  it('taking away what is left of a server that somebody told the client more about', async () => {
    await init('--client', 'codex', '--yes')
    const grown = `${read('home/.codex/config.toml')}\n[mcp_servers.cowrite.env]\nOWN = "1"\n`
    put('home/.codex/config.toml', grown)
    const { status, stderr } = await cowrite(['init', '--remove', '--client', 'codex', '--yes'])
    expect(status).toBe(1)
    expect(stderr).toMatch(/take that out first/)
    expect(read('home/.codex/config.toml')).toBe(grown)
  })

  it('tells what could not be put back after a step that failed', async () => {
    const { apply } = await import('../../clients/apply.js')
    // So long that no file with a longer name can be laid beside it.
    const path = put(`book/${'n'.repeat(250)}`, 'old')
    const file = { path, target: path, before: 'old', after: null, foldersToo: 0 }
    const failure = await apply([file, file]).catch((error) => error)
    expect(failure.obstacle).toMatchObject({
      code: 'CANNOT_WRITE',
      left: [`${path} could not be put back: ENAMETOOLONG`],
    })

    const { SetupError, describeSetup } = await import('../../cli/setup-error.js')
    const told = describeSetup(new SetupError(failure.obstacle, []))
    expect(told.text).toMatch(/Not all could be undone: .* could not be put back: ENAMETOOLONG/)
    expect(told.text).not.toContain('Nothing was written')
  })

  it('puts everything back when a step fails on the way', async () => {
    const { apply } = await import('../../clients/apply.js')
    const one = put('book/one', 'old')
    const before = everything()
    const blocked = join(book, 'two')
    const files = [
      { path: one, target: one, before: 'old', after: 'new', foldersToo: 0 },
      {
        path: join(book, 'deep/er/file'),
        target: join(book, 'deep/er/file'),
        before: null,
        after: 'x',
        foldersToo: 0,
      },
      { path: blocked, target: blocked, before: null, after: 'x', foldersToo: 0 },
      // A folder cannot take the place of a file.
      { path: blocked, target: join(blocked, 'in'), before: null, after: 'x', foldersToo: 0 },
      { path: blocked, target: blocked, before: null, after: null, foldersToo: 0 },
    ]
    const failure = await apply(files).catch((error) => error)
    expect(failure.obstacle.message).toMatch(/cannot be written/)
    expect(failure.obstacle.left).toBeUndefined()
    expect(everything()).toEqual(before)
  })
})

it('each client says how a session is started, and every place is one of its kind', () => {
  for (const name of clientNames) {
    const { firstWords, parts } = clients[name]
    expect(firstWords).toMatch(/session/)
    expect(parts.map(({ kind }) => kind)).toContain('file')
    for (const { place } of parts) for (const path of place.paths) expect(path).not.toMatch(/^[/~]|\.\./)
  }
})
