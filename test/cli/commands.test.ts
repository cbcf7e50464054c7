/** Every command of the grammar, against the real list of operations. */
import { describe, expect, it } from 'vitest'
import type { Rooms } from '../../cli/io.js'
import * as room from '../../lib/operations/index.js'
import type { Operation } from '../../lib/operations/operation.js'
import { run } from './fake-io.js'
import { fakeRooms } from './fake-rooms.js'

interface Recorded {
  operation: string
  input: unknown
}

/** The real operations, their work replaced by a note of it. */
function recording(): { rooms: Rooms; calls: Recorded[] } {
  const calls: Recorded[] = []
  const operations = room.operations.map(
    (operation): Operation => ({
      ...operation,
      run: async (_context, input) => {
        calls.push({ operation: operation.name, input })
        return { content: '', encoding: 'utf-8', findings: [] }
      },
      render: () => 'done',
    }),
  )
  return { calls, rooms: { ...fakeRooms().rooms, operations: async () => ({ ...room, operations }) } }
}

async function callOf(line: string[], input?: string): Promise<Recorded | undefined> {
  const { rooms, calls } = recording()
  const { status, stderr } = await run(line, { rooms, cwd: '/', ...(input === undefined ? {} : { input }) })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return calls[0]
}

const grammar: [line: string[], operation: string, input: Record<string, unknown>][] = [
  [['session', 'start', 'ch-1'], 'create_session', { name: 'ch-1', description: '' }],
  [['session', 'start', 'ch-1', 'All scenes'], 'create_session', { name: 'ch-1', description: 'All scenes' }],
  [['session', 'start', '--idempotent'], 'create_session', { idempotent: true }],
  [
    ['session', 'start', 'a', '--idempotent', '--auto-end-stale=24h', '--agent-id', 'me'],
    'create_session',
    { name: 'a', idempotent: true, auto_end_stale: '24h', agent_id: 'me' },
  ],
  [['session', 'list'], 'list_sessions', { all: false, limit: 20, offset: 0 }],
  [
    ['session', 'list', '--all', '--status', 'active', '--agent', 'a', '--source', 'codex'],
    'list_sessions',
    { all: true, status: 'active', agent_id: 'a', source: 'codex' },
  ],
  [['session', 'list', '--thread', 'a'], 'list_sessions', { agent_id: 'a' }],
  [['session', 'list', '-t', 'a'], 'list_sessions', { agent_id: 'a' }],
  [['session', 'list', '--page', '3'], 'list_sessions', { limit: 20, offset: 40 }],
  [['session', 'list', '--page', '2', '--page-size', '50'], 'list_sessions', { limit: 50, offset: 50 }],
  [['session', 'status'], 'get_active_session', {}],
  [['session', 'show', 'a'], 'get_session', { session_id: 'a', with_history: false }],
  [['session', 'show', '--with-history'], 'get_session', { with_history: true }],
  [['session', 'search', 'too dark', '--limit', '5'], 'search_sessions', { query: 'too dark', limit: 5 }],
  [['session', 'stats', '--since', '30d', '--by-agent'], 'session_stats', { since: '30d', by_agent: true }],
  [['session', 'stats', '--by-thread', '--by-date'], 'session_stats', { by_agent: true, by_date: true }],
  [['session', 'export', 'a', '--format', 'csv'], 'export_session', { session_id: 'a', format: 'csv' }],
  [['session', 'delete', 'a', '--force'], 'delete_session', { session_id: 'a', force: true }],
  [['session', 'delete', 'a', '-f'], 'delete_session', { session_id: 'a', force: true }],
  [
    ['session', 'prune', '--older-than', '90d', '--agent', 'a'],
    'prune_sessions',
    { older_than: '90d', agent_id: 'a', force: false },
  ],
  [['session', 'prune', '--thread', 'a', '--dry-run'], 'prune_sessions', { agent_id: 'a', force: false }],
  [['session', 'terminate', 'a', '--yes'], 'cancel_session', { name: 'a', backup_retries: true }],
  [['session', 'switch', 'a'], 'switch_session', { name: 'a' }],
  [['session', 'commit'], 'commit_session', { force: false, include_ignored: false }],
  [
    [
      'session',
      'commit',
      'a',
      '--force',
      '--expect',
      'd1',
      '--on-conflict',
      'keep-global',
      '--include-ignored',
    ],
    'commit_session',
    { name: 'a', force: true, expect: 'd1', on_conflict: 'keep_global', include_ignored: true },
  ],
  [
    ['session', 'commit', '--file', 'a,b.md', '--files', 'c.md,d.md'],
    'commit_session',
    { files: ['a,b.md', 'c.md', 'd.md'] },
  ],
  [['session', 'cancel'], 'cancel_session', { backup_retries: true }],
  [
    ['session', 'cancel', 'a', '--no-backup-retries', '--yes'],
    'cancel_session',
    { name: 'a', backup_retries: false },
  ],
  [['session', 'diff'], 'diff_session', {}],
  [
    ['session', 'diff', 'a', '--file', 'x.md', '--words'],
    'diff_session',
    { name: 'a', files: ['x.md'], words: true },
  ],
  [['session', 'diff', '--no-words'], 'diff_session', { words: false }],
  [['session', 'commits'], 'list_commits', {}],
  [['session', 'undo'], 'undo_commit', {}],
  [['session', 'undo', '0001'], 'undo_commit', { commit_id: '0001' }],
  [['session', 'recover', 'a'], 'recover_session', { name: 'a' }],
  [['retry', 'scene.md', 'Too dry'], 'record_human_retry', { file_path: 'scene.md', reason: 'Too dry' }],
  [['retries'], 'list_retries', {}],
  [['retries', 'scene.md', '--retry', '2'], 'list_retries', { file_path: 'scene.md', retry: 2 }],
  [['restore', 'scene.md', '2'], 'restore_retry', { file_path: 'scene.md', retry: 2 }],
  [['file', 'read', 'a.md', '--offset', '5', '--limit', '9'], 'read_session_file', { offset: 5, limit: 9 }],
  [['file', 'write', 'a.md', 'text'], 'write_session_file', { file_path: 'a.md', content: 'text' }],
  [['file', 'write', 'a.md', '--content', 'text'], 'write_session_file', { content: 'text' }],
  [['file', 'write', 'a.md', '--if-match', 'e'], 'write_session_file', { content: 'piped', if_match: 'e' }],
  [
    ['file', 'edit', 'a.md', 'old', 'new', '--replace-all'],
    'edit_session_file',
    { file_path: 'a.md', old_string: 'old', new_string: 'new', replace_all: true },
  ],
  [['file', 'edit', 'a.md', 'old', ''], 'edit_session_file', { new_string: '' }],
  [['file', 'rm', 'a.md'], 'delete_session_file', { file_path: 'a.md' }],
  [['file', 'mv', 'a.md', 'b.md'], 'move_session_file', { source: 'a.md', destination: 'b.md' }],
  [['file', 'ls'], 'list_session_files', { folder: '' }],
  [
    ['file', 'ls', 'acts', '--glob', '*.md', '--recursive'],
    'list_session_files',
    { folder: 'acts', glob: '*.md', recursive: true },
  ],
  [
    ['file', 'search', 'whale', '--regex', '--limit', '3'],
    'search_session_text',
    { query: 'whale', regex: true, limit: 3 },
  ],
  [['session', 'start', 'b', '--from', 'a'], 'create_session', { name: 'b', from: 'a' }],
  [
    [
      'session',
      'start',
      'b',
      '--template',
      't',
      '--allowed-paths',
      'a/**,b',
      '--read-only-path',
      'c',
      '--allowed-tools',
      'Read',
    ],
    'create_session',
    { template: 't', allowed_paths: ['a/**', 'b'], read_only_paths: ['c'], allowed_tools: ['Read'] },
  ],
  [['session', 'diff', 'a', 'b'], 'diff_session', { name: 'a', other: 'b' }],
  [['session', 'merge', 'b', '--into', 'a'], 'merge_sessions', { source: 'b', into: 'a', force: false }],
  [
    ['session', 'merge', 'b', 'into', 'a', '--force'],
    'merge_sessions',
    { source: 'b', into: 'a', force: true },
  ],
  [['session', 'checkpoint'], 'create_checkpoint', {}],
  [['session', 'checkpoint', 'good'], 'create_checkpoint', { label: 'good' }],
  [['session', 'restore', 'good'], 'restore_checkpoint', { label: 'good' }],
  [['session', 'checkpoints'], 'list_checkpoints', {}],
  [
    ['session', 'messages', 'a', '--role', 'user', '--limit', '5', '--offset', '10'],
    'get_session_messages',
    { session_id: 'a', role: 'user', limit: 5, offset: 10 },
  ],
  [
    ['session', 'search-messages', 'whale', '--session-id', 'a'],
    'search_messages',
    { query: 'whale', session_id: 'a', limit: 20 },
  ],
  [
    ['session', 'handoff', 'a', '--notes', 'Mind it'],
    'create_handoff',
    { session_id: 'a', notes: 'Mind it' },
  ],
  [['session', 'context'], 'get_handoff_context', {}],
  [['session', 'commit-log', 'a', '--max-commits', '3'], 'get_session_commits', { max_commits: 3 }],
  [['doctor'], 'check_workspace', { fix: false }],
  [['doctor', '--fix', '--json'], 'check_workspace', { fix: true }],
  [['session', 'adopt', '--leave', '--file', 'a.md'], 'adopt_changes', { leave: true, files: ['a.md'] }],
]

