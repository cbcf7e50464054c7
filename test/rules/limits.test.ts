import { describe, expect, it } from 'vitest'
import type { StartOptions } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { quickFileSystems } from '../support/file-systems.js'
import { codeOf, lowerOf, type Place, paths, places, plan, scene } from './support/places.js'

const errnoCode = async (work: Promise<unknown>) =>
  ((await work.catch((error: unknown) => error)) as NodeJS.ErrnoException).code
const start = async (place: Place, options: StartOptions) =>
  (await (await place.open()).start('limited', options)) as Session
const configured = (place: Place, templates: object) =>
  place.put('workspace/config.json', JSON.stringify({ cowrite: 1, templates }))

describe.each(quickFileSystems)('the limits of a session, on %s', (_name, open) => {
  const make = places(open)

  it('P3: only the allowed paths can be written, by any call; everything can be read', async () => {
    const place = make()
    const before = lowerOf(place)
    const session = await start(place, { allowedPaths: ['acts/**'], readOnlyPaths: ['acts/act-1/plan.md'] })
    await session.write(scene, 'within\n')
    await session.write('acts/act-2/new.md', 'within\n')
    expect((await session.read('notes.txt')).content).toBe('remember the lamp\n')
    for (const path of ['notes.txt', 'new.md', 'context/characters/alexa.json', plan]) {
      expect(await codeOf(session.write(path, 'no\n')), path).toBe('PATH_PROTECTED')
      expect(await codeOf(session.place(path, 'write')), path).toBe('PATH_PROTECTED')
    }
    expect(await codeOf(session.edit(plan, 'plan', 'plot'))).toBe('PATH_PROTECTED')
    expect(await codeOf(session.remove('context'))).toBe('PATH_PROTECTED')
    expect(await codeOf(session.remove('acts'))).toBe('PATH_PROTECTED')
    expect(await codeOf(session.move(scene, 'scene.md'))).toBe('PATH_PROTECTED')
    const fs = session.fs as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>
    for (const [call, ...given] of [
      ['writeFile', 'notes.txt', 'no\n'],
      ['appendFile', plan, 'no\n'],
      ['mkdir', 'made'],
      ['open', 'notes.txt', 'r+'],
      ['chmod', 'notes.txt', 0o755],
      ['unlink', 'notes.txt'],
      ['rename', 'notes.txt', 'acts/notes.txt'],
      ['symlink', 'acts', 'link'],
    ] as const)
      expect(await errnoCode((fs[call] as (typeof fs)[string])(...given)), call).toBe('EPERM')
    expect(paths((await session.status()).changes.modified)).toEqual([scene])
    expect(lowerOf(place)).toEqual(before)
    await session.commit()
    expect(place.read(scene)).toBe('within\n')
  })

  it('P3: they are kept in session.json and in status, hold in the next process, and after a recovery', async () => {
    const place = make()
    const session = await start(place, { allowedPaths: ['acts'], allowedTools: ['Read', 'Edit'] })
    expect(place.json('workspace/sessions/limited/session.json')).toMatchObject({
      allowed_paths: ['acts'],
      allowed_tools: ['Read', 'Edit'],
    })
    expect((await session.status()).limits).toEqual({
      allowedPaths: ['acts'],
      readOnlyPaths: [],
      allowedTools: ['Read', 'Edit'],
    })
    await session.close()
    place.fs.unlinkSync(`${place.root}/workspace/sessions/limited/.cowrite/record`)
    const workspace = await place.open()
    await workspace.recover('limited')
    const again = (await workspace.session('limited')) as Session
    expect(await codeOf(again.write('notes.txt', 'no\n'))).toBe('PATH_PROTECTED')
  })

  it('P3: a preview and a status name what a commit would refuse, and each way that they offer works', async () => {
    for (const way of ['others', 'give up'] as const) {
      const place = make()
      const before = lowerOf(place)
      const session = await start(place, { readOnlyPaths: ['context'] })
      await session.write(scene, 'mine\n')
      const alexa = 'context/characters/alexa.json'
      for (const path of [alexa, 'context/new/style.md'])
        place.put(`workspace/sessions/limited/${path}`, 'by hand\n')
      const reason = "is read-only in session 'limited'"
      const barred = [alexa, 'context/new/style.md'].map((path) => ({ path, reason }))
      const preview = await session.preview()
      expect(preview).toMatchObject({ barred, conflicts: [], ways: [] })
      expect(paths([...preview.modified, ...preview.created])).toEqual([scene])
      const { conflicts, barred: inStatus } = await session.status()
      expect({ conflicts, barred: inStatus }).toEqual({ conflicts: [], barred })
      await expect(session.commit()).rejects.toMatchObject({
        code: 'PATH_PROTECTED',
        data: { path: alexa, session: 'limited', barred, others: [scene], digest: preview.digest },
      })
      expect(lowerOf(place)).toEqual(before)
      if (way === 'others') {
        expect(await session.commit({ files: [scene] })).toMatchObject({ committed: true, closed: false })
        expect(place.read('workspace/sessions/limited/context/new/style.md')).toBe('by hand\n')
      } else {
        const result = await session.commit({ onConflict: 'keep_global', expect: preview.digest })
        expect(result).toMatchObject({ closed: true, dropped: barred.map(({ path }) => path) })
        const workspace = await place.open()
        const [kept] = await workspace.retries('context/new/style.md')
        const bytes = await workspace.readArchivedRetry('limited', kept?.savedTo ?? '')
        expect(bytes.toString()).toBe('by hand\n')
      }
      const after = lowerOf(place)
      expect(Object.keys(after)).toEqual(Object.keys(before))
      expect(after[alexa]).toBe(before[alexa])
      expect(place.read(scene)).toBe('mine\n')
      expect(place.has('context/new/style.md')).toBe(false)
    }
  })

  it('P3: what is barred cannot be insisted on, and is named before the conflicts beside it', async () => {
    const place = make()
    const session = await start(place, { readOnlyPaths: ['context'] })
    await session.write(scene, 'mine\n')
    place.put(scene, 'theirs\n')
    place.put('workspace/sessions/limited/context/style.md', 'by hand\n')
    const { ways, digest, conflicts } = await session.preview()
    expect(paths(conflicts)).toEqual([scene])
    expect(ways).not.toContain('keep_session')
    expect(await codeOf(session.commit({ onConflict: 'keep_session', expect: digest }))).toBe(
      'PATH_PROTECTED',
    )
    const part = await session.preview({ files: [scene] })
    expect(part.barred).toBeUndefined()
    expect(part.ways).toContain('keep_session')
    await session.commit({ files: [scene], onConflict: 'keep_session', expect: part.digest })
    expect(place.read(scene)).toBe('mine\n')
    expect(place.has('context/style.md')).toBe(false)
  })

  it('P3: what a hand put outside of them is not committed', async () => {
    const place = make()
    const session = await start(place, { allowedPaths: ['acts'] })
    await session.write(scene, 'within\n')
    place.put('workspace/sessions/limited/made.md', 'by hand\n')
    expect(await codeOf(session.commit())).toBe('PATH_PROTECTED')
    expect(place.has('made.md')).toBe(false)
    await session.commit({ files: [scene] })
    expect(place.read(scene)).toBe('within\n')
  })

  it('P3, S6: a fork has its parent’s limits, or its own; what it took over can be committed in any case', async () => {
    const place = make()
    const parent = await start(place, { readOnlyPaths: ['notes.txt'] })
    await parent.write(plan, 'by the parent\n')
    const workspace = await place.open()
    const same = (await workspace.start('same', { from: 'limited' })) as Session
    expect(await codeOf(same.write('notes.txt', 'no\n'))).toBe('PATH_PROTECTED')
    const own = (await workspace.start('own', { from: 'limited', allowedPaths: [scene] })) as Session
    expect(await codeOf(own.write(plan, 'no\n'))).toBe('PATH_PROTECTED')
    await own.write(scene, 'within\n')
    await own.commit()
    expect(place.read(plan)).toBe('by the parent\n')
  })

  it('P3: a merge brings nothing that the session may not write', async () => {
    const place = make()
    const limited = await start(place, { allowedPaths: ['acts'] })
    const workspace = await place.open()
    const source = (await workspace.start('source')) as Session
    await source.write('notes.txt', 'no\n')
    await source.write(plan, 'yes\n')
    expect(await codeOf(workspace.between.merge('source', 'limited'))).toBe('PATH_PROTECTED')
    await workspace.between.merge('source', 'limited', { files: [plan] })
    expect((await limited.read(plan)).content).toBe('yes\n')
  })

  it('P3: a merge, and a view, need the tools that do what is done there', async () => {
    const place = make()
    const workspace = await place.open()
    await (await workspace.start('draft')).write(plan, 'another\n')
    const limited = await workspace.start('limited', { allowedTools: ['Read'] })
    const merging = { onConflict: 'keep_source' as const }
    expect(await codeOf(workspace.between.merge('draft', 'limited', merging))).toBe('UNSUPPORTED')
    expect(await codeOf(limited.view())).toBe('UNSUPPORTED')
    expect((await limited.status()).changes.modified).toEqual([])
    await workspace.start('writing', { allowedTools: ['Write'] })
    expect((await workspace.between.merge('draft', 'writing')).paths).toEqual([plan])
  })

  it('P3: tools for files are allowed by their own name, or by that of the client’s that does the same', async () => {
    const place = make()
    const session = await start(place, { allowedTools: ['Read', 'mcp__cowrite__edit_session_file', 'Bash'] })
    for (const tool of ['Read', 'read_session_file', 'edit_session_file', 'Edit', 'Bash', 'run'])
      expect(() => session.checkTool(tool), tool).not.toThrow()
    for (const tool of ['Write', 'write_session_file', 'Grep', 'move_session_file', 'NotebookEdit'])
      expect(() => session.checkTool(tool), tool).toThrow(
        /is not among the tools that session 'limited' allows/,
      )
    const logged = await (await place.open()).records.operations('limited')
    expect(logged).toContainEqual(expect.objectContaining({ operation: 'Write', outcome: 'UNSUPPORTED' }))
  })

  it.each([
    { allowedPaths: ['/etc'] },
    { allowedPaths: ['../out'] },
    { readOnlyPaths: [''] },
    { allowedTools: [' '] },
    { allowedPaths: ['x'.repeat(1_001)] },
    { template: 'no such' },
  ])('P3: %j is refused, and nothing is made', async (options) => {
    const place = make()
    expect(await codeOf(start(place, options))).toBe('INVALID_INPUT')
    expect((await (await place.open()).list()).count).toBe(0)
  })
})

