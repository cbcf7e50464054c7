/** The clients that are tried: how each is had, how a line is typed into it, and how its own tools are called. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { anthropic } from './anthropic.js'
import type { Book } from './book.js'
import { type Chat, startChat } from './chat.js'
import { gemini } from './gemini.js'
import { type Installed, install } from './install.js'
import { openaiChat } from './openai-chat.js'
import { openaiResponses } from './openai-responses.js'
import type { Wire } from './wire.js'

/** A call of a tool. */
export type ToolCall = [name: string, input: unknown]

export interface Typing {
  /** The line; the first word of it is a command of cowrite's. */
  line: string
  /** Whether it goes on in the chat of before. */
  again?: boolean
  /** Words before the client's own, such as `cowrite run --`. */
  inside?: readonly string[]
}

export interface LiveClient {
  name: 'claude-code' | 'codex' | 'gemini' | 'opencode'
  title: string
  package: { name: string; version: string; bin: string }
  /** Before the names of cowrite's tools. */
  prefix: string
  /** Whether it starts its servers while the model is at work already: then their tools come later. */
  startsLate?: boolean
  /** How a person begins a line that means a skill of cowrite's. */
  typed(skill: 'session' | 'retry', rest: string): string
  /** What of it the model is given, to know it by. */
  knows: Record<'session' | 'retry', RegExp>
  /** Its own tools; paths are absolute. Null where it has none of the kind. */
  read(path: string): ToolCall | null
  write(path: string, text: string): ToolCall | null
  edit(path: string, before: string, after: string): ToolCall | null
  shell(command: string): ToolCall
  wire: Wire
  command(program: string, typing: Typing, url: string): string[]
  env(url: string): Record<string, string>
  /** The person's own settings, before anything of cowrite's. */
  furnish(book: Book): void
}

const skillText = { session: /^# Session$/m, retry: /^# Retry$/m }

export const claudeCode: LiveClient = {
  name: 'claude-code',
  title: 'Claude Code',
  package: { name: '@anthropic-ai/claude-code', version: '2.1.329', bin: 'claude' },
  prefix: 'mcp__cowrite__',
  typed: (skill, rest) => `/${skill} ${rest}`,
  knows: skillText,
  read: (file_path) => ['Read', { file_path }],
  write: (file_path, content) => ['Write', { file_path, content }],
  edit: (file_path, old_string, new_string) => ['Edit', { file_path, old_string, new_string }],
  shell: (command) => ['Bash', { command, description: 'Works on the book' }],
  wire: anthropic,
  command: (program, { line, again }) => [
    ...[program, '-p', line, '--output-format', 'stream-json', '--verbose', ...(again ? ['--continue'] : [])],
    ...[
      '--allowedTools',
      'Read',
      'Write',
      'Edit',
      'NotebookEdit',
      'Bash',
      'mcp__cowrite',
      'mcp__plugin_cowrite_cowrite',
    ],
  ],
  env: (url) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'none',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  }),
  furnish() {},
}

export const codex: LiveClient = {
  name: 'codex',
  title: 'Codex',
  package: { name: '@openai/codex', version: '0.169.0', bin: 'codex' },
  prefix: 'mcp__cowrite__',
  startsLate: true,
  typed: (skill, rest) => `$${skill} ${rest}`,
  knows: skillText,
  read: () => null,
  write: () => null,
  edit: () => null,
  shell: (cmd) => ['exec_command', { cmd }],
  wire: openaiResponses,
  command: (program, { line, again }) => [
    ...[program, 'exec', ...(again ? ['resume', '--last'] : []), '--skip-git-repo-check', '--json'],
    ...['--dangerously-bypass-approvals-and-sandbox', line],
  ],
  env: () => ({}),
  furnish(book) {
    mkdirSync(join(book.home, '.codex'))
    writeFileSync(join(book.home, '.codex', 'config.toml'), 'model = "m"\n')
  },
}

export const geminiCli: LiveClient = {
  name: 'gemini',
  title: 'Gemini CLI',
  package: { name: '@google/gemini-cli', version: '0.61.0', bin: 'gemini' },
  prefix: 'mcp_cowrite_',
  typed: (skill, rest) => `/${skill} ${rest}`,
  knows: {
    session: /Call the cowrite tool create_session/,
    retry: /Call the cowrite tool record_human_retry/,
  },
  read: (file_path) => ['read_file', { file_path }],
  write: (file_path, content) => ['write_file', { file_path, content }],
  edit: (file_path, old_string, new_string) => [
    'replace',
    { file_path, old_string, new_string, instruction: 'Replaces a word' },
  ],
  shell: (command) => ['run_shell_command', { command, description: 'Works on the book' }],
  wire: gemini,
  command: (program, { line, again }) => [
    ...[program, '-y', '-o', 'stream-json', '-m', 'gemini-2.5-pro', ...(again ? ['--resume', 'latest'] : [])],
    ...['-p', line],
  ],
  env: (url) => ({ GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_TRUST_WORKSPACE: 'true' }),
  furnish(book) {
    const own = {
      security: { auth: { selectedType: 'gemini-api-key' } },
      privacy: { usageStatisticsEnabled: false },
    }
    mkdirSync(join(book.home, '.gemini'))
    writeFileSync(join(book.home, '.gemini', 'settings.json'), JSON.stringify(own))
  },
}

export const opencode: LiveClient = {
  name: 'opencode',
  title: 'opencode',
  package: { name: 'opencode-ai', version: '1.18.33', bin: 'opencode' },
  prefix: 'cowrite_',
  typed: (skill, rest) => `/${skill} ${rest}`,
  knows: {
    session: /Use the skill `session` for what was typed/,
    retry: /Use the skill `retry` for what was typed/,
  },
  read: (filePath) => ['read', { filePath }],
  write: (filePath, content) => ['write', { filePath, content }],
  edit: (filePath, oldString, newString) => ['edit', { filePath, oldString, newString }],
  shell: (command) => ['bash', { command, description: 'Works on the book' }],
  wire: openaiChat,
  command(program, { line, again }) {
    const [, skill = '', rest = ''] = /^\/(\w+) (.*)$/s.exec(line) ?? []
    return [
      program,
      'run',
      '--format',
      'json',
      '--auto',
      ...(again ? ['--continue'] : []),
      '--command',
      skill,
      rest,
    ]
  },
  env: (url) => {
    const options = { baseURL: `${url}/v1`, apiKey: 'none' }
    const fake = { npm: '@ai-sdk/openai-compatible', name: 'fake', options, models: { m: { name: 'm' } } }
    return {
      OPENCODE_CONFIG_CONTENT: JSON.stringify({ model: 'fake/m', provider: { fake } }),
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    }
  },
  furnish() {},
}

export const liveClients = [claudeCode, codex, geminiCli, opencode]

export function installed({ package: { name, version, bin } }: LiveClient): Installed | { missing: string } {
  return install(name, version, bin)
}

/** Types a line into the client, in the book. */
export function type(client: LiveClient, program: string, book: Book, typing: Typing): Promise<Chat> {
  return startChat(book, client.wire, ({ url }) => ({
    command: [...(typing.inside ?? []), ...withModel(client.command(program, typing, url), client, url)],
    env: client.env(url),
  }))
}

/** Codex takes its provider from its command line. */
function withModel(command: string[], { name }: LiveClient, url: string): string[] {
  if (name !== 'codex') return command
  const [program = '', exec = '', ...rest] = command
  const provider = `model_providers.fake={ name = "fake", base_url = "${url}/v1", wire_api = "responses" }`
  return [program, exec, '-c', 'model_provider="fake"', '-c', provider, ...rest]
}
