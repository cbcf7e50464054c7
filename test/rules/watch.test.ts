import { describe, expect, it } from 'vitest'
import type { WorkspaceEvent } from '../../lib/index.js'
import { fileSystems } from '../support/file-systems.js'
import { places, plan, scene } from './support/places.js'

/** Collects what is told, and waits for what is expected. */
function listening() {
  const events: WorkspaceEvent[] = []
  return {
    events,
    listener: (event: WorkspaceEvent) => void events.push(event),
    async until(expected: Partial<WorkspaceEvent>): Promise<void> {
      const isThere = () =>
        events.some((event) =>
          Object.entries(expected).every(([key, value]) => event[key as 'type'] === value),
        )
      for (const end = Date.now() + 4_000; !isThere() && Date.now() < end; )
        await new Promise((resolve) => setTimeout(resolve, 10))
      expect(events).toContainEqual(expect.objectContaining(expected))
    },
  }
}

const pause = (time: number) => new Promise((resolve) => setTimeout(resolve, time))

describe('watching, on a real disk', () => {
  const make = places(fileSystems[0]?.[1] as never)

  it('tells of sessions, of the active one, of files of a session, and of live files under its changes', async () => {
    const place = make()
    const watching = await place.open()
    const { events, listener, until } = listening()
    const watch = await watching.watch(listener)
    const workspace = await place.open()
    const session = await workspace.start('first')
    await until({ type: 'sessions-changed' })
    await until({ type: 'active-changed', active: 'first' })
    await session.write(plan, 'changed')
    await until({ type: 'session-changed', session: 'first', path: plan })
    await session.write('session.json', 'a file of that name')
    await until({ type: 'session-changed', session: 'first', path: 'session.json' })
    await pause(200)
    place.put(plan, 'edited by hand')
    await until({ type: 'drift', session: 'first', path: plan })
    await session.remove('notes.txt')
    await until({ type: 'session-changed', session: 'first', path: 'notes.txt' })
    await session.write('notes.txt', 'remember the lamp\n')
    place.fs.unlinkSync(`${place.root}/${plan}`)
    place.put(scene, 'nobody changed this one in a session')
    await session.cancel()
    await until({ type: 'active-changed', active: null })
    const paths = events.flatMap((event) => ('path' in event ? [event.path] : []))
    expect([...new Set(paths)].sort()).toEqual([plan, 'notes.txt', 'session.json'])
    await watch.close()
  })

  it('tells of sessions that were there before, and goes on for new changes', async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'changed')
    const { listener, until } = listening()
    const watch = await (await place.open()).watch(listener)
    await pause(200)
    place.put(plan, 'edited by hand')
    await until({ type: 'drift', session: 'first', path: plan })
    await session.write(scene, 'changed later')
    await until({ type: 'session-changed', session: 'first', path: scene })
    await pause(300)
    place.put(scene, 'edited by hand')
    await until({ type: 'drift', session: 'first', path: scene })
    await watch.close()
  })

  it('tells nothing once it is closed, and holds no process up', async () => {
    const place = make()
    const session = await place.start()
    const { events, listener } = listening()
    const watch = await (await place.open()).watch(listener)
    await session.write(plan, 'changed')
    await watch.close()
    const { length } = events
    await session.write(scene, 'changed')
    place.put(plan, 'edited by hand')
    await pause(300)
    expect(events.length).toBe(length)
    await watch.close()
  })

  it('tells of nothing that is internal: records, temporary files, copies of a base', async () => {
    const place = make()
    const session = await place.start()
    const { events, listener, until } = listening()
    const watch = await (await place.open()).watch(listener)
    for (let at = 0; at < 20; at++) await session.write(`f${at}.md`, 'x')
    await session.status()
    await session.retry('f0.md', 'x')
    await until({ type: 'session-changed', session: 'first', path: 'f19.md' })
    await pause(200)
    for (const event of events) {
      expect(event.type).toMatch(/session-changed|sessions-changed/)
      if (event.type === 'session-changed') expect(event.path).toMatch(/^f\d+\.md$/)
    }
    await watch.close()
  })

  it('without files tells of sessions and the active one, and of nothing that is written in them', async () => {
    const place = make()
    const watching = await place.open()
    const { events, listener, until } = listening()
    const watch = await watching.watch(listener, { files: false })
    const workspace = await place.open()
    const session = await workspace.start('first')
    await until({ type: 'active-changed', active: 'first' })
    await session.write(plan, 'changed')
    await session.write('new.md', 'new')
    place.put(plan, 'drift')
    await pause(400)
    await workspace.start('second')
    await until({ type: 'active-changed', active: 'second' })
    await workspace.cancel('first')
    await pause(200)
    expect(events.filter(({ type }) => type === 'sessions-changed').length).toBeGreaterThan(1)
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['sessions-changed', 'active-changed']))
    await watch.close()
  })

  it('a damaged session.lock or session stops no watcher', async () => {
    const place = make()
    const session = await place.start()
    const { listener, until } = listening()
    const watch = await (await place.open()).watch(listener)
    place.put('workspace/session.lock', '{ cut')
    await until({ type: 'active-changed', active: null })
    place.put('workspace/sessions/first/.cowrite/record', 'damaged')
    place.put('workspace/sessions/first/by-hand.md', 'x')
    await until({ type: 'session-changed', session: 'first', path: 'by-hand.md' })
    await session.close().catch(() => undefined)
    await (await place.open()).start('second')
    await until({ type: 'active-changed', active: 'second' })
    await watch.close()
  })
})