describe('the grammar', () => {
  it.each(grammar)('%j is %s %j', async (line, operation, input) => {
    const call = await callOf(line, 'piped')
    expect(call).toMatchObject({ operation, input })
  })

  it('reaches every operation', () => {
    const reached = new Set(grammar.map(([, operation]) => operation))
    expect(room.operations.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual([])
  })
})

/** All commands that help shows, by walking the helps. */
const helps = new Map<string, string>()

/** Asked once for each command: to make it takes longer than to look at it. */
async function helpOf(words: readonly string[]): Promise<string> {
  const key = words.join(' ')
  const known = helps.get(key)
  if (known !== undefined) return known
  const { stdout, status } = await run([...words, '--help'], { rooms: recording().rooms, cwd: '/' })
  expect({ key, status }).toEqual({ key, status: 0 })
  helps.set(key, stdout)
  return stdout
}

async function commandsBelow(words: string[]): Promise<string[][]> {
  const section = /Commands:\n(.*?)\n\n/s.exec(await helpOf(words))?.[1]
  if (section === undefined) return [words]
  const names = [...section.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name)
  const below = await Promise.all(names.map((name) => commandsBelow([...words, name])))
  return [...(words.length > 0 ? [words] : []), ...below.flat()]
}

describe('help', () => {
  it('of every command has a summary and one to three examples that are commands', async () => {
    const commands = await commandsBelow([])
    expect(commands.length).toBeGreaterThan(24)
    for (const words of commands) {
      const stdout = await helpOf(words)
      const [usage = '', , summary = ''] = stdout.split('\n')
      expect(usage).toMatch(new RegExp(`^Usage: cowrite ${words.join(' ')}\\b`))
      expect(summary.length, words.join(' ')).toBeGreaterThan(10)
      const examples = /Examples:\n(.+)$/s.exec(stdout)?.[1]?.trimEnd().split('\n') ?? []
      expect(examples.length, words.join(' ')).toBeGreaterThan(0)
      expect(examples.length, words.join(' ')).toBeLessThanOrEqual(3)
      for (const example of examples) expect(example).toMatch(/cowrite /)
      if (words[0] === 'session' || words[0] === 'file') {
        for (const example of examples) expect(example).toContain(`cowrite ${words.join(' ')}`)
      }
    }
  })

  it('is there for every operation, and describes every argument and option', async () => {
    const commands = (await commandsBelow([])).map((words) => words.join(' '))
    for (const { commandLine } of room.operations) {
      const words = commandLine.usage.split(' ').filter((token) => /^[a-z]+$/.test(token))
      expect(commands).toContain(words.join(' '))
      const stdout = await helpOf(words)
      expect(stdout).not.toMatch(/^ {2}(--?[a-z<][^ ]*( <[^>]+>)?|[A-Z]+) *$/m)
      // Tools' names and arguments are a model's words.
      expect(stdout).not.toMatch(/=true/)
      for (const { name } of room.operations) expect(stdout).not.toContain(name)
    }
  })

  it('is the same text as JSON', async () => {
    for (const words of [[], ['session'], ['session', 'commit']]) {
      const { stdout } = await run([...words, '--help', '--json'], { rooms: recording().rooms, cwd: '/' })
      expect(JSON.parse(stdout).help.trimEnd()).toBe((await helpOf(words)).trimEnd())
    }
  })

  it('shows the usual path at the top, in order, and nothing that is not there', async () => {
    const { stdout } = await run(['--help'], { rooms: recording().rooms, cwd: '/' })
    const path = /The usual path:\n(.*?)\n\n/s.exec(stdout)?.[1] ?? ''
    const steps = [
      'session start',
      'file write',
      'session status',
      'session diff',
      'session commit',
      'session undo',
    ]
    const places = steps.map((step) => path.indexOf(`cowrite ${step}`))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places).not.toContain(-1)
    expect(stdout).not.toMatch(/--client\b/)
  })

  it('its examples are understood', async () => {
    const { rooms } = recording()
    for (const { commandLine } of room.operations) {
      for (const example of commandLine.examples) {
        const words = [...example.replace(/ < .*/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
          ([, double, single, bare]) => double ?? single ?? bare ?? '',
        )
        expect(words[0]).toBe('cowrite')
        const line = [...words.slice(1), '--json']
        const { status, stderr } = await run(line, { rooms, cwd: '/', input: 'Call me Ishmael' })
        expect({ example, status, stderr }).toEqual({ example, status: 0, stderr: '' })
      }
    }
  })
})
