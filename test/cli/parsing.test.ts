import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from './fake-io.js'
import { fakeRooms } from './fake-rooms.js'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-cli-')))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function callOf(argv: string[], env: Record<string, string> = {}, cwd = folder) {
  const fake = fakeRooms()
  const outcome = await run(argv, { rooms: fake.rooms, cwd, env })
  return { ...outcome, call: fake.calls[0], opened: fake.opened[0], closed: fake.closed() }
}

describe('flags', () => {
  it('leaves out what was not given, so that the operation decides', async () => {
    const { call } = await callOf(['session', 'commit'])
    expect(call?.input).toEqual({ force: false })
  })

  it('offers the name that a command has for a yes given beforehand', async () => {
    for (const [typed, meant] of [
      ['session commit mine --yes', 'session commit mine --force'],
      ['session commit mine -y', 'session commit mine --force'],
      ['init --force', 'init --yes'],
    ] as const) {
      const { status, stderr } = await callOf(typed.split(' '))
      expect(status).toBe(1)
      expect(stderr).toContain(`Did you mean: cowrite ${meant}\n`)
    }
    expect((await callOf(['session', 'status', '--yes'])).stderr).not.toContain('Did you mean')
  })

  it('gathers --file and --files, and splits the latter at commas alone', async () => {
    const { call } = await callOf(['session', 'commit', '--file', 'a,b', '--files', 'c, d', '--file', 'e'])
    expect(call?.input.files).toEqual(['a,b', 'e', 'c', 'd'])
  })

  it('takes choices in either spelling', async () => {
    for (const how of ['keep-session', 'keep_session']) {
      const { call } = await callOf(['session', 'commit', '--on-conflict', how])
      expect(call?.input.on_conflict).toBe('keep_session')
    }
  })

  it('spells a yes that holds by default as a --no-', async () => {
    const { call } = await callOf(['session', 'cancel', '--no-backup-retries'])
    expect(call?.input).toEqual({ backup_retries: false })
  })

  it('hands numbers on as numbers, and what is none as it was typed', async () => {
    const fits = await callOf(['file', 'read', 'a.md', '--limit', '7', '--json'])
    expect(fits.call?.input.limit).toBe(7)
    const none = await callOf(['file', 'read', 'a.md', '--limit', 'x'])
    expect(none).toMatchObject({ status: 1, call: undefined })
  })

  it('takes an option of one word and its value together: --auto-end-stale=24h', async () => {
    const { call } = await callOf([
      'session',
      'start',
      '--idempotent',
      '--auto-end-stale=24h',
      '--agent-id',
      'me',
    ])
    expect(call?.input).toEqual({ idempotent: true, auto_end_stale: '24h', agent_id: 'me' })
  })

  it('takes text that begins with a dash after --', async () => {
    const { call } = await callOf(['retry', 'a.md', '--', '--json is too dry'])
    expect(call?.input).toEqual({ file_path: 'a.md', reason: '--json is too dry' })
  })
})

