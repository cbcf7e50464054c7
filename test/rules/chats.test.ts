import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Workspace } from '../../lib/index.js'
import { fileSystems } from '../support/file-systems.js'
import { killAt, startChild } from './support/children.js'
import { codeOf, type Place, paths, places, thrownBy } from './support/places.js'

interface Lock {
  active: string | null
  bindings: { chat: string; session: string; process: object | null }[]
}
const lockOf = (place: Place) => place.json('workspace/session.lock') as Lock
const boundIn = (place: Place) =>
  Object.fromEntries(lockOf(place).bindings.map(({ chat, session }) => [chat, session]))

const names = ['alpha', 'beta', 'gamma', 'delta'] as const
const chats = ['one', 'two', 'three'] as const
/** Three chats, and a person at the command line, who is none. */
const callers = [...chats, null] as const

type Action =
  | { do: 'start' | 'switch' | 'cancel'; by: number; name: (typeof names)[number] }
  | { do: 'write' | 'leave and come back'; by: number }

const by = fc.integer({ min: 0, max: callers.length - 1 })
const name = fc.constantFrom(...names)
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), by }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('start' as const, 'switch' as const), by, name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), by, name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave and come back' as const), by }) },
)

/** Which session each works in, by the rule alone. */
class Model {
  readonly written = new Map<string, Set<string>>()
  readonly bound = new Map<string, string>()
  /** Chats that have had a session of their own since they came. */
  readonly had = new Set<string>()
  active: string | null = null

  current(caller: string | null): string | null {
    if (caller === null) return this.active
    const own = this.bound.get(caller)
    if (own !== undefined) this.had.add(caller)
    if (own !== undefined || this.active === null) return own ?? null
    if (this.had.has(caller) && [...this.bound.values()].includes(this.active)) return null
    this.choose(caller, this.active)
    this.had.delete(caller)
    return this.active
  }

  choose(caller: string | null, session: string): void {
    if (caller !== null) {
      this.bound.set(caller, session)
      this.had.add(caller)
    }
    this.active = session
  }

  end(session: string): void {
    this.written.delete(session)
    if (this.active === session) this.active = null
    for (const [chat, bound] of this.bound) if (bound === session) this.bound.delete(chat)
  }
}

async function act(
  action: Action,
  model: Model,
  handles: Workspace[],
  place: Place,
  at: number,
): Promise<void> {
  const caller = callers[action.by] ?? null
  const handle = handles[action.by] as Workspace
  if (action.do === 'start') {
    if (model.written.has(action.name)) expect(await codeOf(handle.start(action.name))).toBe('ALREADY_EXISTS')
    else {
      await handle.start(action.name)
      model.written.set(action.name, new Set())
      model.choose(caller, action.name)
    }
  }
  if (action.do === 'switch') {
    if (!model.written.has(action.name))
      expect(await codeOf(handle.switch(action.name))).toBe('SESSION_NOT_FOUND')
    else {
      await handle.switch(action.name)
      model.choose(caller, action.name)
    }
  }
  if (action.do === 'cancel') {
    if (!model.written.has(action.name))
      expect(await codeOf(handle.cancel(action.name))).toBe('SESSION_NOT_FOUND')
    else {
      await handle.cancel(action.name)
      model.end(action.name)
    }
  }
  if (action.do === 'write') {
    const expected = model.current(caller)
    if (expected === null) expect(await codeOf(handle.session())).toBe('NO_ACTIVE_SESSION')
    else {
      const session = await handle.session()
      expect(session.name).toBe(expected)
      await session.write(`w${at}.md`, `by ${caller}`)
      model.written.get(expected)?.add(`w${at}.md`)
    }
  }
  if (action.do === 'leave and come back') {
    await handle.close()
    if (caller !== null) model.had.delete(caller)
    handles[action.by] = await place.open(caller === null ? {} : { chat: caller })
  }
}

