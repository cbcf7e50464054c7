/** What other clients tell of their tools, and what they are answered: by the hook, in their own form. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gemini } from '../../bridges/gemini.js'
import { opencode } from '../../bridges/opencode.js'
import { openWorkspace } from '../../lib/index.js'
import { built, runBuilt } from '../support/built.js'

const bridge = 'bridges/main.js'

describe('Gemini CLI', () => {
  const told = (tool_name: string, tool_input: object) => ({
    hook_event_name: 'BeforeTool',
    session_id: 'chat',
    cwd: '/book',
    tool_name,
    tool_input,
  })
  const replace = told('replace', {
    file_path: 'a.md',
    old_string: 'one',
    new_string: 'two',
    instruction: 'x',
  })

  it('has its tools told by the names of the hook, an edit as a write', () => {
    const common = { hook_event_name: 'PreToolUse', session_id: 'chat', cwd: '/book' }
    expect(gemini.toEvent(replace)).toMatchObject({
      ...common,
      tool_name: 'Write',
      tool_input: { file_path: 'a.md' },
    })
    expect(gemini.toEvent(told('read_file', { file_path: 'a.md' }))).toMatchObject({ tool_name: 'Read' })
    expect(gemini.toEvent(told('run_shell_command', { command: 'ls' }))).toMatchObject({
      tool_name: 'Bash',
      tool_input: { command: 'ls' },
    })
  })

  it.each([
    told('glob', { pattern: '*' }),
    told('__proto__', { file_path: 'a' }),
    told('write_file', { file_path: 7 }),
    told('write_file', {}),
    { ...replace, hook_event_name: 'BeforeModel' },
  ])('asks the hook nothing for %j', (event) => expect(gemini.toEvent(event)).toBeNull())

  it('gets its whole input back, with the path of the copy: it refuses a part of it', () => {
    const answer = { hookSpecificOutput: { updatedInput: { file_path: '/copy' }, additionalContext: 'told' } }
    expect(gemini.toAnswer(answer, replace)).toEqual({
      hookSpecificOutput: {
        hookEventName: 'BeforeTool',
        tool_input: { file_path: '/copy', old_string: 'one', new_string: 'two', instruction: 'x' },
        additionalContext: 'told',
      },
    })
  })

  it('is told a refusal with its reason', () => {
    const answer = { hookSpecificOutput: { permissionDecision: 'deny', permissionDecisionReason: 'kept' } }
    expect(gemini.toAnswer(answer, replace)).toEqual({ decision: 'deny', reason: 'kept' })
  })
})

describe('opencode', () => {
  const told = {
    when: 'before',
    tool: 'edit',
    session: 's',
    cwd: '/book',
    args: { filePath: 'a', oldString: 'b' },
  }

  it('has its tools told by the names of the hook, and its arguments changed', () => {
    expect(opencode.toEvent(told)).toMatchObject({ hook_event_name: 'PreToolUse', tool_name: 'Write' })
    expect(opencode.toEvent({ ...told, when: 'after' })).toMatchObject({ hook_event_name: 'PostToolUse' })
    expect(opencode.toEvent({ ...told, tool: 'glob' })).toBeNull()
    const answer = { hookSpecificOutput: { updatedInput: { file_path: '/copy' }, additionalContext: 'told' } }
    expect(opencode.toAnswer(answer, told)).toEqual({
      args: { filePath: '/copy', oldString: 'b' },
      note: 'told',
    })
  })
})

describe('the built bridge', () => {
  let folder: string
  let book: string
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-bridge ä-')))
    book = join(folder, 'book')
    mkdirSync(book)
    writeFileSync(join(book, 'a.md'), 'one\n')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const run = (words: string[], input: string) =>
    runBuilt(bridge, words, { input, cwd: folder, env: { PATH: process.env.PATH } })
  const write = (more: object = {}) =>
    JSON.stringify({
      ...{ hook_event_name: 'BeforeTool', session_id: 'chat', cwd: book, tool_name: 'write_file' },
      tool_input: { file_path: join(book, 'a.md'), content: 'two\n' },
      ...more,
    })

  it('leads a write into the session at work, and is silent without one', async () => {
    expect(run(['gemini'], write())).toMatchObject({ status: 0, stdout: '' })
    const workspace = await openWorkspace(book)
    await workspace.start('draft')
    await workspace.close()
    const { stdout } = run(['gemini'], write())
    const copy = join(book, 'workspace/sessions/draft/a.md')
    expect(JSON.parse(stdout).hookSpecificOutput.tool_input).toEqual({ file_path: copy, content: 'two\n' })
    expect(readFileSync(copy, 'utf8')).toBe('one\n')
    const kept = run(
      ['gemini'],
      write({ tool_input: { file_path: join(book, 'workspace/config.json'), content: '' } }),
    )
    expect(JSON.parse(kept.stdout)).toMatchObject({
      decision: 'deny',
      reason: expect.stringContaining('kept'),
    })
  })

  it('goes by the chat of the server that the same program has started', async () => {
    const workspace = await openWorkspace(book)
    const [mine, other] = [await workspace.start('mine'), await workspace.start('other')]
    await workspace.close()
    const lock = join(book, 'workspace/session.lock')
    const held = JSON.parse(readFileSync(lock, 'utf8'))
    expect(held.active).toBe(other.name)
    // A program with a server beside its hooks, which is bound to a session.
    const script = `
      const { hostname } = require('node:os')
      const { readFileSync, writeFileSync } = require('node:fs')
      const { spawn, spawnSync } = require('node:child_process')
      const [, lock, program, input] = process.argv
      const child = spawn('sleep', ['20'])
      const held = JSON.parse(readFileSync(lock, 'utf8'))
      const chat = ['mcp', hostname(), child.pid, 1].join(':')
      held.bindings = [...(held.bindings ?? []), { chat, session: 'mine', since: new Date().toISOString() }]
      writeFileSync(lock, JSON.stringify(held))
      const { stdout } = spawnSync(process.execPath, [program, 'gemini'], { input, encoding: 'utf8' })
      process.stdout.write(stdout)
      child.kill()
    `
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, lock, built(bridge), write()], {
      encoding: 'utf8',
    })
    if (!existsSync('/proc/self/stat')) return
    expect(stdout, stderr).toContain(join(book, mine.path, 'a.md'))
  })

  it.each([
    ['nobody', '{}'],
    ['__proto__', '{}'],
    ['gemini', 'no JSON'],
    ['gemini', 'null'],
  ])('ends in 2, by which a client keeps the tool back, for %s told %s', (client, input) => {
    expect(run([client], input)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^cowrite: /),
    })
  })
})
