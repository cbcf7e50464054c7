import { describe, expect, it } from 'vitest'
import type { MergeOptions } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import type { Workspace } from '../../lib/workspace.js'
import { quickFileSystems } from '../support/file-systems.js'
import { codeOf, lowerOf, type Place, paths, places, plan, scene, thrownBy } from './support/places.js'

const text = async (session: Session, path: string) => (await session.read(path)).content
const changesOf = async (session: Session) => {
  const { modified, created, deleted } = (await session.status()).changes
  return { modified: paths(modified), created: paths(created), deleted: paths(deleted) }
}
const none = { modified: [], created: [], deleted: [], merged: [], marked: [], conflicts: [], dropped: [] }

interface Two {
  workspace: Workspace
  source: Session
  target: Session
  merge(options?: MergeOptions): ReturnType<Workspace['between']['merge']>
}

describe.each(quickFileSystems)('a merge of two sessions, on %s', (_name, open) => {
  const make = places(open)

  async function two(
    place: Place,
    options: { from?: string; before?: (target: Session) => Promise<unknown> } = {},
  ): Promise<Two> {
    const workspace = await place.open()
    const target = (await workspace.start('target')) as Session
    await options.before?.(target)
    const source = (await workspace.start('source', options.from ? { from: options.from } : {})) as Session
    return { workspace, source, target, merge: (more) => workspace.between.merge('source', 'target', more) }
  }

  it('S8: brings the changes of one session into another; lower and the source stay as they are', async () => {
    const place = make()
    const before = lowerOf(place)
    const { source, target, merge } = await two(place)
    await source.write(plan, 'The plan of the source.\n')
    await source.write('made/deep/one.md', 'one\n')
    await source.remove('notes.txt')
    await source.move('context/characters', 'context/people')
    await target.write(scene, 'of the target\n')
    const kept = await changesOf(source)
    expect(await merge()).toMatchObject({
      ...none,
      modified: [plan],
      created: ['context/people/alexa.json', 'made/deep/one.md'],
      deleted: ['context/characters/alexa.json', 'notes.txt'],
      keptAs: 'before-merging-source',
    })
    expect(await text(target, plan)).toBe('The plan of the source.\n')
    expect(await text(target, scene)).toBe('of the target\n')
    expect(await codeOf(target.read('notes.txt'))).toBe('NOT_FOUND')
    expect(
      (await target.files({ folder: 'context', recursive: true })).entries.map(({ filePath }) => filePath),
    ).toEqual(['context/people', 'context/people/alexa.json'])
    expect(await changesOf(source)).toEqual(kept)
    expect(lowerOf(place)).toEqual(before)
    expect(await merge()).toMatchObject({ ...none, keptAs: null })
    await target.commit()
    expect(place.read('made/deep/one.md')).toBe('one\n')
    expect(place.has('notes.txt')).toBe(false)
    expect(place.names('context')).toEqual(['people'])
    expect(await changesOf(source)).toEqual({ modified: [], created: [], deleted: [] })
  })

  it('S8: texts that both changed are merged, with what both began with', async () => {
    const place = make()
    const { source, target, merge } = await two(place)
    await source.write(plan, 'The plan, by the source.\n\nThey meet.\n')
    await target.write(plan, 'The plan.\n\nThey meet, by the target.\n')
    expect(await merge()).toMatchObject({ modified: [plan], merged: [plan] })
    expect(await text(target, plan)).toBe('The plan, by the source.\n\nThey meet, by the target.\n')
    await target.commit()
    expect(place.read(plan)).toBe('The plan, by the source.\n\nThey meet, by the target.\n')
  })

  it('S8: conflicts are refused with every one of them listed, and nothing is merged', async () => {
    const place = make()
    const { source, target, merge, workspace } = await two(place)
    await source.write(plan, 'One plan.\n')
    await target.write(plan, 'Another plan.\n')
    await source.write('new.md', 'of the source\n')
    await target.write('new.md', 'of the target\n')
    await source.remove(scene)
    await target.write(scene, 'kept\n')
    await source.write('fine.md', 'fine\n')
    const preview = await workspace.between.preview('source', 'target')
    expect(paths(preview.conflicts).sort()).toEqual([plan, scene, 'new.md'].sort())
    const error = await merge().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'CONFLICT',
      data: { conflicts: preview.conflicts, digest: preview.digest },
    })
    expect(await codeOf(target.read('fine.md'))).toBe('NOT_FOUND')
    expect(await target.checkpoints.list()).toEqual([])
  })

  it.each([
    ['keep_source', 'One plan.\n', []],
    ['keep_target', 'Another plan.\n', [plan]],
  ] as const)(
    'S8: with %s, one side stays, and what was there can be brought back',
    async (onConflict, expected, dropped) => {
      const place = make()
      const { source, target, merge } = await two(place)
      await source.write(plan, 'One plan.\n')
      await target.write(plan, 'Another plan.\n')
      await source.write('fine.md', 'fine\n')
      const { keptAs, ...told } = await merge({ onConflict })
      expect(told).toMatchObject({ dropped, conflicts: [] })
      expect(await text(target, plan)).toBe(expected)
      expect(await text(target, 'fine.md')).toBe('fine\n')
      await target.checkpoints.restore(keptAs ?? '')
      expect(await text(target, plan)).toBe('Another plan.\n')
      expect(await codeOf(target.read('fine.md'))).toBe('NOT_FOUND')
    },
  )

  it('S8: with markers, both versions stand in the target, which is not committed until somebody decides', async () => {
    const place = make()
    const { source, target, merge } = await two(place)
    await source.write(plan, 'One plan.\n\nThey meet.\n')
    await target.write(plan, 'Another plan.\n\nThey meet.\n')
    expect(await merge({ onConflict: 'markers' })).toMatchObject({
      marked: [plan],
      conflicts: [],
      dropped: [],
    })
    const marked = await text(target, plan)
    expect(marked).toMatch(
      /^<{7} session target\nAnother plan\.\n\|{7} base\nThe plan\.\n={7}\nOne plan\.\n>{7} session source\n/,
    )
    const refused = await thrownBy(target.commit())
    expect(refused.message).toBe('1 file still holds the markers of a conflict; nothing was committed.')
    expect(refused.data.ways).toEqual(['keep_global'])
    await target.write(plan, 'Both plans.\n\nThey meet.\n')
    await target.commit()
    expect(place.read(plan)).toBe('Both plans.\n\nThey meet.\n')
  })

  it('S8: only the named files come, with what cannot be parted from them', async () => {
    const place = make()
    const { source, target, merge } = await two(place)
    await source.write(plan, 'The plan of the source.\n')
    await source.move('notes.txt', 'kept/notes.txt')
    expect(await merge({ files: ['kept/notes.txt'] })).toMatchObject({ modified: [], deleted: ['notes.txt'] })
    expect(await text(target, 'kept/notes.txt')).toBe('remember the lamp\n')
    expect(await codeOf(target.read('notes.txt'))).toBe('NOT_FOUND')
    expect(await text(target, plan)).toBe('The plan.\n\nThey meet.\n')
    expect(await codeOf(merge({ files: ['nowhere.md'] }))).toBe('NOT_FOUND')
  })

  it('S6, S8: a fork goes back into its parent as what it changed since, and the parent goes on', async () => {
    const place = make()
    const { source, target, merge } = await two(place, {
      from: 'target',
      before: async (target) => {
        await target.write(plan, 'The plan, first.\n\nThey meet.\n')
        await target.write('made.md', 'made\n')
        await target.write('kept.md', 'kept\n')
      },
    })
    await target.write(plan, 'The plan, first.\n\nThey part.\n')
    await target.write('kept.md', 'kept, and changed by the parent\n')
    await source.write(plan, 'The plan, second.\n\nThey meet.\n')
    await source.remove('made.md')
    expect(await merge()).toMatchObject({
      modified: [plan],
      merged: [plan],
      deleted: ['made.md'],
      created: [],
    })
    expect(await text(target, plan)).toBe('The plan, second.\n\nThey part.\n')
    expect(await text(target, 'kept.md')).toBe('kept, and changed by the parent\n')
    expect(await changesOf(target)).toEqual({ modified: [plan], created: ['kept.md'], deleted: [] })
  })

  it('S6, S8: what a parent did since comes into its fork', async () => {
    const place = make()
    const { source, target, workspace } = await two(place, {
      from: 'target',
      before: async (target) => {
        await target.write('made.md', 'made\n')
        await target.write('gone.md', 'gone\n')
      },
    })
    await target.write('made.md', 'made, and changed\n')
    await target.remove('gone.md')
    await source.write('own.md', 'own\n')
    expect(await workspace.between.merge('target', 'source')).toMatchObject({
      modified: ['made.md'],
      deleted: ['gone.md'],
      created: [],
    })
    expect(await text(source, 'made.md')).toBe('made, and changed\n')
    expect(await codeOf(source.read('gone.md'))).toBe('NOT_FOUND')
    expect(await changesOf(source)).toEqual({ modified: [], created: ['made.md', 'own.md'], deleted: [] })
  })

  it('S6, S8: two forks of one session meet at what it was', async () => {
    const place = make()
    const workspace = await place.open()
    const parent = (await workspace.start('parent')) as Session
    await parent.write('shared.md', 'one\n\ntwo\n\nthree\n')
    const left = (await workspace.start('left', { from: 'parent' })) as Session
    const right = (await workspace.start('right', { from: 'parent' })) as Session
    await left.write('shared.md', 'one, left\n\ntwo\n\nthree\n')
    await right.write('shared.md', 'one\n\ntwo\n\nthree, right\n')
    await parent.cancel()
    expect(await workspace.between.merge('left', 'right')).toMatchObject({
      merged: ['shared.md'],
      conflicts: [],
    })
    expect(await text(right, 'shared.md')).toBe('one, left\n\ntwo\n\nthree, right\n')
  })

  it('S8: folders and files change places only where nothing of the target is lost', async () => {
    const place = make()
    const { source, target, merge } = await two(place)
    await source.remove('context')
    await source.write('context', 'a file where a folder was\n')
    await source.remove('notes.txt')
    await source.write('notes.txt/deep.md', 'a folder where a file was\n')
    await target.write('context/places/inn.json', '{}\n')
    const error = await merge().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'CONFLICT', data: { conflicts: [{ path: 'context' }] } })
    await target.remove('context/places')
    await merge()
    expect(await text(target, 'context')).toBe('a file where a folder was\n')
    expect(await text(target, 'notes.txt/deep.md')).toBe('a folder where a file was\n')
    await target.commit()
    expect(place.read('context')).toBe('a file where a folder was\n')
    expect(place.read('notes.txt/deep.md')).toBe('a folder where a file was\n')
  })

  it('S8: what changed since a preview is refused, as is a session with itself, and one that is unknown', async () => {
    const place = make()
    const { source, merge, workspace } = await two(place)
    await source.write(plan, 'One plan.\n')
    const { digest } = await workspace.between.preview('source', 'target')
    await source.write(plan, 'Another plan.\n')
    expect(await codeOf(merge({ expect: digest }))).toBe('CONFLICT')
    expect(await codeOf(workspace.between.merge('source', 'source'))).toBe('INVALID_INPUT')
    expect(await codeOf(workspace.between.merge('nobody', 'source'))).toBe('SESSION_NOT_FOUND')
    const { digest: again } = await workspace.between.preview('source', 'target')
    await merge({ expect: again })
  })
})

describe.each(quickFileSystems)('what two sessions show, on %s', (_name, open) => {
  const make = places(open)

  it('S8: differs as a diff from the one to the other tells', async () => {
    const place = make()
    const workspace = await place.open()
    const one = (await workspace.start('one')) as Session
    const other = (await workspace.start('other')) as Session
    await one.write(plan, 'Plan A.\n')
    await other.write(plan, 'Plan B.\n')
    await one.write('same.md', 'same\n')
    await other.write('same.md', 'same\n')
    await other.remove('context')
    await one.write('only.md', 'only\n')
    const diffs = await workspace.between.compare('one', 'other', { words: false })
    expect(diffs.map(({ filePath, change }) => [filePath, change])).toEqual([
      [plan, 'modified'],
      ['context/characters/alexa.json', 'deleted'],
      ['only.md', 'deleted'],
    ])
    expect(diffs[0]?.patch).toContain('-Plan A.\n+Plan B.')
    expect(await workspace.between.compare('other', 'one', { files: ['only.md'] })).toMatchObject([
      { change: 'created' },
    ])
    expect(await codeOf(workspace.between.compare('one', 'other', { files: ['nowhere.md'] }))).toBe(
      'NOT_FOUND',
    )
  })
})