describe.each(fileSystems)('chats, on %s', (fileSystem, open) => {
  const make = places(open)

  it('S2: interleaved at random no write lands in another session, and session.lock names the one a person expects', {
    timeout: 60_000,
  }, async () => {
    const numRuns = fileSystem === 'memfs' ? 60 : 8
    const run = async (actions: Action[]) => {
      const place = make({ 'a.md': 'a' })
      const handles = await Promise.all(callers.map((chat) => place.open(chat === null ? {} : { chat })))
      await (handles[0] as Workspace).initialize()
      const model = new Model()
      for (const [at, action] of actions.entries()) {
        await act(action, model, handles, place, at)
        if (place.has('workspace/session.lock')) expect(lockOf(place).active).toBe(model.active)
      }
      const person = await place.open()
      expect((await person.list()).active).toBe(model.active)
      for (const [session, written] of model.written) {
        const { created } = (await (await person.session(session)).status()).changes
        expect(paths(created).sort()).toEqual([...written].sort())
      }
      for (const handle of [...handles, person]) await handle.close()
      place.dispose()
    }
    await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25 }), run), { numRuns })
  })

  it('S2: what a call is told by its own argument, then by the handle, comes before the binding and the active one', async () => {
    const place = make()
    const chat = await place.open({ chat: 'one' })
    await chat.start('bound')
    const person = await place.open()
    await person.start('active')
    expect((await chat.session()).name).toBe('bound')
    expect((await chat.session('active')).name, 'an argument').toBe('active')
    expect((await chat.session()).name, 'which binds nobody').toBe('bound')
    const fixed = await place.open({ chat: 'one', session: 'active' })
    expect((await fixed.session()).name, '--session').toBe('active')
    expect((await fixed.session('bound')).name).toBe('bound')
    expect((await person.session()).name).toBe('active')
    const absent = await place.open({ session: 'absent' })
    expect(await thrownBy(absent.session())).toMatchObject({
      code: 'SESSION_NOT_FOUND',
      data: { session: 'absent' },
    })
    expect((await absent.list()).active).toBeNull()
  })

  it('S2: starting or switching never pulls the active session from under another chat', async () => {
    const place = make()
    const person = await place.open()
    await person.start('shared')
    const [one, two] = [await place.open({ chat: 'one' }), await place.open({ chat: 'two' })]
    expect((await one.session()).name).toBe('shared')
    await two.start('of-two')
    expect((await one.session()).name).toBe('shared')
    expect((await two.session()).name).toBe('of-two')
    expect((await person.session()).name, 'a person follows the active one').toBe('of-two')
    await person.switch('shared')
    expect((await two.session()).name).toBe('of-two')
    await two.start('idle', { activate: false })
    expect((await two.session()).name).toBe('of-two')
    expect(lockOf(place).active).toBe('shared')
  })

  it('S2: what another ends as stale, or makes room for, stays with the chat that works in it', async () => {
    const place = make()
    const one = await place.open({ chat: 'one', agentId: 'writer' })
    await (await one.start('of-one')).write('a.md', 'x')
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const two = await place.open({ chat: 'two', agentId: 'editor' })
    const started = await two.start(undefined, { idempotent: true, autoEndStale: '1s' })
    expect(started.opening.staleEnded).toEqual(['of-one'])
    expect((await one.session()).name).toBe('of-one')
    expect((await two.session()).name).toBe(started.name)
  })

  it('S2: a session that ends takes its bindings along', async () => {
    const place = make()
    const [one, two] = [await place.open({ chat: 'one' }), await place.open({ chat: 'two' })]
    const session = await one.start('first')
    expect((await two.session()).name).toBe('first')
    expect(boundIn(place)).toEqual({ one: 'first', two: 'first' })
    await session.write('new.md', 'x')
    await session.commit()
    expect(lockOf(place)).toMatchObject({ active: null, bindings: [] })
    expect(await codeOf(two.session())).toBe('NO_ACTIVE_SESSION')
  })

  it('S2: a chat whose own session has ended does not come into what another chat is at', async () => {
    const place = make()
    const [one, two] = [await place.open({ chat: 'one' }), await place.open({ chat: 'two' })]
    await one.start('of-one')
    await two.start('of-two')
    await (await place.open()).cancel('of-one')
    const refused = { code: 'NO_ACTIVE_SESSION', message: "No active session: 'of-one' has ended" }
    expect(await thrownBy(one.session())).toMatchObject(refused)
    expect(await thrownBy(one.cancel())).toMatchObject(refused)
    expect(await one.active()).toBeNull()
    expect((await one.session('of-two')).name, 'unless it names it').toBe('of-two')
    await (await two.session()).cancel()
    await (await place.open()).start('of-a-person')
    expect((await one.session()).name, 'which is nobody else’s').toBe('of-a-person')
  })

  it('S2: a chat that begins anew in its program has the session of the one before, and so has its server', async () => {
    const place = make()
    const [server, before] = [await place.open({ chat: 'before' }), await place.open({ chat: 'before' })]
    await before.initialize()
    await before.beginChat({ client: process.pid })
    await before.start('first')
    await (await place.open({ chat: 'another' })).start('other')

    const after = await place.open({ chat: 'after' })
    await after.beginChat({ client: process.pid, inherits: true })
    expect((await after.session()).name).toBe('first')
    await server.start('second')
    expect((await after.session()).name, 'what the server does is done for the new chat').toBe('second')
    await after.switch('first')
    expect((await server.session()).name).toBe('first')

    const resumed = await place.open({ chat: 'resumed' })
    await resumed.switch('other')
    await resumed.beginChat({ client: process.pid })
    expect((await resumed.session()).name, 'it has its own').toBe('other')
    expect((await server.session()).name).toBe('other')
    expect(boundIn(place)).toEqual({ before: 'first', after: 'first', another: 'other', resumed: 'other' })
  })

  it('S5: a chat begins without a session, unless the config says otherwise', async () => {
    const place = make()
    const plain = await place.open({ chat: 'plain' })
    await plain.initialize()
    expect(await plain.beginChat()).toEqual({ session: null, staleEnded: [] })
    const chats = { start_session: true, end_stale: '1h' }
    place.put('workspace/config.json', JSON.stringify({ cowrite: 1, chats }))
    const given = await (await place.open({ chat: 'given' })).beginChat()
    const name = given.session?.name ?? ''
    expect((await plain.active())?.name).toBe(name)
    expect((await (await place.open({ chat: 'another' })).beginChat()).session?.name).toBe(name)
    place.put('workspace/config.json', JSON.stringify({ cowrite: 1, chats: { end_stale: '1h' } }))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3_600_000 })
    const alone = await (await place.open({ chat: 'new' })).beginChat().finally(() => vi.useRealTimers())
    expect(alone).toEqual({ session: null, staleEnded: [name] })
    expect(place.has(`workspace/sessions/${name}/session.json`), 'its changes stay').toBe(true)
    place.put('workspace/config.json', JSON.stringify({ cowrite: 1, chats: { end_stale: 'soon' } }))
    expect(await codeOf(place.open())).toBe('INVALID_INPUT')
  })

  it('S2: a name that a chat had in a program that is gone, or has no more, is nobody else’s', async () => {
    const place = make()
    const before = await place.open({ chat: 'before' })
    await before.start('first')
    await before.beginChat({ client: process.pid })
    const after = await place.open({ chat: 'after' })
    await after.beginChat({ client: process.pid, inherits: true })
    await after.start('second')
    await before.beginChat({ client: process.ppid, inherits: true })
    expect((await before.session()).name, 'taken up again elsewhere').toBe('first')

    const gone = place.json('workspace/session.lock') as { clients: { process: { start: string } }[] }
    for (const client of gone.clients) client.process.start = 'another'
    place.put('workspace/session.lock', JSON.stringify(gone))
    expect((await (await place.open({ chat: 'after' })).session()).name).toBe('second')
    expect((await (await place.open({ chat: 'before' })).session()).name).toBe('first')
    await after.switch('first')
    expect(place.json('workspace/session.lock')).not.toHaveProperty('clients')
  })

  it.each([
    ['cut short', '{ "version": 1, "act'],
    ['empty', ''],
    ['of another shape', '{ "version": 1, "active": 7 }'],
    ['no object', '"first"'],
    ['null', 'null'],
    [
      'with an active session that is no name',
      '{ "version": 1, "active": 1, "since": null, "agent_id": null }',
    ],
    [
      'with a program that has no chat',
      '{ "version": 1, "active": "first", "since": null, "agent_id": null, "clients": [{ "process": { "host": "h", "boot": null, "pid": 2, "start": null }, "chats": [] }] }',
    ],
    [
      'with bindings that are none',
      '{ "version": 1, "active": "first", "since": null, "agent_id": null, "bindings": "x" }',
    ],
    [
      'with a process that is none',
      '{ "version": 1, "active": "first", "since": null, "agent_id": null, "bindings": [{ "chat": "one", "session": "first", "since": "", "process": "dead" }] }',
    ],
  ])(
    'S4: a session.lock that is %s: calls without a name are refused, a list and a name work, and a switch mends it',
    async (_how, content) => {
      const place = make()
      const first = await place.open()
      await (await first.start('first')).write('new.md', 'x')
      await first.close()
      place.put('workspace/session.lock', content)
      place.fs.rmSync(`${place.root}/workspace/log/session.lock.before`, { force: true })
      for (const options of [{}, { chat: 'one' }]) {
        const workspace = await place.open(options)
        expect(await codeOf(workspace.session())).toBe('CORRUPT')
        expect(await codeOf(workspace.active())).toBe('CORRUPT')
        expect(await codeOf(workspace.cancel())).toBe('CORRUPT')
        expect(await workspace.list()).toMatchObject({
          active: null,
          sessions: [{ name: 'first', status: 'INACTIVE', changes: 1 }],
        })
        const session = await workspace.session('first')
        expect((await session.read('new.md')).content).toBe('x')
        expect((await session.status()).status).toBe('INACTIVE')
      }
      const workspace = await place.open({ chat: 'one' })
      await workspace.switch('first')
      expect(lockOf(place)).toMatchObject({ active: 'first' })
      expect((await workspace.session()).name).toBe('first')
      await (await workspace.session()).commit()
      expect(place.read('new.md')).toBe('x')
    },
  )

  it.each([
    ['empty', ''],
    ['nothing but zeros', '\0'.repeat(300)],
  ])('S4: a session.lock of which a power cut left %s is what it was before', async (_how, content) => {
    const place = make()
    const workspace = await place.open()
    await workspace.start('first')
    await workspace.start('second')
    await workspace.close()
    place.put('workspace/session.lock', content)
    const again = await place.open()
    expect((await again.session()).name).toBe('first')
    await again.switch('second')
    expect(lockOf(place).active).toBe('second')
    await again.close()
    place.put('workspace/session.lock', content)
    expect((await (await place.open()).session()).name).toBe('first')
  })

  it('S4: a session ends though session.lock is damaged', async () => {
    const place = make()
    const workspace = await place.open()
    await (await workspace.start('first')).write('new.md', 'x')
    await workspace.start('second')
    place.put('workspace/session.lock', '{{{')
    await (await workspace.session('first')).commit()
    await workspace.cancel('second')
    expect(place.read('new.md')).toBe('x')
    expect(place.names('workspace/sessions')).toEqual([])
    expect((await workspace.start('third')).name).toBe('third')
    expect(lockOf(place).active).toBe('third')
  })
})

