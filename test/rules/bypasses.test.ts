import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { BypassLog } from '../../lib/store/bypass-log.js'
import { layoutOf } from '../../lib/store/layout.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, places } from './support/places.js'

const plan = 'acts/act-1/plan.md'

describe.each(fileSystems)('what is written around a session, on %s', (_name, open) => {
  const make = places(open)

  async function begin(files: Record<string, string> = {}) {
    const place = make({ [plan]: 'one\ntwo\nthree\nfour\nfive\n', 'notes.md': 'real\n', ...files })
    const workspace = await place.open()
    const session = await workspace.start('draft')
    // What changes in its first moments counts as there before.
    await setTimeout(50)
    const list = async () =>
      (await session.bypasses.list()).map(({ path, tool, canPutBack }) => [path, tool, canPutBack])
    return { place, workspace, session, list }
  }

  it('is listed whoever saw it, but not what cowrite itself put there, is ignored, or was there before', async () => {
    const { place, workspace, session, list } = await begin({ '.gitignore': 'built/\n' })
    expect(await list()).toEqual([])
    await session.write('notes.md', 'session\n')
    await session.write('kept.md', 'session\n')
    await session.commit({ files: ['notes.md'] })
    const other = await workspace.start('other', { activate: false })
    await other.write('made.md', 'x')
    await other.commit()
    await workspace.undo()
    expect(await list()).toEqual([])

    place.put(plan, 'around\n')
    place.put('built/a.js', 'x')
    place.put('node_modules/a/index.js', 'x')
    await session.bypasses.note('notes.md', { tool: 'Write', before: 'session\n' })
    expect(await list()).toEqual([
      [plan, null, false],
      ['notes.md', 'Write', true],
    ])
    const again = await session.bypasses.list()
    expect(again.map(({ isNew }) => isNew)).toEqual([false, false])
    expect(await session.bypasses.leave([plan])).toEqual([plan])
    expect(await list()).toEqual([['notes.md', 'Write', true]])
    place.put(plan, 'around once more\n')
    expect(await list()).toContainEqual([plan, null, false])
  })

  it('comes into the session, and the live file is what it was, undoably', async () => {
    const { place, workspace, session, list } = await begin()
    place.put('notes.md', 'around\n')
    await session.bypasses.note('notes.md', { tool: 'Edit', before: 'real\n' })
    place.put('new/a.md', 'made\n')
    await session.bypasses.note('new/a.md', { tool: 'Write', before: null })
    const { commitId, ...adopted } = await session.bypasses.adopt()
    expect(adopted).toEqual({ adopted: ['new/a.md', 'notes.md'], conflicts: [], unknown: [], settled: [] })
    expect(place.read('notes.md')).toBe('real\n')
    expect(place.has('new/a.md')).toBe(false)
    expect((await session.read('notes.md')).content).toBe('around\n')
    const { modified, created } = (await session.status()).changes
    expect([modified, created].map((list) => list.map(({ path }) => path))).toEqual([
      ['notes.md'],
      ['new/a.md'],
    ])
    expect((await session.preview()).conflicts).toEqual([])
    expect(await list()).toEqual([])

    await workspace.undo(commitId ?? '')
    expect(place.read('notes.md')).toBe('around\n')
    expect(await list()).toEqual([])
    expect((await session.preview()).conflicts).toEqual([])
  })

  it('goes together with what the session has there, or is left for a commit to decide', async () => {
    const { place, session, list } = await begin()
    await session.write(plan, 'ONE\ntwo\nthree\nfour\nfive\n')
    await session.write('notes.md', 'session\n')
    place.put(plan, 'one\ntwo\nthree\nfour\nFIVE\n')
    place.put('notes.md', 'around\n')
    expect(await list()).toEqual([
      [plan, null, true],
      ['notes.md', null, true],
    ])
    const result = await session.bypasses.adopt()
    expect(result.adopted).toEqual([plan])
    expect(result.conflicts).toMatchObject([{ path: 'notes.md' }])
    expect((await session.read(plan)).content).toBe('ONE\ntwo\nthree\nfour\nFIVE\n')
    expect(place.read(plan)).toBe('one\ntwo\nthree\nfour\nfive\n')
    expect([place.read('notes.md'), (await session.read('notes.md')).content]).toEqual([
      'around\n',
      'session\n',
    ])
    expect((await session.preview()).conflicts).toMatchObject([{ path: 'notes.md' }])
    expect(await list()).toEqual([['notes.md', null, true]])
  })

  it('stays where it is when nobody knows what was there before', async () => {
    const { place, session, list } = await begin()
    place.put('notes.md', 'around\n')
    expect(await list()).toEqual([['notes.md', null, false]])
    expect(await session.bypasses.adopt()).toMatchObject({
      adopted: [],
      unknown: ['notes.md'],
      commitId: null,
    })
    expect(place.read('notes.md')).toBe('around\n')
    expect(await list()).toEqual([['notes.md', null, false]])
    expect(await codeOf(session.bypasses.adopt(['absent.md']))).toBe('NOT_FOUND')
    expect(await codeOf(session.bypasses.leave(['../x']))).toBe('PATH_ESCAPE')
    place.fs.rmSync(place.port.absolute('notes.md'))
    expect(await list()).toEqual([])
  })

  it('T2: is in the session after all, where that was cut short when the live file was put back', async () => {
    const { place, session, list } = await begin()
    place.put('notes.md', 'around\n')
    await session.bypasses.note('notes.md', { tool: 'Write', before: 'real\n' })
    const layout = layoutOf('workspace').sessionLayout('draft')
    place.put(layout.bypassedContent('taken'), 'around\n')
    const log = new BypassLog(place.port, layout, true)
    log.append({ taking: [{ path: 'notes.md', kept: 'taken' }] })
    log.close()
    place.put('notes.md', 'real\n')
    expect(await list()).toEqual([['notes.md', 'Write', true]])
    expect(await session.bypasses.adopt()).toMatchObject({ adopted: ['notes.md'], commitId: null })
    expect((await session.read('notes.md')).content).toBe('around\n')
    expect(await list()).toEqual([])
  })
})
