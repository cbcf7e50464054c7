/** `cowrite session query` and `session link` as a person types them, with a scripted agent. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runBuilt } from '../support/built.js'
import { canMount, here } from '../view/support/mounts.js'

/** Says what Claude Code would, writes a chapter, and leaves a transcript where that client does. */
const agent = `
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
const message = process.argv.at(-1)
const chat = 'chat-of-' + message.replace(/\\W+/g, '-')
const tell = (event) => console.log(JSON.stringify({ session_id: chat, ...event }))
const said = (id, text) => ({
  type: 'assistant',
  message: { id, role: 'assistant', model: 'whale-1', content: [{ type: 'text', text }], usage: { input_tokens: 20, output_tokens: 5 } },
})
tell({ type: 'system', subtype: 'init' })
writeFileSync('acts/nine.md', message)
rmSync('notes.md', { force: true })
tell(said('m1', 'In \\u001b[31mred\\u001b[0m.'))
tell({ type: 'result', result: 'Done.', total_cost_usd: 0.0123, usage: { input_tokens: 20, output_tokens: 5 } })
const folder = process.env.HOME + '/.claude/projects/-book'
mkdirSync(folder, { recursive: true })
const line = (event) => JSON.stringify({ sessionId: chat, timestamp: new Date().toISOString(), ...event }) + '\\n'
writeFileSync(folder + '/' + chat + '.jsonl', line({ type: 'user', uuid: 'u', message: { content: message } }) + line(said('m1', 'In red.')))
console.error('aside')
process.exitCode = message === 'fail' ? 3 : 0
`

describe.runIf(canMount)(`cowrite session query, ${here}`, () => {
  let folder: string
  let book: string
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-query-')))
    book = join(folder, 'book')
    mkdirSync(join(book, 'acts'), { recursive: true })
    writeFileSync(join(book, 'notes.md'), 'live\n')
    writeFileSync(join(book, 'acts/one.md'), 'live\n')
    writeFileSync(join(folder, 'agent.mjs'), agent)
    cowrite('session', 'start', 'draft')
    cowrite('file', 'write', 'acts/one.md', 'draft')
    useAgent(process.execPath, join(folder, 'agent.mjs'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function useAgent(...command: string[]): void {
    const config = join(book, 'workspace/config.json')
    const value = JSON.parse(readFileSync(config, 'utf8'))
    writeFileSync(config, JSON.stringify({ ...value, agent_command: command }))
  }

  function cowrite(...words: string[]) {
    const env = { PATH: process.env.PATH ?? '', HOME: join(folder, 'home') }
    return runBuilt('cli/main.js', words, { cwd: book, env })
  }

  it('prints the answer, what was changed, tokens and cost, and links the chat', () => {
    const { stdout, stderr, status } = cowrite('session', 'query', 'draft', 'Write nine')
    expect([stderr, status]).toEqual(['aside\n', 0])
    expect(stdout.split('\n\n')).toEqual([
      'In \\x1b[31mred\\x1b[0m.',
      '✅ ANSWERED IN SESSION: draft',
      '📁 Files changed (2):\n   • acts/nine.md (created)\n   • notes.md (deleted)',
      '🔢 Tokens: 25 (input: 20 | output: 5)\n💲 Cost: $0.012300',
      `🔗 Transcript linked: ${folder}/home/.claude/projects/-book/chat-of-Write-nine.jsonl`,
      '💡 See what changed: cowrite session diff draft\n',
    ])
    expect(readFileSync(join(book, 'notes.md'), 'utf8')).toBe('live\n')
    const messages = JSON.parse(cowrite('session', 'messages', 'draft', '--json').stdout).messages
    expect(messages.map(({ role, content }: { role: string; content: string }) => [role, content])).toEqual([
      ['user', 'Write nine'],
      ['assistant', 'In red.'],
    ])
  })

  it('asks in a fork, which leaves the session as it is', () => {
    const { stdout, status } = cowrite('session', 'query', 'draft', 'Otherwise', '--fork', '--json')
    const result = JSON.parse(stdout)
    expect(status).toBe(0)
    expect(result).toMatchObject({
      ...{ parent_session_id: 'draft', is_fork: true, message: 'Otherwise', exit_code: 0 },
      ...{
        files_changed: [{ path: 'acts/nine.md', change: 'created' }],
        total_tokens: 25,
        total_cost_usd: 0.0123,
      },
    })
    expect(cowrite('file', 'read', 'acts/nine.md', '--session', result.session_id).stdout).toBe('Otherwise')
    expect(cowrite('file', 'read', 'acts/nine.md').stdout).toBe('Write nine')
  })

  it("ends as the agent's command does, and says which command to use where there is none", () => {
    expect(cowrite('session', 'query', 'draft', 'fail').status).toBe(3)
    expect(cowrite('session', 'query', 'none', 'x').status).toBe(7)
    useAgent('no-such-agent')
    const { stdout, status } = cowrite('session', 'query', 'draft', 'x')
    expect([status, stdout]).toEqual([
      127,
      expect.stringContaining('"agent_command" in workspace/config.json'),
    ])
  })

  it('a transcript is linked by hand, once', () => {
    const file = join(folder, 'home/.claude/projects/-book/chat-of-Otherwise.jsonl')
    const { stdout } = cowrite('session', 'link', '../home/.claude/projects/-book/chat-of-Otherwise.jsonl')
    expect(stdout).toBe(
      `🔗 TRANSCRIPT LINKED: draft\n\n   • ${file}\n   • Claude Code, 2 messages\n\n💡 Read it: cowrite session messages draft\n`,
    )
    const again = JSON.parse(cowrite('session', 'link', file, '--json').stdout)
    expect(again).toEqual({ session_id: 'draft', path: file, linked: false, client: 'claude', messages: 2 })
  })
})