describe('chats of several processes', () => {
  const make = places(fileSystems[0]?.[1] as never)

  it('S2: a chat that ends with its process leaves no binding once that died; one that outlives it does', async () => {
    const place = make()
    await (await place.open()).initialize()
    const body = (session: string) =>
      `await workspace.start('${session}'); print('started'); setInterval(() => {}, 1000); await new Promise(() => {})`
    await killAt(place.root, body('of-mcp'), 'started', { chat: 'mcp:1' })
    await killAt(place.root, body('of-chat'), 'started', { chat: 'conversation' })
    expect(boundIn(place)).toMatchObject({ conversation: 'of-chat' })
    await (await place.open()).start('another')
    expect(boundIn(place)).toEqual({ conversation: 'of-chat' })
    expect((await (await place.open({ chat: 'conversation' })).session()).name).toBe('of-chat')
    expect((await (await place.open({ chat: 'mcp:1' })).session()).name, 'a new process of that name').toBe(
      'another',
    )
  })

  it('S2: the binding of a process that lives stays', async () => {
    const place = make()
    await (await place.open()).initialize()
    const child = await startChild(
      place.root,
      `await workspace.start('of-mcp'); print('started'); setInterval(() => undefined, 1000); await new Promise((resolve) => process.once('SIGTERM', resolve)); process.exit(0)`,
      { chat: 'mcp:alive' },
    )
    await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()))
    await (await place.open()).start('another')
    expect(boundIn(place)).toEqual({ 'mcp:alive': 'of-mcp' })
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGTERM')
    await ended
  })
})
