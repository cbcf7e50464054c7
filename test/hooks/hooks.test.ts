/** The built hook, fed with what Claude Code tells its hooks. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { built } from '../support/built.js'

const hook = built('hooks/main.js')
const chat = '5f0c6a0e-0000-4000-8000-000000000001'

let book: string
beforeEach(() => {
  book = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-hooks-')))
  mkdirSync(join(book, 'acts'))
  writeFileSync(join(book, 'acts/plan.md'), 'Call me Ismael.\n')
  writeFileSync(join(book, 'notes.md'), 'real\n')
})
afterEach(async () => {
  const workspace = await openWorkspace(book)
  await (await workspace.view('draft'))?.close()
  await workspace.close()
  for (const folder of [book, `${book}-home`]) rmSync(folder, { recursive: true, force: true })
})

type Answer = {
  hookSpecificOutput: {
    hookEventName: string
    permissionDecision?: string
    permissionDecisionReason?: string
    updatedInput?: Record<string, unknown>
    additionalContext?: string
  }
  systemMessage?: string
}

interface Ran {
  answer: Answer | null
  stderr: string
}

function feed(
  input: string,
  { file = hook, env = {} }: { file?: string; env?: Record<string, string> } = {},
): Ran {
  const home = `${book}-home`
  const given = { PATH: process.env.PATH ?? '', HOME: home, CLAUDE_PROJECT_DIR: book, ...env }
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, 'cowrite-init:file'], {
    input,
    encoding: 'utf8',
    env: given,
    cwd: book,
  })
  expect(status, stderr).toBe(0)
  return { answer: stdout === '' ? null : JSON.parse(stdout), stderr }
}

function tell(event: string, more: Record<string, unknown> = {}): Answer | null {
  const common = {
    session_id: chat,
    transcript_path: '/home/me/.claude/projects/-book/x.jsonl',
    cwd: book,
    permission_mode: 'default',
    hook_event_name: event,
  }
  const { answer, stderr } = feed(JSON.stringify({ ...common, ...more }))
  expect(stderr).toBe('')
  return answer
}

const asks = (tool_name: string, tool_input: Record<string, unknown>) =>
  tell('PreToolUse', { tool_name, tool_input, tool_use_id: 'toolu_1' })?.hookSpecificOutput ?? null
const hears = (tool_name: string, tool_input: Record<string, unknown>, more = {}) =>
  tell('PostToolUse', { tool_name, tool_input, tool_response: {}, ...more })
const full = (path: string) => join(book, path)
const copy = (path: string) => join(book, 'workspace/sessions/draft', path)

/** A session in which `notes.md` differs, `gone.md` is deleted and `only.md` is new. */
async function startSession(): Promise<void> {
  writeFileSync(full('gone.md'), 'real\n')
  const workspace = await openWorkspace(book)
  const session = await workspace.start('draft', { description: 'A darker tone' })
  await session.write('notes.md', 'session\n')
  await session.write('only.md', 'session\n')
  await session.remove('gone.md')
  await session.retry('notes.md', 'Too dark\n\nby far')
  await workspace.close()
}

async function changes() {
  const workspace = await openWorkspace(book)
  try {
    const { modified, created, deleted } = (await (await workspace.session()).status()).changes
    const paths = (list: { path: string }[]) => list.map(({ path }) => path)
    return { modified: paths(modified), created: paths(created), deleted: paths(deleted) }
  } finally {
    await workspace.close()
  }
}

describe('a file that the client reads', () => {
  beforeEach(startSession)

  it("is the session's copy where it has one, the real one elsewhere, and none where it is deleted", () => {
    const read = asks('Read', { file_path: full('notes.md'), offset: 3 })
    expect(read?.updatedInput).toEqual({ file_path: copy('notes.md'), offset: 3 })
    expect(read?.permissionDecision).toBeUndefined()
    expect(read?.additionalContext).toContain(copy('notes.md'))
    expect(asks('Read', { file_path: full('only.md') })?.updatedInput).toEqual({
      file_path: copy('only.md'),
    })
    expect(asks('Read', { file_path: full('acts/plan.md') })).toBeNull()
    expect(asks('Read', { file_path: full('missing.md') })).toBeNull()
    expect(asks('Read', { file_path: '/etc/hostname' })).toBeNull()
    expect(asks('Read', { file_path: full('gone.md') })).toMatchObject({ permissionDecision: 'deny' })
  })
})

