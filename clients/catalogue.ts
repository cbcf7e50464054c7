/** The clients, and what each is given: the one table of their formats. */
import type { ClientName } from './names.js'
import { opencodePlugin } from './opencode-plugin.js'

/** Where a file lies: in the workspace, or in the person's own folder. */
export interface Place {
  in: 'project' | 'home'
  /** Several: the first that is there, else the first. */
  paths: readonly string[]
  /** A variable that names the folder which the path's own first part else names. */
  unless?: string
}

/** An entry in a JSON file for the server. */
export interface JsonServer {
  kind: 'json'
  place: Place
  at: readonly string[]
  /** `mark` says that it was put there by init, and what was made for it. */
  entry(command: readonly string[], mark: string): Record<string, unknown>
  commandOf(entry: Record<string, unknown>): unknown[]
  markOf(entry: Record<string, unknown>): unknown
}

export interface TomlServer {
  kind: 'toml'
  place: Place
  content(command: readonly string[]): string
}

/** When a client calls its hook. */
export interface HookCall {
  event: string
  /** For which tools. */
  matcher?: string
  /** In seconds. */
  timeout: number
  /** Whether the tool is kept from running where the hook cannot start. */
  guards?: boolean
  /** With it the client does something in another way in every folder: a plugin, which is there in all, goes without. */
  inWorkspaceOnly?: boolean
}

/** The hooks in a client's settings, in the form of Claude Code. */
export interface Hooks {
  kind: 'hooks'
  place: Place
  calls: readonly HookCall[]
  /** Where it tells of its tools in a form of its own: its times are in milliseconds, and status 2 keeps a tool back. */
  bridge?: 'gemini'
}

/** A file of our own. */
export interface OwnFile {
  kind: 'file'
  place: Place
  /** A file of this package, the text itself, or one that starts the bridge by these words. */
  from: { packaged: string } | { text: string } | { bridge: string; text(words: readonly string[]): string }
}

/** A list of MCP servers that a client reads. */
export interface ServerList {
  place: Place
  /** The keys that lead to it; the workspace's own folder for `thisFolder`. */
  at: readonly (string | typeof thisFolder)[]
  format?: 'toml'
}

/** In a file of the person's own that has a part for each folder. */
export const thisFolder = Symbol('this folder')

/** How a client has variables stand in its list of servers; `unset` is what it makes of one that has no value. */
export interface Variables {
  /** `${NAME}` or `${env:NAME}`; `$NAME` as well; `{env:NAME}`. */
  spelled: 'in braces' | 'with a dollar' | 'as env'
  unset: 'problem' | 'empty' | 'kept'
}

export type Part = JsonServer | TomlServer | Hooks | OwnFile

export interface Client {
  title: string
  /** It is on this machine where one of these can be started, or one of these lies in the person's folder. */
  programs: readonly string[]
  folders: readonly string[]
  /** How a first session is asked for. */
  firstWords: string
  parts: readonly Part[]
  /** Where it looks for servers: of one name, the first counts. */
  servers: readonly ServerList[]
  variables: Variables | null
  /** What a person has to know of it. */
  note?: string
  /** What becomes of a chat that is open while it is set up. */
  openChats?: string
}

/** The name of the variable that marks an entry of ours. */
const markName = 'COWRITE_INIT'

type Entry = Record<string, unknown>

const markIn = (field: string) => (entry: Entry) => (entry[field] as Entry | undefined)?.[markName]

function jsonServer(place: Place, list: string, extra: { before?: Entry; after?: Entry } = {}): JsonServer {
  return {
    kind: 'json',
    place,
    at: [list, 'cowrite'],
    entry: ([command, ...args], mark) => ({
      ...extra.before,
      command,
      args,
      env: { [markName]: mark },
      ...extra.after,
    }),
    commandOf: ({ command, args }) => [command, ...(Array.isArray(args) ? args : [])],
    markOf: markIn('env'),
  }
}

