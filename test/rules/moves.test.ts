import { describe, expect, it } from 'vitest'
import type { Change, CommitResult } from '../../lib/index.js'
import { findOperation, runOperation } from '../../lib/operations/index.js'
import type { Session } from '../../lib/session.js'
import { countsOf } from '../../lib/verbs/counts.js'
import { fileSystems } from '../support/file-systems.js'
import { type Place, paths, places } from './support/places.js'

const movesOf = (changes: readonly Change[]): Record<string, string | undefined> =>
  Object.fromEntries(changes.map(({ path, movedFrom }) => [path, movedFrom]))

/** As a program does that copies and removes. */
async function carry(session: Awaited<ReturnType<Place['start']>>, from: string, to: string): Promise<void> {
  await session.write(to, Buffer.from((await session.read(from)).content))
  await session.remove(from)
}

describe.each(fileSystems)('what was moved, on %s', (_name, open) => {
  const make = places(open)

  it('C8: a file that is gone, and one of its content that came, are told as a move', async () => {
    const place = make({ 'a.md': 'the one\n', 'b.md': 'another\n', 'c.md': 'the one\n' })
    const session = await place.start()
    await carry(session, 'a.md', 'new/a.md')
    await session.write('new/b.md', 'anothe!\n')
    await session.remove('b.md')
    const { changes } = await session.status()
    expect(movesOf(changes.created)).toEqual({ 'new/a.md': 'a.md', 'new/b.md': undefined })
    expect(paths(changes.deleted)).toEqual(['a.md', 'b.md'])
    const preview = await session.preview()
    expect(movesOf(preview.created)).toEqual({ 'new/a.md': 'a.md', 'new/b.md': undefined })
    const diff = await session.diff()
    expect(diff.find(({ filePath }) => filePath === 'new/a.md')).toMatchObject({
      movedFrom: 'a.md',
      patch: '',
    })
    expect(diff.find(({ filePath }) => filePath === 'a.md')).toMatchObject({ movedTo: 'new/a.md', patch: '' })
  })

  it('T4: such a move holds nothing together: each end can be committed by itself', async () => {
    const place = make({ 'a.md': 'the one\n' })
    const session = await place.start()
    await carry(session, 'a.md', 'b.md')
    const preview = await session.preview({ files: ['b.md'] })
    expect(movesOf(preview.created)).toEqual({ 'b.md': undefined })
    expect(preview.alsoTaken).toEqual([])
    expect(preview.remaining).toEqual(['a.md'])
  })

  it('C8: of files that hold the same, those go together whose names do; empty ones go with others', async () => {
    const place = make({
      'old/one/index.md': 'same\n',
      'old/two/index.md': 'same\n',
      'old/two/mark': '',
      'old/name.md': 'a name\n',
      mark: '',
    })
    const session = await place.start()
    for (const name of ['two/index.md', 'one/index.md', 'two/mark', 'name.md'])
      await session.write(`new/${name}`, Buffer.from((await session.read(`old/${name}`)).content))
    await session.remove('old')
    await carry(session, 'mark', 'elsewhere/other')
    const { changes } = await session.status()
    expect(movesOf(changes.created)).toEqual({
      'elsewhere/other': undefined,
      'new/name.md': 'old/name.md',
      'new/one/index.md': 'old/one/index.md',
      'new/two/index.md': 'old/two/index.md',
      'new/two/mark': 'old/two/mark',
    })
    expect(changes.movedFolders).toEqual([{ from: 'old', to: 'new', files: 4 }])
  })

  it('C8: a folder counts as moved only where all that it held came along, and it is gone', async () => {
    const place = make({
      'old/a.md': 'one\n',
      'old/b.md': 'two\n',
      'part/a.md': 'three\n',
      'part/b.md': 'four\n',
    })
    const session = await place.start()
    await session.move('old', 'new')
    await session.remove('new/b.md')
    await session.move('part/a.md', 'parts/a.md')
    expect((await session.status()).changes.movedFolders).toBeUndefined()
    expect(movesOf((await session.status()).changes.created)).toEqual({
      'new/a.md': 'old/a.md',
      'parts/a.md': 'part/a.md',
    })
    await session.remove('part/b.md')
    expect((await session.preview()).movedFolders, 'the folder itself is still there').toBeUndefined()
  })

  it('C8: a commit, the list of commits and the record tell of it', async () => {
    const place = make({ 'old/a.md': 'one\n', 'b.md': 'two\n' })
    const session = await place.start()
    await session.move('old', 'new')
    await carry(session, 'b.md', 'c.md')
    const workspace = await place.open()
    const held = await workspace.records.show('first', { withHistory: true })
    expect(held.files).toEqual([
      { path: 'b.md', change: 'deleted' },
      { path: 'c.md', change: 'created', movedFrom: 'b.md' },
      { path: 'new/a.md', change: 'created', movedFrom: 'old/a.md' },
      { path: 'old/a.md', change: 'deleted' },
    ])
    const result = (await session.commit()) as CommitResult
    expect(result.movedFolders).toEqual([{ from: 'old', to: 'new', files: 1 }])
    const moved = [
      { from: 'b.md', to: 'c.md' },
      { from: 'old/a.md', to: 'new/a.md' },
    ]
    expect((await workspace.commits())[0]).toMatchObject({ moved })
    const kept = await workspace.records.show('first', {})
    expect(movesOf(kept.files as unknown as Change[])).toMatchObject({
      'c.md': 'b.md',
      'new/a.md': 'old/a.md',
    })
    await workspace.undo()
    expect(place.read('old/a.md')).toBe('one\n')
    expect(place.has('c.md')).toBe(false)
  })

  it('S8: a comparison of two sessions tells what is at another place', async () => {
    const place = make({ 'a.md': 'the one\n', 'b.md': 'another\n', 'none.md': '' })
    const workspace = await place.open()
    await workspace.start('first')
    const other = (await workspace.start('other')) as Awaited<ReturnType<Place['start']>>
    await carry(other, 'a.md', 'new/a.md')
    await carry(other, 'none.md', 'else.md')
    await other.write('b.md', 'changed\n')
    const diffs = await workspace.between.compare('first', 'other')
    expect(diffs.map(({ filePath, movedFrom, movedTo }) => [filePath, movedFrom ?? movedTo])).toEqual([
      ['a.md', 'new/a.md'],
      ['b.md', undefined],
      ['else.md', undefined],
      ['new/a.md', 'a.md'],
      ['none.md', undefined],
    ])
    expect(diffs.find(({ filePath }) => filePath === 'new/a.md')).toMatchObject({
      change: 'created',
      patch: '',
    })
  })

  it('T1: empty folders are listed as they are counted', async () => {
    const place = make({ 'gone/deep/a.md': 'a' })
    const session = await place.start()
    await (session.fs as { mkdir(path: string, options: object): Promise<unknown> }).mkdir('new/deep', {
      recursive: true,
    })
    const { changes } = await session.status()
    expect(changes.created).toMatchObject([{ path: 'new/deep', kind: 'folder' }])
    expect((await (await place.open()).list()).sessions[0]?.changes).toBe(1)
    const held = await (await place.open()).records.show('first', {})
    expect(held.files).toEqual([{ path: 'new/deep', change: 'created', kind: 'folder' }])
    await session.move('gone', 'here')
    const { compactMarkdown } = await (await place.open()).chats.createHandoff('first')
    expect(compactMarkdown).toContain('## Files changed (2)')
    expect(compactMarkdown).toContain('- new/deep/ (created)\n')
    expect(compactMarkdown).toContain('- here/deep/a.md (moved from gone/deep/a.md, 1 B)')
  })

  it('counts the same in status, lists, the record, figures, a switch and a checkpoint', async () => {
    const many = Object.fromEntries(Array.from({ length: 210 }, (_, at) => [`old/${at}.md`, `${at}\n`]))
    const place = make({
      ...many,
      'a.md': 'the one\n',
      'b.md': 'b\n',
      'c.md': 'c\n',
      '.gitignore': '*.log\n',
    })
    const workspace = await place.open()
    const session = (await workspace.start('first')) as Session
    await session.move('old', 'new')
    await carry(session, 'a.md', 'there/a.md')
    await session.write('b.md', 'changed\n')
    await session.remove('c.md')
    await session.write('x.md', 'new\n')
    await session.fs.mkdir('empty')
    const counts = { modified: 1, created: 1, deleted: 1, moved: 211, newFolders: 1 }
    const { history } = await workspace.records.show('first', { withHistory: true })
    expect(history?.filter(({ paths }) => paths.some((path) => path.startsWith('new')))).toMatchObject([
      { what: 'move_session_file', paths: ['old', 'new'] },
    ])
    const { changes } = await session.status()
    expect(countsOf([...changes.modified, ...changes.created, ...changes.deleted])).toEqual(counts)
    const total = 215
    const counted = async (id: string) => {
      const { sessions } = await workspace.records.list({ all: true })
      const details = await workspace.records.show(id)
      expect(details).toMatchObject({ changes: total, changeCounts: counts })
      expect(sessions).toMatchObject([{ name: 'first', changes: total }])
      expect(await workspace.records.stats()).toMatchObject({ changes: total })
    }
    await counted('first')
    expect((await workspace.list()).sessions).toMatchObject([{ changes: total }])
    expect(await workspace.switch('first')).toMatchObject({ changes: counts, ignored: 0 })
    expect(await session.checkpoints.create('all')).toMatchObject({ changes: counts })
    await session.commit()
    await counted('first')
  })

  it('counts what is thrown away as a status at that moment would', async () => {
    const place = make({ 'a.md': 'the one\n', 'b.md': 'b\n', '.gitignore': '*.log\n' })
    const workspace = await place.open()
    const session = (await workspace.start('first')) as Session
    await carry(session, 'a.md', 'there.md')
    await session.write('b.md', 'changed\n')
    await session.write('new.md', 'new\n')
    await session.write('debug.log', 'ignored\n')
    // By hand, and no record knows: one is as it was, the other no longer what is gone.
    place.fs.writeFileSync(`${place.root}/${session.path}b.md`, 'b\n')
    expect(await workspace.switch('first')).toMatchObject({
      changes: { modified: 0, created: 1, deleted: 0, moved: 1, newFolders: 0 },
      ignored: 1,
    })
    place.fs.appendFileSync(`${place.root}/${session.path}there.md`, 'more\n')
    const { discarded } = await workspace.cancel('first')
    expect(discarded).toEqual({
      ...{ modified: 0, created: 2, deleted: 1, moved: 0, newFolders: 0 },
      ...{ ignored: 1, humanRetries: 0 },
    })
    // What is still known of it is what was thrown away.
    const { changes, files } = await workspace.records.show('first')
    expect(changes).toBe(3)
    expect(files.map(({ path }) => path)).toEqual(['a.md', 'new.md', 'there.md'])
  })

  it('T4: stays in the session as one thing, and folders only where nothing in them does', async () => {
    const place = make({ 'a.md': 'the one\n', 'old/b.md': 'b\n', 'c.md': 'c\n' })
    const session = await place.start()
    await carry(session, 'a.md', 'new/deep/a.md')
    await session.move('old', 'other')
    await session.write('c.md', 'changed\n')
    await session.fs.mkdir('empty')
    const expected = {
      remaining: ['a.md', 'empty', 'new/deep/a.md', 'old/b.md', 'other/b.md'],
      remainingMoved: [
        { from: 'a.md', to: 'new/deep/a.md' },
        { from: 'old/b.md', to: 'other/b.md' },
      ],
    }
    const context = { workspace: await place.open(), session: async () => session }
    const input = { name: 'first', files: ['c.md'] }
    const part = await runOperation(findOperation('commit_session') as never, context as never, input)
    for (const face of ['shell', 'chat'] as const) {
      const text = findOperation('commit_session')?.render(part as never, face)
      expect(text).toContain('📌 Staying in the session (3):\n   • empty\n   • a.md → new/deep/a.md\n')
    }
    expect(await session.preview({ files: ['c.md'] })).toMatchObject(expected)
    expect(await session.commit({ files: ['c.md'] })).toMatchObject({ closed: false, ...expected })
  })
})