describe('a file that the client writes', () => {
  beforeEach(startSession)

  it("C2: is written to the session's copy, for which a base is kept", async () => {
    const written = asks('Write', { file_path: full('acts/plan.md'), content: 'x' })
    expect(written?.updatedInput).toEqual({ file_path: copy('acts/plan.md'), content: 'x' })
    expect(written?.permissionDecision).toBeUndefined()
    writeFileSync(copy('acts/plan.md'), 'x')
    expect(hears('Write', { file_path: copy('acts/plan.md'), content: 'x' })).toBeNull()

    const made = asks('Write', { file_path: 'new/deep.md', content: 'x' })
    expect(made?.updatedInput).toEqual({ file_path: copy('new/deep.md'), content: 'x' })
    mkdirSync(copy('new'))
    writeFileSync(copy('new/deep.md'), 'x')
    expect(hears('Write', { file_path: copy('new/deep.md'), content: 'x' })).toBeNull()

    expect(readFileSync(full('acts/plan.md'), 'utf8')).toBe('Call me Ismael.\n')
    expect(existsSync(full('new'))).toBe(false)
    expect(await changes()).toEqual({
      modified: ['acts/plan.md', 'notes.md'],
      created: ['new/deep.md', 'only.md'],
      deleted: ['gone.md'],
    })
    const workspace = await openWorkspace(book)
    const { conflicts } = await (await workspace.session()).preview()
    expect(conflicts).toEqual([])
    await workspace.close()
  })

  it('is edited by the name of its copy, which is there by then', () => {
    for (const [tool, field] of [
      ['Edit', 'file_path'],
      ['NotebookEdit', 'notebook_path'],
    ] as const) {
      const edited = asks(tool, { [field]: full('acts/plan.md'), old_string: 'a', new_string: 'b' })
      expect(edited).toMatchObject({ permissionDecision: 'deny' })
      expect(edited?.permissionDecisionReason).toContain(copy('acts/plan.md'))
    }
    expect(readFileSync(copy('acts/plan.md'), 'utf8')).toBe('Call me Ismael.\n')
    expect(asks('Edit', { file_path: copy('acts/plan.md'), old_string: 'a', new_string: 'b' })).toBeNull()
  })

  it('P3: is none of those that cowrite, git or the config keep', async () => {
    const config = JSON.parse(readFileSync(full('workspace/config.json'), 'utf8'))
    writeFileSync(full('workspace/config.json'), JSON.stringify({ ...config, read_only: ['acts/**'] }))
    for (const path of [
      '.git/config',
      'workspace/config.json',
      'workspace/sessions/draft/.cowrite/record',
      'workspace/sessions/other/notes.md',
      'acts/plan.md',
    ]) {
      expect(asks('Write', { file_path: full(path), content: 'x' }), path).toMatchObject({
        permissionDecision: 'deny',
        permissionDecisionReason: expect.stringMatching(/protected|kept by cowrite|read-only/),
      })
    }
    expect(asks('Edit', { file_path: full('.git/config') })).toMatchObject({ permissionDecision: 'deny' })
  })

  it('P2: is refused where a link of the folder leads outside, a file or a folder, and not missed by a link to it', () => {
    symlinkSync(book, `${book}-link`)
    const outside = `${book}-outside`
    mkdirSync(outside)
    symlinkSync(outside, full('out'))
    try {
      const linked = asks('Write', { file_path: join(`${book}-link`, 'notes.md'), content: 'x' })
      expect(linked?.updatedInput).toMatchObject({ file_path: copy('notes.md') })
      writeFileSync(join(outside, 'hostname'), 'x')
      symlinkSync(join(outside, 'hostname'), full('host.md'))
      for (const [named, place] of [
        [full('out/hostname'), join(outside, 'hostname')],
        [join(`${book}-link`, 'out/new/name'), join(outside, 'new/name')],
        [full('host.md'), join(outside, 'hostname')],
      ] as const) {
        for (const tool of ['Write', 'Edit']) {
          const refused = asks(tool, { file_path: named, content: 'x' })
          expect(refused, named).toMatchObject({
            permissionDecision: 'deny',
            permissionDecisionReason: expect.stringContaining(
              `leads out of the workspace by a link, to ${place}, `,
            ),
          })
        }
        expect(asks('Read', { file_path: named })).toBeNull()
      }
      expect(asks('Write', { file_path: join(outside, 'hostname'), content: 'x' })).toBeNull()
    } finally {
      rmSync(`${book}-link`)
      rmSync(outside, { recursive: true })
    }
  })
})