const inProject = (...paths: string[]): Place => ({ in: 'project', paths })
const inHome = (...paths: string[]): Place => ({ in: 'home', paths })
const listIn = (place: Place, ...at: ServerList['at']): ServerList => ({ place, at })
const settingsOfClaude: Place = { ...inHome('.claude.json'), unless: 'CLAUDE_CONFIG_DIR' }
const settingsOfCodex: Place = { ...inHome('.codex/config.toml'), unless: 'CODEX_HOME' }
const settingsOfCopilot: Place = { ...inHome('.copilot/mcp-config.json'), unless: 'COPILOT_HOME' }

function skillsIn(folder: string): OwnFile[] {
  return ['session', 'retry'].map((name) => ({
    kind: 'file',
    place: inProject(`${folder}/${name}/SKILL.md`),
    from: { packaged: `skill/${name}/SKILL.md` },
  }))
}

/** The folder that clients share for skills, so that one copy serves them all. */
const sharedSkills = skillsIn('.agents/skills')

const opencodeServer: JsonServer = {
  ...jsonServer(inProject('opencode.json', 'opencode.jsonc'), 'mcp'),
  entry: (command, mark) => ({
    type: 'local',
    command: [...command],
    environment: { [markName]: mark },
    enabled: true,
  }),
  commandOf: ({ command }) => (Array.isArray(command) ? command : []),
  markOf: markIn('environment'),
}

const geminiWriters = '^(write_file|replace|run_shell_command)$'

const geminiHooks: Hooks = {
  kind: 'hooks',
  place: inProject('.gemini/settings.json'),
  bridge: 'gemini',
  // None at a chat's start: what it says stands before the first line that is typed, which is then no command any more.
  calls: [
    { event: 'BeforeTool', matcher: geminiWriters, timeout: 60, guards: true },
    { event: 'BeforeTool', matcher: '^read_file$', timeout: 30 },
    { event: 'AfterTool', matcher: geminiWriters, timeout: 30 },
    { event: 'SessionEnd', timeout: 5 },
  ],
}

const claudeHooks: Hooks = {
  kind: 'hooks',
  place: inProject('.claude/settings.json'),
  calls: [
    { event: 'SessionStart', timeout: 30 },
    { event: 'UserPromptSubmit', timeout: 30 },
    { event: 'UserPromptExpansion', timeout: 30 },
    { event: 'PreToolUse', matcher: 'Write|Edit|NotebookEdit|Bash', timeout: 60, guards: true },
    { event: 'PreToolUse', matcher: 'Read|Grep|Glob', timeout: 30 },
    { event: 'PostToolUse', matcher: 'Write|Edit|NotebookEdit|Bash', timeout: 30 },
    { event: 'SessionEnd', timeout: 5 },
    { event: 'PreToolUse', matcher: 'EnterWorktree', timeout: 30, inWorkspaceOnly: true },
    // A copy of a large workspace takes its time.
    { event: 'WorktreeCreate', timeout: 600, inWorkspaceOnly: true },
    { event: 'WorktreeRemove', timeout: 600, inWorkspaceOnly: true },
  ],
}

function opencodeCommand(name: string, description: string): OwnFile {
  return {
    kind: 'file',
    place: inProject(`.opencode/command/${name}.md`),
    from: {
      text: `---\ndescription: ${description}\n---\nUse the skill \`${name}\` for what was typed:\n\n/${name} $ARGUMENTS\n`,
    },
  }
}

