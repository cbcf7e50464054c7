import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CowriteError } from '../../lib/errors.js'
import { run } from './fake-io.js'
import { type Behaviour, fakeRooms } from './fake-rooms.js'

const cwd = '/'
const yes = { when: '?', press: 'y\r' }
const no = { when: '?', press: 'n\r' }

/** A commit that previews with a digest, and applies when forced. */
const commit =
  (preview: Record<string, unknown> = {}): Behaviour =>
  (input) =>
    input.force
      ? { committed: true }
      : {
          session: 'draft',
          committed: false,
          conflicts: [],
          digest: 'digest-1',
          needs_person: false,
          ...preview,
        }

describe('session commit at a terminal', () => {
  it('shows the preview, asks, and commits what was shown', async () => {
    const { rooms, calls } = fakeRooms({ commit_session: commit() })
    const outcome = await run(['session', 'commit', 'draft'], { rooms, cwd, terminal: true, keys: [yes] })
    expect(outcome.status).toBe(0)
    expect(outcome.stdout).toContain('Commit session draft?')
    expect(calls).toEqual([
      { operation: 'commit_session', input: { name: 'draft', force: false }, confirmed: false },
      {
        operation: 'commit_session',
        input: { name: 'draft', force: true, expect: 'digest-1' },
        confirmed: true,
      },
    ])
  })

  it.each([
    ['no', 'n\r'],
    ['Enter', '\r'],
    ['Escape', '\u001b'],
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('changes nothing on %s', async (_name, press) => {
    const { rooms, calls } = fakeRooms({ commit_session: commit() })
    const outcome = await run(['session', 'commit'], {
      rooms,
      cwd,
      terminal: true,
      keys: [{ when: '?', press }],
    })
    expect(outcome.status).toBe(1)
    expect(outcome.stderr.toLowerCase()).toContain('nothing changed')
    expect(calls).toHaveLength(1)
  })

  it.each(['later', 'ja', 'vielleicht', 'maybe', 'hjkl', 'yesterday', 'ny', '\u001b[D', '\t'])(
    'commits on y or yes alone: %j is a no',
    async (typed) => {
      const { rooms, calls } = fakeRooms({ commit_session: commit() })
      const keys = [{ when: '?', press: `${typed}\r` }]
      const outcome = await run(['session', 'commit'], { rooms, cwd, terminal: true, keys })
      expect(outcome.status).toBe(1)
      expect(calls).toHaveLength(1)
    },
  )

  it.each(['y', 'Y', 'yes', 'YES '])('commits on %j', async (typed) => {
    const { rooms } = fakeRooms({ commit_session: commit() })
    const keys = [{ when: '?', press: `${typed}\r` }]
    expect(await run(['session', 'commit'], { rooms, cwd, terminal: true, keys })).toMatchObject({
      status: 0,
    })
  })

  it('T3: takes no letter for an arrow key among the ways out of a conflict', async () => {
    const conflicts = [{ path: 'a.md', reason: 'both changed' }]
    for (const typed of ['j', 'later', 'ja', 'h', 'k']) {
      const { rooms, calls } = fakeRooms({ commit_session: commit({ conflicts }) })
      const keys = [{ when: 'What now?', press: `${typed}\r` }]
      const outcome = await run(['session', 'commit'], { rooms, cwd, terminal: true, keys })
      expect(outcome.status, typed).toBe(1)
      expect(calls).toHaveLength(1)
    }
  })

  it('asks nothing with --force', async () => {
    const { rooms, calls } = fakeRooms({ commit_session: commit() })
    const outcome = await run(['session', 'commit', '--force'], { rooms, cwd, terminal: true })
    expect(outcome.status).toBe(0)
    expect(calls).toHaveLength(1)
  })

  it('T9: asks with --force too where the config wants a person', async () => {
    const { rooms, calls } = fakeRooms({
      commit_session: (input, context) => {
        if (!input.force) return commit({ needs_person: true })(input, context)
        if (!context.confirmedByPerson) throw new CowriteError('CANCELLED', 'Not confirmed', {})
        return { committed: true }
      },
    })
    const outcome = await run(['session', 'commit', '--force'], { rooms, cwd, terminal: true, keys: [yes] })
    expect(outcome.status).toBe(0)
    expect(calls.at(-1)).toMatchObject({ confirmed: true, input: { force: true, expect: 'digest-1' } })

    const away = await run(['session', 'commit', '--force'], { rooms, cwd })
    expect(away.status).toBe(1)
  })

  it('T3: offers the ways out of a conflict, the safe one first', async () => {
    const conflicts = [{ path: 'a.md', reason: 'both changed' }]
    const { rooms, calls } = fakeRooms({ commit_session: commit({ conflicts }) })
    const nothing = await run(['session', 'commit'], {
      rooms,
      cwd,
      terminal: true,
      keys: [{ when: 'What now?', press: '\r' }],
    })
    expect(nothing.status).toBe(1)
    expect(calls).toHaveLength(1)

    const markers = await run(['session', 'commit'], {
      rooms,
      cwd,
      terminal: true,
      keys: [
        { when: 'What now?', press: '\u001b[B' },
        { when: '● Put', press: '\r' },
      ],
    })
    expect(markers.status).toBe(0)
    expect(calls.at(-1)?.input).toEqual({ force: true, expect: 'digest-1', on_conflict: 'markers' })
  })

  it.each([
    [['keep_global'], ['Keep the live version']],
    [
      ['keep_session', 'keep_global'],
      ["Keep the session's version", 'Keep the live version'],
    ],
    [
      ['keep_global', 'markers'],
      ['Put conflict markers', 'Keep the live version'],
    ],
  ])('T3: offers only the ways that can work for what it shows: %j', async (ways, offered) => {
    const conflicts = [{ path: 'a.md', reason: 'both changed' }]
    const { rooms } = fakeRooms({ commit_session: commit({ conflicts, ways }) })
    const keys = [{ when: 'What now?', press: '\r' }]
    const { stdout } = await run(['session', 'commit'], { rooms, cwd, terminal: true, keys })
    const all = ['Put conflict markers', "Keep the session's version", 'Keep the live version']
    expect(all.filter((label) => stdout.includes(label))).toEqual(offered)
  })

  it('T3: asks about as many conflicts as the preview shows, counted in the same way', async () => {
    const marked = 'still holds the markers of a conflict'
    const reasons = ['both changed', marked, marked]
    const conflicts = reasons.map((reason, at) => ({ path: `${at}.md`, reason }))
    const { rooms } = fakeRooms({ commit_session: commit({ conflicts, ways: ['keep_global'] }) })
    const keys = [{ when: 'What now?', press: '\r' }]
    const { stdout } = await run(['session', 'commit'], { rooms, cwd, terminal: true, keys })
    expect(stdout).toContain('1 file conflicts, 2 files are still marked. What now?')
  })

  it('T3: refuses keep_session where it leaves a conflict, and asks for markers only where they can be put', async () => {
    const conflicts = [{ path: 'a.md', reason: 'still holds the markers of a conflict' }]
    const { rooms, calls } = fakeRooms({ commit_session: commit({ conflicts, ways: ['keep_global'] }) })
    const kept = await run(['session', 'commit', '--on-conflict', 'keep_session'], {
      rooms,
      cwd,
      terminal: true,
    })
    expect(kept).toMatchObject({ status: 3, stderr: expect.stringContaining('cannot be kept') })
    const keys = [{ when: 'What now?', press: '\r' }]
    const markers = await run(['session', 'commit', '--on-conflict', 'markers'], {
      rooms,
      cwd,
      terminal: true,
      keys,
    })
    expect(markers.status).toBe(1)
    expect(calls.filter(({ input }) => input.force)).toEqual([])
  })

  it('P3: of what is barred it commits the others once they were shown, or gives it up', async () => {
    const barred = [{ path: 'locked.md', reason: 'is read-only' }]
    const behaviour: Behaviour = (input, context) =>
      commit(input.files === undefined ? { barred, modified: ['a.md'] } : { digest: 'part' })(input, context)
    const down = { when: 'What now?', press: '\u001b[B' }
    const others = fakeRooms({ commit_session: behaviour })
    const keys = [
      down,
      { when: '● Commit the others', press: '\r' },
      { when: 'Commit session', press: 'y\r' },
    ]
    await run(['session', 'commit'], { rooms: others.rooms, cwd, terminal: true, keys })
    expect(others.calls.at(-1)?.input).toEqual({ force: true, files: ['a.md'], expect: 'part' })

    const given = fakeRooms({ commit_session: behaviour })
    const further = [
      down,
      { when: '● Commit the others', press: '\u001b[B' },
      { when: '● Give', press: '\r' },
    ]
    await run(['session', 'commit'], { rooms: given.rooms, cwd, terminal: true, keys: further })
    const expected = { force: true, on_conflict: 'keep_global', expect: 'digest-1' }
    expect(given.calls.at(-1)?.input).toEqual(expected)
  })

  it('previews away from a terminal, and where the answer goes into a file', async () => {
    const { rooms, calls } = fakeRooms({ commit_session: commit() })
    const outcome = await run(['session', 'commit'], { rooms, cwd })
    expect(outcome.status).toBe(0)
    expect(calls).toEqual([{ operation: 'commit_session', input: { force: false }, confirmed: false }])
  })
})

describe('session cancel at a terminal', () => {
  const session = { name: 'draft', changes: 3, humanRetries: 0 }
  const parts = {
    list: async () => ({ sessions: [session], count: 1, active: 'draft' }) as never,
    active: async () => session as never,
  }

  it('says what is lost, and asks', async () => {
    const { rooms, calls } = fakeRooms({}, parts)
    const kept = await run(['session', 'cancel'], { rooms, cwd, terminal: true, keys: [no] })
    expect(kept).toMatchObject({ status: 1 })
    expect(kept.stdout).toContain('Cancel session draft and discard its changes (3 files)?')
    expect(calls).toHaveLength(0)

    const gone = await run(['session', 'cancel', 'draft'], { rooms, cwd, terminal: true, keys: [yes] })
    expect(gone.status).toBe(0)
    expect(calls).toHaveLength(1)
  })

  it.each([['--yes'], ['-y'], ['--force']])('asks nothing with %s', async (flag) => {
    const { rooms, calls } = fakeRooms({}, parts)
    expect(await run(['session', 'cancel', flag], { rooms, cwd, terminal: true })).toMatchObject({
      status: 0,
    })
    expect(calls).toHaveLength(1)
  })

  it('names a crashed session that it stands in', async () => {
    const crashed = { ...session, changes: null }
    const { rooms } = fakeRooms(
      {},
      {
        list: async () => ({ sessions: [crashed], count: 1, active: 'draft' }) as never,
        active: async () => {
          throw new CowriteError('SESSION_CRASHED', 'x', { session: 'draft', metadataPath: '', findings: [] })
        },
      },
    )
    const outcome = await run(['session', 'cancel'], { rooms, cwd, terminal: true, keys: [yes] })
    expect(outcome.stdout).toContain('Cancel the crashed session draft')
    expect(outcome.status).toBe(0)
  })

  it('asks nothing about a session that is not there: the operation says so', async () => {
    const { rooms, calls } = fakeRooms({}, parts)
    await run(['session', 'cancel', 'other'], { rooms, cwd, terminal: true })
    expect(calls).toHaveLength(1)
  })
})

describe('Ctrl-C', () => {
  it('stops a commit before its point of no return: nothing changed, status 130', async () => {
    const { rooms } = fakeRooms({
      commit_session: async (_input, { signal }) => {
        await wait(5000, undefined, signal ? { signal } : {})
        return { committed: true }
      },
    })
    const outcome = await run(['session', 'commit', '--force'], { rooms, cwd }, (interrupt) =>
      setTimeout(() => interrupt(130), 20),
    )
    expect(outcome.status).toBe(130)
    expect(outcome.stderr.toLowerCase()).toContain('nothing changed')
    expect(outcome.interrupts).toHaveLength(0)
  })

  it('after it, the commit is done, and says so', async () => {
    let interrupt: ((status: number) => void) | undefined
    const { rooms } = fakeRooms({
      commit_session: async () => {
        interrupt?.(130)
        return { committed: true }
      },
    })
    const outcome = await run(['session', 'commit', '--force'], { rooms, cwd }, (listener) => {
      interrupt = listener
    })
    expect(interrupt).toBeDefined()
    expect(outcome.status).toBe(0)
    expect(outcome.stdout).toContain('committed')
  })

  it('breaks off what only reads at once', async () => {
    const { rooms } = fakeRooms({ list_sessions: () => new Promise(() => {}) })
    const outcome = await run(['session', 'list', '--json'], { rooms, cwd }, (interrupt) => interrupt(143))
    expect(outcome.status).toBe(143)
    expect(JSON.parse(outcome.stdout).error.code).toBe('CANCELLED')
  })
})

describe('file write', () => {
  it('takes its content from standard input, byte for byte', async () => {
    const { rooms, calls } = fakeRooms()
    const text = '\ufeffOne line\r\nand no end'
    await run(['file', 'write', 'a.md', '--if-match', 'e1'], { rooms, cwd, input: text })
    expect(calls[0]?.input).toEqual({ file_path: 'a.md', content: text, if_match: 'e1' })
    await run(['file', 'write', 'a.md', '--content', ''], { rooms, cwd, input: 'not this' })
    expect(calls[1]?.input.content).toBe('')
  })

  it('does not empty a file because nothing came on standard input', async () => {
    const { rooms, calls } = fakeRooms()
    const outcome = await run(['file', 'write', 'a.md', '--json'], { rooms, cwd, input: '' })
    expect(JSON.parse(outcome.stdout).error).toMatchObject({
      code: 'INVALID_INPUT',
      message: "Nothing came on standard input; to empty a file say --content ''",
    })
    expect(outcome.status).toBe(1)
    expect(calls).toHaveLength(0)
    await run(['file', 'write', 'a.md', '--content', ''], { rooms, cwd, input: '' })
    expect(calls[0]?.input.content).toBe('')
  })

  it('C5: refuses what is no text rather than damage it', async () => {
    const { rooms, calls } = fakeRooms()
    const outcome = await run(['file', 'write', 'a.png', '--json'], {
      rooms,
      cwd,
      input: Uint8Array.of(0xff, 0xfe),
    })
    expect(JSON.parse(outcome.stdout).error.code).toBe('UNSUPPORTED')
    expect(calls).toHaveLength(0)
  })
})

describe('session merge at a terminal', () => {
  const merge =
    (conflicts: object[]): Behaviour =>
    (input) =>
      input.force
        ? { applied: true }
        : {
            source: 'b',
            into: 'a',
            applied: false,
            modified: ['one.md'],
            created: [],
            deleted: [],
            conflicts,
            digest: 'd1',
          }
  const line = ['session', 'merge', 'b', 'into', 'a']

  it('shows the preview, asks, and merges what was shown', async () => {
    const { rooms, calls } = fakeRooms({ merge_sessions: merge([]) })
    const outcome = await run(line, { rooms, cwd, terminal: true, keys: [yes] })
    expect(outcome.status).toBe(0)
    expect(outcome.stdout).toContain('Merge session b into a?')
    expect(calls.map(({ input }) => input)).toMatchObject([
      { source: 'b', into: 'a', force: false },
      { source: 'b', into: 'a', force: true, expect: 'd1' },
    ])
  })

  it('changes nothing on no, and not away from a terminal', async () => {
    for (const more of [{ terminal: true, keys: [no] }, {}]) {
      const { rooms, calls } = fakeRooms({ merge_sessions: merge([]) })
      await run(line, { rooms, cwd, ...more })
      expect(calls).toHaveLength(1)
    }
  })

  it('asks whose version stays where both changed a file', async () => {
    const { rooms, calls } = fakeRooms({ merge_sessions: merge([{ path: 'one.md', reason: 'both' }]) })
    const keys = [{ when: 'What now?', press: '\u001b[B\r' }]
    const outcome = await run(line, { rooms, cwd, terminal: true, keys })
    expect(outcome.stdout).toContain('Keep the version of b')
    expect(calls.at(-1)?.input).toMatchObject({ force: true, on_conflict: 'keep_source' })
  })
})