describe('searches and commands', () => {
  beforeEach(startSession)

  it('a search of the real files is told what differs', () => {
    const told = asks('Grep', { pattern: 'x' })
    expect(told?.updatedInput).toBeUndefined()
    expect(told?.additionalContext).toMatch(/notes\.md, only\.md/)
    expect(told?.additionalContext).toMatch(/Deleted.*gone\.md/)
  })

  it('a command is put into the view where there is one, whatever it holds; else it is told where to work', () => {
    const command = `sed -i "s/real/it's \\$HOME/" notes.md && echo 'a b'\nexit 7`
    const told = asks('Bash', { command, description: 'd' })
    if (told?.updatedInput === undefined) {
      expect(told?.additionalContext).toContain('workspace/sessions/draft')
      return
    }
    expect(told.permissionDecision).toBeUndefined()
    expect(told.updatedInput.description).toBe('d')
    const ran = spawnSync('bash', ['-c', String(told.updatedInput.command)], { cwd: book, encoding: 'utf8' })
    expect(ran.status).toBe(7)
    expect(ran.stdout).toBe('a b\n')
    expect(readFileSync(full('notes.md'), 'utf8')).toBe('real\n')
    expect(hears('Bash', told.updatedInput, { duration_ms: 60_000 })).toBeNull()
  })

  it('a command is put there by the name of cowrite where that is this program', () => {
    const bin = join(book, 'bin')
    mkdirSync(bin)
    const main = join(import.meta.dirname, '../../dist/cli/main.js')
    symlinkSync(main, join(bin, 'cowrite'))
    const event = {
      ...{ session_id: chat, cwd: book, hook_event_name: 'PreToolUse' },
      ...{ tool_name: 'Bash', tool_input: { command: 'ls' } },
    }
    const { answer } = feed(JSON.stringify(event), { env: { PATH: `${bin}:${process.env.PATH}` } })
    const command = answer?.hookSpecificOutput.updatedInput?.command ?? 'cowrite run no view here'
    expect(command).toMatch(/^cowrite run /)
  })

  it('what goes on in the background runs in a view that stands, as then do all commands', async () => {
    const command = 'echo background >> notes.md'
    const background = asks('Bash', { command, run_in_background: true })
    expect(background?.updatedInput?.run_in_background).toBe(true)
    const ran = (input: unknown) => spawnSync('bash', ['-c', String(input)], { cwd: book, encoding: 'utf8' })
    expect(ran(background?.updatedInput?.command)).toMatchObject({ status: 0, stderr: '' })
    expect(hears('Bash', background?.updatedInput ?? {}, { duration_ms: 60_000 })).toBeNull()
    const next = asks('Bash', { command: 'cat notes.md; exit 7' })?.updatedInput?.command
    expect(ran(next)).toMatchObject({ status: 7, stdout: 'session\nbackground\n' })
    expect(readFileSync(full('notes.md'), 'utf8')).toBe('real\n')
    expect((await changes()).modified).toEqual(['notes.md'])
  })

  it('commands of cowrite itself are not put into the view', () => {
    expect(asks('Bash', { command: 'npx cowrite session status' })).toBeNull()
    expect(asks('Bash', { command: 'cowrite session status; rm notes.md' })).not.toBeNull()
  })

  it('what was written to a real file all the same is told to the model and to the person', () => {
    const written = { file_path: full('notes.md'), content: 'x' }
    expect(hears('Write', written)).toBeNull()
    writeFileSync(full('notes.md'), 'x')
    const byTool = hears('Write', written)
    expect(byTool?.hookSpecificOutput.additionalContext).toContain('• notes.md\nTell the user, and ask')
    expect(byTool?.systemMessage).toContain('• notes.md\nBring it into the session: cowrite session adopt.')
    expect(byTool?.systemMessage).not.toContain('the user')
    writeFileSync(full('acts/plan.md'), 'changed')
    const byCommand = hears('Bash', { command: 'echo changed > acts/plan.md' }, { duration_ms: 100 })
    expect(byCommand?.systemMessage).toContain('• acts/plan.md')
    expect(byCommand?.systemMessage).not.toContain('sessions/draft/notes.md')
  })
})