export const clients: Record<ClientName, Client> = {
  'claude-code': {
    title: 'Claude Code',
    programs: ['claude'],
    folders: ['.claude', '.claude.json'],
    firstWords: '/session start my-first-session',
    // A skill of the project may take the name of the built-in /session; one of a plugin may not.
    parts: [jsonServer(inProject('.mcp.json'), 'mcpServers'), ...skillsIn('.claude/skills'), claudeHooks],
    servers: [
      listIn(settingsOfClaude, 'projects', thisFolder, 'mcpServers'),
      listIn(inProject('.mcp.json'), 'mcpServers'),
      listIn(settingsOfClaude, 'mcpServers'),
    ],
    variables: { spelled: 'in braces', unset: 'problem' },
    note: 'it asks once whether the server of this folder may run',
    openChats:
      'a chat that is open here has none of this yet: leave it (/exit), and go on with claude --continue',
  },
  codex: {
    title: 'Codex',
    programs: ['codex'],
    folders: ['.codex'],
    firstWords: '$session start my-first-session',
    parts: [
      {
        kind: 'toml',
        // Servers in a project's own .codex/config.toml are not read by every version.
        place: settingsOfCodex,
        content: ([command, ...args]) =>
          `[mcp_servers.cowrite]\ncommand = ${JSON.stringify(command)}\nargs = [${args.map((word) => JSON.stringify(word)).join(', ')}]\n`,
      },
      ...sharedSkills,
    ],
    servers: [inProject('.codex/config.toml'), settingsOfCodex].map((place) => ({
      ...listIn(place, 'mcp_servers'),
      format: 'toml',
    })),
    variables: null,
    note: "its servers are yours, not the folder's: this one is there in every folder",
  },
  gemini: {
    title: 'Gemini CLI',
    programs: ['gemini'],
    folders: ['.gemini'],
    firstWords: '/session start my-first-session',
    parts: [jsonServer(inProject('.gemini/settings.json'), 'mcpServers'), ...sharedSkills, geminiHooks],
    servers: [inProject('.gemini/settings.json'), inHome('.gemini/settings.json')].map((place) =>
      listIn(place, 'mcpServers'),
    ),
    variables: { spelled: 'with a dollar', unset: 'kept' },
    note: 'once you trust the folder, for which it asks',
  },
  opencode: {
    title: 'opencode',
    programs: ['opencode'],
    folders: ['.config/opencode', '.opencode', '.local/share/opencode'],
    firstWords: '/session start my-first-session',
    parts: [
      opencodeServer,
      ...sharedSkills,
      // Its prompts of servers are named after the server; a command of the folder has the plain name.
      opencodeCommand('session', 'Work in a session - start, status, diff, commit, undo'),
      opencodeCommand('retry', 'Keep a rejected version of a file, with the reason'),
      {
        kind: 'file',
        place: inProject('.opencode/plugin/cowrite.js'),
        from: { bridge: 'opencode', text: opencodePlugin },
      },
    ],
    servers: [
      listIn(inProject('opencode.json', 'opencode.jsonc'), 'mcp'),
      listIn(inHome('.config/opencode/opencode.json', '.config/opencode/opencode.jsonc'), 'mcp'),
    ],
    variables: { spelled: 'as env', unset: 'empty' },
  },
  copilot: {
    title: 'Copilot CLI',
    programs: ['copilot'],
    folders: ['.copilot'],
    firstWords: 'session start my-first-session',
    parts: [
      jsonServer(settingsOfCopilot, 'mcpServers', {
        before: { type: 'local' },
        after: { tools: ['*'] },
      }),
      ...sharedSkills,
    ],
    servers: [listIn(settingsOfCopilot, 'mcpServers')],
    variables: { spelled: 'in braces', unset: 'empty' },
    note: "its servers are yours, not the folder's; /session is a command of its own, so leave the stroke out",
  },
  cursor: {
    title: 'Cursor',
    programs: ['cursor', 'cursor-agent'],
    folders: ['.cursor'],
    firstWords: '/session start my-first-session',
    parts: [jsonServer(inProject('.cursor/mcp.json'), 'mcpServers'), ...sharedSkills],
    servers: [inProject('.cursor/mcp.json'), inHome('.cursor/mcp.json')].map((place) =>
      listIn(place, 'mcpServers'),
    ),
    variables: { spelled: 'in braces', unset: 'empty' },
  },
  vscode: {
    title: 'VS Code',
    programs: ['code'],
    folders: ['.vscode'],
    firstWords: '/mcp.cowrite.session',
    parts: [
      jsonServer(inProject('.vscode/mcp.json'), 'servers', { before: { type: 'stdio' } }),
      ...sharedSkills,
    ],
    servers: [
      listIn(inProject('.vscode/mcp.json'), 'servers'),
      listIn(
        inHome(
          '.config/Code/User/mcp.json',
          'Library/Application Support/Code/User/mcp.json',
          'AppData/Roaming/Code/User/mcp.json',
        ),
        'servers',
      ),
    ],
    variables: { spelled: 'in braces', unset: 'empty' },
  },
}