describe.each(quickFileSystems)('a template, on %s', (_name, open) => {
  const make = places(open)

  it('S9: makes folders and files that the workspace has not, and gives limits and a description', async () => {
    const place = make()
    await (await place.open()).initialize()
    configured(place, {
      chapter: {
        description: 'One chapter',
        folders: ['acts/act-2/chapters', 'context'],
        files: {
          'acts/act-2/plan.md': '# Plan\n',
          'acts/act-2/lamp.txt': { source: 'notes.txt' },
          'notes.txt': 'never over what is there\n',
        },
        read_only_paths: ['context'],
        retries: { auto_detect: false },
      },
    })
    const before = lowerOf(place)
    const session = await start(place, { template: 'chapter' })
    expect(session.description).toBe('One chapter')
    expect(session.template).toBe('chapter')
    expect(paths((await session.status()).changes.created)).toEqual([
      'acts/act-2/chapters',
      'acts/act-2/lamp.txt',
      'acts/act-2/plan.md',
    ])
    expect((await session.read('acts/act-2/lamp.txt')).content).toBe('remember the lamp\n')
    expect((await session.read('notes.txt')).content).toBe('remember the lamp\n')
    expect(place.json('workspace/sessions/limited/session.json')).toMatchObject({
      template: 'chapter',
      read_only_paths: ['context'],
    })
    expect(await codeOf(session.write('context/new.md', 'no\n'))).toBe('PATH_PROTECTED')
    expect(await codeOf(session.retry(plan, 'Too long', { autoDetected: true }))).toBe('UNSUPPORTED')
    await session.retry(plan, 'Too long')
    expect(lowerOf(place)).toEqual(before)
    await session.commit()
    expect(place.names('acts/act-2')).toEqual(['chapters', 'lamp.txt', 'plan.md'])
  })

  it('S9: what is said at the start goes before what the template says; one that cannot be is refused', async () => {
    const place = make()
    await (await place.open()).initialize()
    configured(place, {
      fine: { description: 'Words', allowed_paths: ['acts'] },
      missing: { files: { 'new.md': { source: 'nowhere.md' } } },
      protected: { files: { '.git/config': 'no\n' } },
      contrary: { files: { 'new.md': 'no\n' }, allowed_paths: ['acts'] },
    })
    const workspace = await place.open()
    const session = (await workspace.start('own', {
      template: 'fine',
      description: 'My words',
      allowedPaths: ['notes.txt'],
    })) as Session
    expect(session.description).toBe('My words')
    await session.write('notes.txt', 'yes\n')
    expect(await codeOf(workspace.start('a', { template: 'missing' }))).toBe('NOT_FOUND')
    expect(await codeOf(workspace.start('a', { template: 'protected' }))).toBe('PATH_PROTECTED')
    expect(await codeOf(workspace.start('a', { template: 'contrary' }))).toBe('PATH_PROTECTED')
    expect(await codeOf(workspace.start('a', { template: 'fine', from: 'own' }))).toBe('INVALID_INPUT')
    expect((await workspace.list()).count).toBe(1)
    configured(place, { odd: { unknown: true } })
    expect(await codeOf(workspace.start('a'))).toBe('INVALID_INPUT')
  })
})
