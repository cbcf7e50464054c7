import * as nodeFs from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openWorkspace, Workspace } from '../../lib/index.js'
import { fileSystems } from '../support/file-systems.js'
import { book, codeOf, lowerOf, paths, places, thrownBy } from './support/places.js'
import { countingPort } from './support/ports.js'

describe.each(fileSystems)('what lies on disk, on %s', (_name, open) => {
  const make = places(open)

  it('D1: a new session is a skeleton, with the layout folders that the workspace has', async () => {
    const place = make({ 'acts/a.md': 'a', 'other/b.md': 'b' })
    await place.start()
    expect(place.names('workspace/sessions')).toEqual(['first'])
    const visible = place.names('workspace/sessions/first').filter((name) => name !== '.cowrite')
    expect(visible).toEqual(['acts', 'artifacts', 'human-retries', 'session.json'])
    for (const folder of ['acts', 'artifacts', 'human-retries'])
      expect(place.names(`workspace/sessions/first/${folder}`)).toEqual([])
  })

  it('D1: the config chooses the folders, nested ones too', async () => {
    const place = make({ 'parts/one/a.md': 'a' })
    await (await place.open()).initialize()
    place.put('workspace/config.json', JSON.stringify({ cowrite: 1, folders: ['parts/one', 'absent'] }))
    await place.start()
    expect(place.names('workspace/sessions/first/parts')).toEqual(['one'])
    expect(place.has('workspace/sessions/first/absent')).toBe(false)
  })

  it('D1: start reads no workspace file, and costs the same however large it is and however many sessions there are', async () => {
    const count = async (files: Record<string, string>, others: number): Promise<Record<string, number>> => {
      const place = make(files)
      const counting = countingPort(place.port)
      const before = new Workspace(counting.port, {})
      await before.initialize()
      for (let other = 0; other < others; other++) await before.start(`other-${other}`)
      await before.close()
      const workspace = new Workspace(counting.port, {})
      // What was written in this moment may be read once more.
      await setTimeout(2 * place.port.timestampGranularity)
      counting.reset()
      await workspace.start('counted')
      const inLower = counting.opened.filter((path) => !path.startsWith('workspace/'))
      expect(inLower, 'files of the workspace that were opened').toEqual([])
      const counts = counting.byName()
      await workspace.close()
      return counts
    }
    const small = await count({ 'acts/a.md': 'a', 'context/b.md': 'b' }, 1)
    const large: Record<string, string> = { 'context/b.md': 'b' }
    for (let at = 0; at < 300; at++) large[`acts/act-${at % 7}/scene-${at}.md`] = `${at}`
    expect(await count(large, 1)).toEqual(small)
    expect(await count({ 'acts/a.md': 'a', 'context/b.md': 'b' }, 25)).toEqual(small)
  })

  it('D1: a session is built aside, and what a killed process left of one is no session', async () => {
    const place = make()
    const workspace = await place.open()
    await workspace.initialize()
    place.fs.mkdirSync(`${place.root}/workspace/sessions/.new-abandoned/acts`, { recursive: true })
    place.put('workspace/sessions/README.txt', 'put here by hand')
    place.fs.mkdirSync(`${place.root}/workspace/sessions/not a name`)
    expect((await workspace.list()).sessions).toEqual([])
    await workspace.start('first')
    expect((await workspace.list()).sessions.map(({ name }) => name)).toEqual(['first'])
  })

  it("D2: workspace files under the session folder's own names come back on commit", async () => {
    const reserved = [
      'session.json',
      'Session.JSON',
      'human-retries/scene.md-retry-1.md',
      'Human-Retries/x',
      '~session.json',
      '~~session.json',
      '~human-retries/a',
      '~.cowrite/record',
      'retries.json',
      'deep/session.json',
      'deep/human-retries/x',
    ]
    const place = make()
    const session = await place.start()
    for (const path of reserved) await session.write(path, `content of ${path}`)
    for (const path of reserved) expect((await session.read(path)).content).toBe(`content of ${path}`)
    expect(place.json('workspace/sessions/first/session.json')).toMatchObject({ name: 'first' })
    expect((await session.retry('notes.txt', 'kept beside them')).retry).toBe(1)
    const { created } = (await session.status()).changes
    expect(paths(created).sort()).toEqual([...reserved].sort())
    for (const { path, openAt } of created) expect(place.read(openAt as string)).toBe(`content of ${path}`)
    const listed = await session.files({ recursive: true, limit: 1000 })
    expect(listed.entries.map(({ filePath }) => filePath)).toEqual(expect.arrayContaining(reserved))
    await session.commit()
    for (const path of reserved) expect(place.read(path)).toBe(`content of ${path}`)
  })

  it('D2: .cowrite is no workspace path, at any depth and in any spelling', async () => {
    const session = await make().start()
    for (const path of ['.cowrite/x', 'acts/.cowrite/record', '.COWRITE/x', 'acts/.Cowrite'])
      expect(await codeOf(session.write(path, 'x')), path).toBe('PATH_PROTECTED')
  })

  it('D4: a newer config is refused, nothing touched', async () => {
    const place = make()
    await place.start()
    place.put('workspace/config.json', JSON.stringify({ cowrite: 2, unheard_of: true }))
    const before = lowerOf(place, 'nothing')
    const error = await thrownBy(place.open())
    expect(error).toMatchObject({ code: 'WORKSPACE_UNAVAILABLE', data: { reason: 'newer format' } })
    expect(lowerOf(place, 'nothing')).toEqual(before)
  })

  it.each([
    ['an unknown key', { cowrite: 1, colour: 'red' }, 'INVALID_INPUT'],
    ['a wrong value', { cowrite: 1, confirm: 'maybe' }, 'INVALID_INPUT'],
    ['a version that is none', { cowrite: 'one' }, 'CORRUPT'],
  ])('D4: a config with %s is refused', async (_what, config, code) => {
    const place = make()
    await (await place.open()).initialize()
    place.put('workspace/config.json', JSON.stringify(config))
    expect(await codeOf(place.open())).toBe(code)
  })

  it('D4: a config that is cut short is damaged, and the state folder still ours', async () => {
    const place = make()
    await (await place.open()).initialize()
    place.put('workspace/config.json', '{ "cowr')
    expect(await codeOf(place.open())).toBe('CORRUPT')
  })

  it('D4: a state folder that has lost its marker is never taken for none, nor for ours', async () => {
    const place = make()
    const session = await place.start()
    await session.write('notes.txt', 'acknowledged')
    await session.close()
    const before = place.read('workspace/config.json')
    place.fs.unlinkSync(`${place.root}/workspace/config.json`)
    const error = await thrownBy(place.open())
    expect(error).toMatchObject({ code: 'WORKSPACE_UNAVAILABLE', data: { reason: 'marker gone' } })
    const looking = await place.open({ recover: false })
    expect(looking.stateFolder).toBe('workspace')
    expect(await codeOf(looking.list())).toBe('WORKSPACE_UNAVAILABLE')
    expect(await codeOf(looking.start('other'))).toBe('WORKSPACE_UNAVAILABLE')
    const { sound, findings } = await looking.doctor({ fix: true })
    expect(sound).toBe(false)
    expect(findings).toMatchObject([{ kind: 'config_invalid', fixed: false }])
    expect(place.has('workspace/config.json')).toBe(false)
    place.put('workspace/config.json', before)
    expect((await (await (await place.open()).session('first')).read('notes.txt')).content).toBe(
      'acknowledged',
    )
  })

  it('D4: a folder named workspace that is not ours is never taken over', async () => {
    const place = make({ ...book, 'workspace/mine.md': 'mine' })
    const workspace = await place.open()
    const error = await thrownBy(workspace.start('first'))
    expect(error).toMatchObject({ code: 'WORKSPACE_UNAVAILABLE', data: { reason: 'state folder taken' } })
    expect(place.names('workspace')).toEqual(['mine.md'])
    const elsewhere = await place.open({ stateFolder: '.cowrite' })
    const session = await elsewhere.start('first')
    expect((await session.read('workspace/mine.md')).content).toBe('mine')
    await session.write('workspace/mine.md', 'changed')
    await session.commit()
    expect(place.read('workspace/mine.md')).toBe('changed')
  })

  it('D4, P3: a state folder, and what is in it, is no workspace', async () => {
    const place = make()
    await place.start()
    if (place.fs !== nodeFs) return
    for (const inside of ['workspace', 'workspace/sessions', 'workspace/sessions/first']) {
      const refused = openWorkspace(`${place.root}/${inside}`)
      expect(await thrownBy(refused), inside).toMatchObject({
        code: 'WORKSPACE_UNAVAILABLE',
        data: { root: place.root, reason: 'state folder' },
      })
    }
  })

  it("D4: the state folder hides itself, and a user's own config.json is no marker", async () => {
    const place = make({ 'workspace/config.json': '{ "port": 80 }' })
    expect(await codeOf((await place.open()).start('first'))).toBe('WORKSPACE_UNAVAILABLE')
    const other = make()
    await other.start()
    expect(other.read('workspace/.gitignore')).toBe('*\n')
    expect(other.read('workspace/.ignore')).toBe('*\n')
  })

  it('D4: state folders are protected at any depth', async () => {
    const place = make()
    place.put('acts/sub/text.md', 'text')
    place.put('acts/sub/workspace/config.json', '{ "cowrite": 1 }')
    place.put('acts/sub/workspace/sessions/x/record', 'r')
    place.put('acts/plain/workspace/draft.md', 'draft')
    const session = await place.start()
    for (const path of [
      'acts/sub/workspace/config.json',
      'acts/sub/workspace/sessions/x/record',
      'acts/sub/workspace',
    ])
      expect(await codeOf(session.read(path)), path).toBe('PATH_PROTECTED')
    expect(await codeOf(session.write('acts/sub/workspace/new.md', 'x'))).toBe('PATH_PROTECTED')
    expect((await session.read('acts/plain/workspace/draft.md')).content).toBe('draft')
    const { entries } = await session.files({ recursive: true })
    expect(entries.some(({ filePath }) => filePath.startsWith('acts/sub/workspace'))).toBe(false)
  })

  it('D5: archives and history entries are never written over, and numbers order them', async () => {
    const place = make()
    const workspace = await place.open()
    for (const content of ['one', 'two', 'three']) {
      const session = await workspace.start('again')
      await session.write('notes.txt', content)
      await session.retry('notes.txt', `reason ${content}`)
      await session.commit()
    }
    expect(place.names('workspace/retries-archive')).toEqual(['again', 'again-2', 'again-3'])
    const reasons = place
      .names('workspace/retries-archive')
      .map((name) => place.read(`workspace/retries-archive/${name}/notes.txt-retry-1.txt.reason.txt`).trim())
    expect(reasons).toEqual(['reason one', 'reason two', 'reason three'])
    expect(place.names('workspace/history')).toEqual(['0001', '0002', '0003'])
    expect((await workspace.commits()).map(({ commitId }) => commitId)).toEqual(['0003', '0002', '0001'])
    place.fs.mkdirSync(`${place.root}/workspace/retries-archive/taken`)
    const session = await workspace.start('taken')
    await session.retry('notes.txt', 'x')
    expect((await session.commit()) as { archive: string }).toMatchObject({
      archive: 'workspace/retries-archive/taken-2/',
    })
  })

  it('D6: artifacts is scratch: read and written, counted, and never committed', async () => {
    const place = make()
    const session = await place.start()
    await session.write('artifacts/tmp/outline.md', 'scratch')
    await session.write('notes.txt', 'changed')
    expect((await session.read('artifacts/tmp/outline.md')).content).toBe('scratch')
    expect(place.read('workspace/sessions/first/artifacts/tmp/outline.md')).toBe('scratch')
    expect(paths((await session.status()).changes.created)).toEqual([])
    const preview = await session.preview()
    expect(preview.scratch).toBe(1)
    expect(preview.created).toEqual([])
    expect(await session.commit()).toMatchObject({ scratchDropped: 1, committed: true })
    expect(place.has('artifacts')).toBe(false)
  })

  it('D6, C1: a live folder artifacts that somebody makes later is a folder like any other', async () => {
    const place = make()
    const session = await place.start()
    await session.write('artifacts/draft.md', 'scratch')
    place.put('artifacts/map.md', 'the map')
    expect((await session.read('artifacts/map.md')).content).toBe('the map')
    await session.write('artifacts/map.md', 'a better map')
    await session.commit()
    expect(place.read('artifacts/map.md')).toBe('a better map')
  })

  it('D6: scratch that is cancelled is counted, too', async () => {
    const session = await make().start()
    await session.write('artifacts/a', '1')
    await session.write('artifacts/b', '2')
    expect(await session.cancel()).toMatchObject({ scratchDropped: 2, discarded: { created: 0 } })
  })

  it('D6: where lower has an artifacts folder of its own it is an ordinary one', async () => {
    const place = make({ ...book, 'artifacts/map.md': 'old map' })
    const session = await place.start()
    await session.write('artifacts/map.md', 'new map')
    await session.write('artifacts/key.md', 'key')
    place.put('workspace/sessions/first/artifacts/by-hand.md', 'by hand')
    const preview = await session.preview()
    expect(preview.scratch).toBe(0)
    expect(paths(preview.modified)).toEqual(['artifacts/map.md'])
    expect(paths(preview.created)).toEqual(['artifacts/by-hand.md', 'artifacts/key.md'])
    await session.commit()
    expect(place.names('artifacts')).toEqual(['by-hand.md', 'key.md', 'map.md'])
    expect(place.read('artifacts/map.md')).toBe('new map')
  })

  it('D6: where lower has a file named artifacts it can be changed like any other', async () => {
    const place = make({ artifacts: 'a file' })
    const session = await place.start()
    await session.write('artifacts', 'changed')
    await session.commit()
    expect(place.read('artifacts')).toBe('changed')
  })
})
