/** What is kept of a session is all that it ever committed, and nothing that it did not. */
import { describe, expect, it } from 'vitest'
import type { Session } from '../../lib/session.js'
import { fileSystems } from '../support/file-systems.js'
import { places } from './support/places.js'

describe.each(fileSystems)('what a session has changed, on %s', (_name, open) => {
  const make = places(open)

  async function inParts(files: Record<string, string> = { 'a.md': 'a\n', 'b.md': 'b\n', 'c.md': 'c\n' }) {
    const place = make(files)
    const workspace = await place.open()
    const session = (await workspace.start('part')) as Session
    const { records } = workspace
    const counted = async () => {
      const { sessions } = await records.list({ all: true })
      const { changes } = await records.stats({ since: 'all' })
      return [sessions.find(({ name }) => name === 'part')?.changes, changes]
    }
    const found = async (path: string) => (await records.search(path)).count
    const shown = async () => {
      const { files, changeCounts } = await records.show('part')
      const { context } = await workspace.chats.createHandoff('part')
      const exported = JSON.parse((await records.export('part', 'json')).content)
      const names = files.map(({ path, change, movedFrom }) => [path, movedFrom ?? change])
      const handed = context.files.map(({ path, change, movedFrom }) => [path, movedFrom ?? change])
      expect(handed.sort()).toEqual([...names].sort())
      expect(
        exported.files.map((file: Record<string, string>) => [file.path, file.moved_from ?? file.change]),
      ).toEqual(names)
      return { names, changeCounts }
    }
    return { place, workspace, session, records, counted, found, shown }
  }

  it('is all of it where it was committed in parts, in every list and on every page', async () => {
    const { session, records, counted, found, shown } = await inParts()
    await session.write('a.md', 'A\n')
    await session.write('new.md', 'new\n')
    await session.write('b.md', 'B\n')
    await session.commit({ files: ['a.md', 'new.md'] })
    expect((await shown()).names).toEqual([
      ['b.md', 'modified'],
      ['a.md', 'modified'],
      ['new.md', 'created'],
    ])
    const { files, changeCounts } = await records.show('part')
    expect(files.map(({ committed = false }) => committed)).toEqual([false, true, true])
    // What is not committed yet, as its status counts it.
    expect(changeCounts).toMatchObject({ modified: 1, created: 0 })
    expect(await counted()).toEqual([1, 3])
    expect(await found('new.md')).toBe(1)

    await session.write('new.md', 'newer\n')
    expect(await counted()).toEqual([2, 3])
    await session.commit()
    expect(await shown()).toEqual({
      names: [
        ['a.md', 'modified'],
        ['b.md', 'modified'],
        ['new.md', 'created'],
      ],
      changeCounts: { modified: 2, created: 1, deleted: 0, moved: 0, newFolders: 0 },
    })
    expect(await counted()).toEqual([3, 3])
    expect(await found('a.md')).toBe(1)
  })

  it('follows what was moved through its commits, and what came and went', async () => {
    const { session, counted, shown } = await inParts()
    await session.move('a.md', 'first.md')
    await session.move('b.md', 'there.md')
    await session.write('short.md', 'short\n')
    await session.write('left.md', 'left\n')
    await session.commit({ files: ['a.md', 'first.md', 'b.md', 'there.md', 'short.md'] })
    await session.move('first.md', 'deep/second.md')
    await session.move('there.md', 'b.md')
    await session.fs.rm('short.md')
    await session.commit()
    const { names, changeCounts } = await shown()
    expect(names.filter(([, how]) => how !== 'deleted')).toEqual([
      ['b.md', 'modified'],
      ['deep/second.md', 'a.md'],
      ['left.md', 'created'],
    ])
    expect(names.map(([path]) => path)).not.toContain('first.md')
    expect(changeCounts).toEqual({ modified: 1, created: 1, deleted: 1, moved: 1, newFolders: 0 })
    expect(await counted()).toEqual([4, 4])
  })

  it('is what was committed and what was thrown away, of one that was cancelled after a commit', async () => {
    const { session, workspace, counted, shown } = await inParts()
    await session.write('a.md', 'A\n')
    await session.write('new.md', 'new\n')
    await session.commit({ files: ['a.md'] })
    await session.write('a.md', 'Another A\n')
    await workspace.cancel('part')
    expect((await shown()).names).toEqual([
      ['a.md', 'modified'],
      ['new.md', 'created'],
    ])
    expect(await counted()).toEqual([2, 2])
  })

  it('C7: is nothing that was ignored and dropped, nor what came to nothing', async () => {
    const { place, session, counted, found, shown } = await inParts({
      'a.md': 'a\n',
      'b.md': 'b\n',
      '.gitignore': '*.tmp\n',
    })
    await session.write('a.md', 'A\n')
    await session.write('x.tmp', 'ignored\n')
    await session.write('b.md', 'the same\n')
    place.put('b.md', 'the same\n')
    const diffs = await session.diff()
    expect(diffs.map(({ filePath, ignored = false }) => [filePath, ignored])).toEqual([
      ['a.md', false],
      ['x.tmp', true],
    ])
    await session.commit()
    expect((await shown()).names).toEqual([['a.md', 'modified']])
    expect(await counted()).toEqual([1, 1])
    expect(await found('x.tmp')).toBe(0)
  })

  it('C7: is nothing where all that it held was ignored', async () => {
    const { session, counted, shown } = await inParts({ '.gitignore': '*.tmp\n' })
    await session.write('x.tmp', 'ignored\n')
    await session.commit()
    expect((await shown()).names).toEqual([])
    expect(await counted()).toEqual([0, 0])
  })

  it('stays, and is told as undone, with the undo in its history, whenever that was', async () => {
    const { session, workspace, records, shown } = await inParts()
    await session.write('a.md', 'A\n')
    await session.write('b.md', 'B\n')
    const committed = await session.commit({ files: ['a.md'] })
    const first = 'commitId' in committed ? (committed.commitId ?? '') : ''
    await workspace.undo(first)
    await session.commit()
    const undone = async () => {
      const { undone, history } = await records.show('part', { withHistory: true })
      const { context, compactMarkdown } = await workspace.chats.createHandoff('part')
      const markdown = (await records.export('part', 'markdown')).content
      expect(context.undone).toBe(undone)
      for (const page of [compactMarkdown, markdown])
        expect(page.includes('COMMITTED, undone since')).toBe(undone === true)
      const undos = (history ?? []).filter(({ what }) => what.startsWith('undo_commit'))
      expect(markdown.match(/undid commit/g)?.length ?? 0).toBe(undos.length)
      return { undone, undos: undos.map(({ what, paths, who }) => [what, ...paths, who]) }
    }
    expect(await undone()).toEqual({
      undone: undefined,
      undos: [[`undo_commit (${first})`, 'a.md', 'library']],
    })
    const { undoId, commitId } = await workspace.undo()
    expect(await undone()).toMatchObject({
      undone: true,
      undos: [
        [`undo_commit (${first})`, 'a.md', 'library'],
        [`undo_commit (${commitId})`, 'b.md', 'library'],
      ],
    })
    await workspace.undo(undoId)
    expect(await undone()).toMatchObject({ undos: [{}, {}, [`undo_commit (${undoId})`, 'b.md', 'library']] })
    expect((await shown()).names).toEqual([
      ['a.md', 'modified'],
      ['b.md', 'modified'],
    ])
  })

  it('has a history in which what was written by hand stays when it ends', async () => {
    const { session, records } = await inParts()
    await session.fs.writeFile('a.md', 'A\n')
    const told = async () => (await records.show('part', { withHistory: true })).history ?? []
    const changes = async () => (await told()).filter(({ kind }) => kind === 'change')
    const open = await changes()
    expect(open).toMatchObject([{ what: 'modified', paths: ['a.md'] }])
    await session.commit()
    expect(await changes()).toEqual(open)
  })

  it('was last changed when it ended, or when it was last committed', async () => {
    const { session, records } = await inParts()
    await session.write('a.md', 'A\n')
    await session.write('b.md', 'B\n')
    await session.commit({ files: ['a.md'] })
    const isLast = async () => {
      const { updatedAt, endedAt, commits } = await records.show('part')
      const [last] = commits
      expect(updatedAt >= (last?.committedAt ?? '')).toBe(true)
      expect(updatedAt >= (endedAt ?? '')).toBe(true)
      const { sessions } = await records.list({ all: true })
      expect(sessions[0]?.updatedAt).toBe(updatedAt)
    }
    await isLast()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await session.commit()
    await isLast()
  })
})
