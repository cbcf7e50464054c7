/** What was done in a session is one line each, by whom and how it ended. */
import { describe, expect, it } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { killAt, runChildren } from './support/children.js'
import { codeOf, places, plan, scene } from './support/places.js'

describe.each(fileSystems)('the op log of a workspace, on %s', (_name, open) => {
  const make = places(open)

  it('has one line for each operation, with who, what, how long and how it ended', async () => {
    const place = make()
    const workspace = await place.open({ agentId: 'writer', client: 'claude-code', chat: 'chat-1' })
    const session = await workspace.start('first')
    await session.write(plan, 'a new plan\n')
    await codeOf(session.write('workspace/config.json', 'mine'))
    await session.retry(scene, 'Too dark')
    await session.preview()
    await workspace.switch('first')
    await codeOf(workspace.session('nowhere'))
    await session.restoreRetry(scene, 1)
    const result = await session.commit()
    const logged = await workspace.records.operations()
    const about = { session: 'first', sessionCreatedAt: session.createdAt }
    const expected = [
      { operation: 'create_session', ...about, outcome: 'ok' },
      { operation: 'write_session_file', ...about, paths: [plan], outcome: 'ok' },
      {
        operation: 'write_session_file',
        ...about,
        paths: ['workspace/config.json'],
        outcome: 'PATH_PROTECTED',
      },
      { operation: 'record_human_retry', ...about, paths: [scene], outcome: 'ok' },
      { operation: 'commit_session', ...about, note: 'preview', outcome: 'ok' },
      { operation: 'switch_session', ...about, outcome: 'ok' },
      { operation: 'open_session', session: 'nowhere', outcome: 'SESSION_NOT_FOUND' },
      { operation: 'restore_retry', ...about, paths: [scene], outcome: 'ok' },
      {
        operation: 'commit_session',
        ...about,
        note: 'commitId' in result ? result.commitId : '',
        outcome: 'ok',
      },
    ]
    expect(logged).toMatchObject(
      expected.map((line) => ({ ...line, agent: 'writer', client: 'claude-code', chat: 'chat-1' })),
    )
    for (const { ms, at } of logged) {
      expect(ms).toBeGreaterThanOrEqual(0)
      expect(Date.parse(at)).toBeLessThanOrEqual(Date.now())
    }
    expect(await workspace.records.operations('nowhere')).toHaveLength(1)
  })

  it('names the session of what was asked for without a name', async () => {
    const place = make()
    const workspace = await place.open()
    await workspace.start('first')
    await workspace.chats.createHandoff()
    await codeOf(workspace.chats.messages('nowhere'))
    const logged = await workspace.records.operations()
    expect(logged.slice(1)).toMatchObject([
      { operation: 'create_handoff', session: 'first', outcome: 'ok' },
      { operation: 'get_session_messages', session: 'nowhere', outcome: 'SESSION_NOT_FOUND' },
    ])
  })

  it('is no reason for an operation to fail', async () => {
    const place = make()
    const session = await place.start()
    await session.close()
    place.fs.rmSync(`${place.root}/workspace/log/operations.jsonl`)
    place.fs.mkdirSync(`${place.root}/workspace/log/operations.jsonl`)
    const workspace = await place.open()
    await (await workspace.session()).write(plan, 'all the same\n')
    expect((await (await workspace.session()).status()).changes.modified).toMatchObject([{ path: plan }])
  })
})

describe('the op log of several processes', () => {
  const [[, onDisk] = []] = fileSystems
  if (onDisk === undefined) throw new Error('There is a disk.')
  const make = places(onDisk)

  it('loses no line that was acknowledged to kill -9, and reads none that is torn', async () => {
    const place = make()
    await (await place.start()).close()
    const writes = (name: string, after: string) => `
      const session = await workspace.session('first')
      for (let at = 1; ; at++) {
        await session.write('${name}.md', String(at))
        ${after}
      }`
    const until = (name: string, last: number) => writes(name, `if (at === ${last}) break`)
    const [acknowledged] = await Promise.all([
      killAt(place.root, writes('killed', "if (at === 60) print('there')"), 'there').then(() => 60),
      runChildren(place.root, [until('one', 120), until('two', 120)]),
    ])
    const workspace = await place.open()
    const logged = await workspace.records.operations('first')
    const of = (path: string) => logged.filter(({ paths }) => paths[0] === path).length
    expect(of('one.md')).toBe(120)
    expect(of('two.md')).toBe(120)
    expect(of('killed.md')).toBeGreaterThanOrEqual(acknowledged)
  })
})
