/** What `cowrite doctor` says of hooks and views that do not do what they are there for. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConfiguredHook } from '../../clients/index.js'
import { CowriteError } from '../../lib/errors.js'
import { openWorkspace } from '../../lib/index.js'
import type { SessionApi } from '../../lib/workspace-api.js'
import { checkHook } from '../../live/hooks.js'
import { checkServer } from '../../live/servers.js'
import { type Trial, withTrial } from '../../live/trial.js'
import { checkView } from '../../live/view.js'
import { canMount } from '../view/support/mounts.js'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-live-')))
  mkdirSync(join(folder, 'tmp'))
  vi.stubEnv('TMPDIR', join(folder, 'tmp'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const inTrial = <T>(act: (trial: Trial) => Promise<T>) => withTrial((root) => openWorkspace(root), act)

it('a trial leaves nothing behind, whatever becomes of it', async () => {
  const seen = await inTrial(async ({ root, session }) => {
    await session.write('chapter.md', 'Call me Ishmael.\n')
    return root
  })
  expect(seen.startsWith(join(folder, 'tmp'))).toBe(true)
  await expect(inTrial(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(readdirSync(join(folder, 'tmp'))).toEqual([])
})

describe.skipIf(process.platform === 'win32')('a hook', () => {
  const writer = { event: 'PreToolUse', matcher: 'Write|Edit' }
  const tried = (hook: Partial<ConfiguredHook>) =>
    inTrial((trial) =>
      checkHook(
        {
          client: 'claude-code',
          file: 'settings.json',
          event: 'SessionEnd',
          matcher: null,
          command: 'true',
          timeout: 5_000,
          ...hook,
        },
        trial,
        { PATH: process.env.PATH },
      ),
    )

  it.each([
    ['that is not there', { command: '/no/such/program' }, /^it ended with 127: .*no\/such\/program/],
    ['that is late', { command: 'sleep 5', timeout: 50 }, /^no answer within 0\.05 s$/],
    [
      'that ends badly',
      { command: 'echo line one >&2; echo An error >&2; exit 3' },
      /^it ended with 3: An error$/,
    ],
    ['that answers what is no JSON', { command: 'echo Hello' }, /^it answers what is no JSON$/],
    [
      'that lets a write go by',
      { ...writer, command: 'true' },
      /^it does not lead a write into the session$/,
    ],
    [
      'that leads a write elsewhere',
      { ...writer, command: `echo '{"hookSpecificOutput":{"updatedInput":{"file_path":"/elsewhere"}}}'` },
      /^it does not lead a write into the session$/,
    ],
    [
      'that tells a chat nothing',
      { event: 'SessionStart', command: 'true' },
      /^it does not tell a chat of its session$/,
    ],
  ])('%s has failed, and is to be set up anew', async (_what, hook, detail) => {
    const check = await tried(hook)
    expect(check).toMatchObject({ status: 'failed', detail: expect.stringMatching(detail) })
    expect(check.next_steps).toEqual([`Set it up anew: cowrite init --client ${check.client} --yes`])
  })

  it('gets the event of its tools, and nothing of a session that is named around it', async () => {
    const command = `test "$(cat)" != "" && test -z "$COWRITE_SESSION" && test "$CLAUDE_PROJECT_DIR" = "$PWD"`
    vi.stubEnv('COWRITE_SESSION', 'mine')
    const env = { ...process.env }
    const hook = {
      client: 'claude-code',
      file: 'f',
      event: 'PostToolUse',
      matcher: 'Bash',
      command,
      timeout: 5_000,
    } as const
    expect(await inTrial((trial) => checkHook(hook, trial, env))).toMatchObject({
      status: 'works',
      name: 'PostToolUse, Bash',
    })
  })
})

describe('a view', () => {
  const without = (run: () => Promise<never>, { session, ...trial }: Trial): Trial => {
    const { view, read } = session
    return {
      ...trial,
      session: { run, view: view.bind(session), read: read.bind(session) } as unknown as SessionApi,
    }
  }
  const none = () => Promise.reject(new CowriteError('UNSUPPORTED', 'There are none here', { what: 'views' }))

  it('that this machine does not have is no failure, where the other kind can be had', async () => {
    const check = await inTrial((trial) => checkView(without(none, trial), 'darwin'))
    expect(check.status).toBe('unavailable')
    expect(check.detail).toMatch(/^There are none here; cowrite view shows a session as a folder \(.+\)$/)
    expect(readdirSync(join(folder, 'tmp'))).toEqual([])
  })

  it('that this workspace has something in the way of is told, though the trial knows of none', async () => {
    const obstacles = { refused: 'Something is mounted there.', unwritable: null }
    const check = await inTrial((trial) => checkView(trial, 'linux', obstacles))
    expect(check.status).toBe('unavailable')
    if (canMount)
      expect(check).toMatchObject({
        detail: 'in this workspace: Something is mounted there.',
        next_steps: ['A folder shows it all: cowrite view --provider copy <NAME>'],
      })
  })

  it('that can be had in no way is one', async () => {
    const check = await inTrial((trial) =>
      checkView({ ...without(none, trial), views: trial.root }, 'darwin'),
    )
    expect(check).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('lies in the workspace'),
    })
  })

  it('that breaks is one', async () => {
    const broken = () => Promise.reject(new Error('The mount is gone.'))
    const check = await inTrial((trial) => checkView(without(broken, trial), 'linux'))
    expect(check).toMatchObject({ status: 'failed', detail: 'The mount is gone.' })
  })
})

describe('a server', () => {
  const server = {
    name: 'cowrite',
    client: 'gemini',
    file: '.gemini/settings.json',
    at: 'mcpServers.cowrite',
    launch: { transport: 'unknown', problem: 'none' },
  } as const
  const limits = { timeout: 1, grace: 1, signal: new AbortController().signal, root: '/', version: '' }
  const report = {
    server: 'cowrite',
    file: '',
    transport: 'stdio',
    status: 'failed' as const,
    steps: [{ step: 'start' as const, ok: false, duration_ms: null, message: 'it ended' }],
    protocol_version: null,
    server_info: null,
    tools: [],
    response_time_ms: null,
    output: [],
    troubleshooting: [],
  }

  it('that does not answer has failed, with the way to look at it', async () => {
    const check = await checkServer({ ...server, enabled: true }, async () => report, limits)
    expect(check).toMatchObject({ status: 'failed', detail: 'it ended', client: 'gemini' })
    expect(check.next_steps[1]).toContain('cowrite mcp test cowrite --client gemini')
  })

  it('that has no tools has failed', async () => {
    const healthy = { ...report, status: 'healthy' as const, steps: [] }
    const check = await checkServer({ ...server, enabled: true }, async () => healthy, limits)
    expect(check).toMatchObject({ status: 'failed', detail: 'it has no tools' })
  })

  it('that is switched off is not started', async () => {
    const never = () => Promise.reject(new Error('started'))
    expect(await checkServer({ ...server, enabled: false }, never, limits)).toMatchObject({
      status: 'unavailable',
    })
  })
})