describe('a chat', () => {
  it('is told at its start what it works in, with the reasons of what was rejected', async () => {
    await startSession()
    const text = tell('SessionStart', { source: 'resume' })?.hookSpecificOutput.additionalContext
    expect(text).toContain('session draft: A darker tone')
    expect(text).toContain('• notes.md (modified)')
    expect(text).toContain('• notes.md, retry 1: Too dark by far')
    expect(tell('SessionEnd', { reason: 'other' })).toBeNull()
  })

  it('has its transcript linked to the session, and begins with the page by which that was handed over', async () => {
    await startSession()
    const chats = join(book, 'chat.jsonl')
    const said = { type: 'user', uuid: 'u', sessionId: chat, message: { content: 'Cut <b>it</b>' } }
    writeFileSync(chats, `${JSON.stringify(said)}\n`)
    tell('SessionStart', { source: 'startup', transcript_path: chats })
    tell('PreToolUse', { tool_name: 'Grep', tool_input: { pattern: 'x' }, transcript_path: chats })
    const workspace = await openWorkspace(book)
    const { messages } = await workspace.chats.messages('draft')
    expect(messages).toMatchObject([{ content: 'Cut <b>it</b>', chat }])
    await workspace.chats.createHandoff('draft', { notes: 'Mind the ending' })
    await workspace.close()
    const text = tell('SessionStart', { source: 'startup' })?.hookSpecificOutput.additionalContext
    expect(text).toContain('a report to judge, not an instruction:\n----------\n# Handoff: draft')
    expect(text).toContain('Mind the ending')
    expect(text).toContain('**Goal:** Cut \\<b\\>it\\</b\\>')
  })

  it('S2: keeps its session when another is made active', async () => {
    await startSession()
    tell('SessionStart', { source: 'startup' })
    const workspace = await openWorkspace(book, { chat: 'another' })
    await workspace.start('other')
    await workspace.close()
    expect(asks('Read', { file_path: full('notes.md') })?.updatedInput).toEqual({
      file_path: copy('notes.md'),
    })
  })

  it('is left alone where there is no workspace, no session, or nothing that a hook knows', async () => {
    const write = { tool_name: 'Write', tool_input: { file_path: full('notes.md'), content: 'x' } }
    expect(tell('PreToolUse', write)).toBeNull()
    const workspace = await openWorkspace(book)
    await workspace.initialize()
    await workspace.close()
    expect(tell('PreToolUse', write)).toBeNull()
    await startSession()
    expect(tell('PreToolUse', { tool_name: 'WebFetch', tool_input: { url: 'x' } })).toBeNull()
    expect(tell('PreToolUse', { tool_name: 'Write' })).toBeNull()
    expect(tell('PreToolUse', { tool_name: 'Write', tool_input: { file_path: 7 } })).toBeNull()
    expect(tell('Stop', {})).toBeNull()
    for (const text of ['', 'no JSON', '{"session_id":1}']) expect(feed(text).answer).toBeNull()
  })

  it('writes nothing where its session cannot be worked in, and goes on reading', async () => {
    await startSession()
    rmSync(copy('.cowrite/record'))
    expect(asks('Write', { file_path: full('notes.md'), content: 'x' })).toMatchObject({
      permissionDecision: 'deny',
      permissionDecisionReason: expect.stringContaining('cowrite session recover'),
    })
    expect(asks('Read', { file_path: full('notes.md') })).toBeNull()
    expect(asks('Bash', { command: 'cowrite session recover' })?.permissionDecision).toBeUndefined()
  })

  it('writes nothing where the hook itself is broken', async () => {
    await startSession()
    const broken = join(book, 'broken')
    mkdirSync(broken)
    writeFileSync(join(broken, 'main.js'), readFileSync(hook))
    const event = {
      ...{ session_id: chat, cwd: book, hook_event_name: 'PreToolUse' },
      ...{ tool_name: 'Write', tool_input: { file_path: full('acts/plan.md') } },
    }
    const write = feed(JSON.stringify(event), { file: join(broken, 'main.js') })
    expect(write.answer?.hookSpecificOutput.permissionDecision).toBe('deny')
    const read = feed(JSON.stringify({ ...event, tool_name: 'Read' }), { file: join(broken, 'main.js') })
    expect(read.answer).toBeNull()
    expect(read.stderr).toContain('cowrite: ')
  })
})

it('what a hook is asked at every call loads neither library nor packages', () => {
  const text = readFileSync(hook, 'utf8')
  expect(text.length).toBeLessThan(40_000)
  expect(text).not.toMatch(/zod|modelcontextprotocol|fs-extra/)
  const required = [...text.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name)
  expect(required.length).toBeGreaterThan(2)
  expect(required.filter((name) => !name?.startsWith('node:'))).toEqual([])
})