describe('the options of everywhere', () => {
  it.each([
    [['--session', 'one', 'file', 'read', 'a.md']],
    [['file', '--session', 'one', 'read', 'a.md']],
    [['file', 'read', 'a.md', '--session', 'one']],
    [['file', 'read', 'a.md', '--session=one']],
    [['--session', 'other', 'file', 'read', 'a.md', '--session', 'one']],
  ])('%j opens the workspace in that session', async (argv) => {
    const { opened } = await callOf(argv)
    expect(opened?.options).toMatchObject({ session: 'one' })
  })

  it('to ask how a session stands makes it no active one', async () => {
    const { opened, call } = await callOf(['session', 'status', '--session', 'one'])
    expect(opened?.options).not.toHaveProperty('session')
    expect(call?.input).toEqual({ session: 'one' })
  })

  it('S2: the option counts before the environment, and the chat comes from it', async () => {
    const env = { COWRITE_SESSION: 'env', CLAUDE_CODE_SESSION_ID: 'chat-1' }
    expect((await callOf(['session', 'status'], env)).opened?.options).toMatchObject({
      session: 'env',
      chat: 'chat-1',
    })
    const both = await callOf(['file', 'read', 'a.md', '--session', 'word'], env)
    expect(both.opened?.options).toMatchObject({ session: 'word', chat: 'chat-1' })
  })

  it('takes empty variables as not set', async () => {
    const { opened } = await callOf(['session', 'status'], {
      COWRITE_SESSION: '',
      COWRITE_WORKSPACE: '',
      CLAUDE_CODE_SESSION_ID: '',
    })
    expect(opened).toEqual({ root: folder, options: { holder: 'command line', client: 'cli' } })
  })

  it('finds the folder: the option, the environment, the nearest workspace, the current folder', async () => {
    mkdirSync(join(folder, 'book', 'acts'), { recursive: true })
    mkdirSync(join(folder, 'other'))
    const fake = fakeRooms()
    const library = await fake.rooms.library()
    const rooms = {
      ...fake.rooms,
      library: async () => ({
        ...library,
        findWorkspace: (from: string) =>
          from.startsWith(join(folder, 'book')) ? join(folder, 'book') : null,
      }),
    }
    const env = { COWRITE_WORKSPACE: 'other' }
    await run(['session', 'status', '--workspace', 'book'], { rooms, cwd: folder, env })
    await run(['session', 'status'], { rooms, cwd: folder, env })
    await run(['session', 'status'], { rooms, cwd: join(folder, 'book', 'acts') })
    await run(['session', 'status'], { rooms, cwd: join(folder, 'other') })
    const opened = fake.opened.map(({ root }) => root)
    expect(opened).toEqual(['book', 'other', 'book', 'other'].map((name) => join(folder, name)))
  })

  it('refuses a folder that is not there, and an empty --workspace', async () => {
    const missing = await callOf(['session', 'status', '--workspace', 'nowhere', '--json'])
    expect(missing.status).toBe(4)
    expect(JSON.parse(missing.stdout).error.code).toBe('WORKSPACE_UNAVAILABLE')
    expect(await callOf(['session', 'status', '--workspace', ''])).toMatchObject({
      status: 1,
      opened: undefined,
    })
  })

  it('closes the workspace again, after errors too', async () => {
    expect((await callOf(['session', 'status'])).closed).toBe(1)
    const fake = fakeRooms({
      list_sessions: () => {
        throw new Error('broken')
      },
    })
    await expect(run(['session', 'list'], { rooms: fake.rooms, cwd: folder })).rejects.toThrow('broken')
    expect(fake.closed()).toBe(1)
  })
})

describe('names of files', () => {
  const pathOf = async (given: string, cwd: string, argv: string[] = []) =>
    (await callOf(['retry', ...argv, '--', given, 'why'], { COWRITE_WORKSPACE: join(folder, 'book') }, cwd))
      .call?.input.file_path

  beforeEach(() => {
    mkdirSync(join(folder, 'book', 'acts'), { recursive: true })
    symlinkSync(join(folder, 'book'), join(folder, 'alias'))
  })

  it('are workspace paths, wherever one stands', async () => {
    expect(await pathOf('acts/one.md', join(folder, 'book', 'acts'))).toBe('acts/one.md')
    expect(await pathOf('scene-0101.md', join(folder, 'book', 'acts'))).toBe('scene-0101.md')
  })

  it('are taken from where one stands with ./ and ../, and from the root of the disk with /', async () => {
    const acts = join(folder, 'book', 'acts')
    expect(await pathOf('./new/one.md', acts)).toBe('acts/new/one.md')
    expect(await pathOf('../context/x.json', acts)).toBe('context/x.json')
    expect(await pathOf(join(acts, 'one.md'), folder)).toBe('acts/one.md')
    expect(await pathOf(join(folder, 'alias', 'acts', 'one.md'), folder)).toBe('acts/one.md')
    expect(await pathOf('./acts/one.md', join(folder, 'alias'))).toBe('acts/one.md')
  })

  it('P1: stay as typed where they lead out, for the library to refuse', async () => {
    expect(await pathOf('../../../etc/passwd', join(folder, 'book', 'acts'))).toBe('../../../etc/passwd')
    expect(await pathOf('/etc/passwd', folder)).toBe('/etc/passwd')
  })
})
