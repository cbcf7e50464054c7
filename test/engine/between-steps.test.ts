import { describe, expect, it, vi } from 'vitest'
import { Workspace } from '../../lib/workspace.js'
import { interceptedPort } from '../support/faulty-port.js'
import { type FileSystem, quickFileSystems } from '../support/file-systems.js'
import { readTree } from '../support/trees.js'
import { testEdits } from './edits-suite.js'

// Each makes many workspaces, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

describe.each(quickFileSystems)('edits by hand on %s', (kind, open) => {
  const grounds = testEdits(open, kind === 'memfs' ? { some: 83, step: 2 } : { some: 307, step: 3 })

  async function sessionOver(content: string): Promise<{ system: FileSystem; workspace: Workspace }> {
    const system = open()
    system.fs.writeFileSync(`${system.root}/a.md`, content)
    const workspace = new Workspace(system.port, {})
    await workspace.start('draft')
    return { system, workspace }
  }

  it('T3: an edit that comes to the same is no conflict', async () => {
    const { system, workspace } = await sessionOver('one\n')
    const session = await workspace.session('draft')
    await session.write('a.md', 'two\n')
    system.fs.writeFileSync(`${system.root}/a.md`, 'two\n')
    expect(await session.commit()).toMatchObject({ committed: true, merged: [] })
    expect(system.fs.readFileSync(`${system.root}/a.md`, 'utf8')).toBe('two\n')
    await workspace.close()
    system.dispose()
  })

  it('T3: texts that go together are both in, and the merge is told', async () => {
    const { system, workspace } = await sessionOver('one\n\ntwo\n\nthree\n')
    const session = await workspace.session('draft')
    await session.write('a.md', 'ONE\n\ntwo\n\nthree\n')
    system.fs.writeFileSync(`${system.root}/a.md`, 'one\n\ntwo\n\nTHREE\n')
    expect(await session.preview()).toMatchObject({ merged: ['a.md'], conflicts: [] })
    expect(await session.commit()).toMatchObject({ committed: true, merged: ['a.md'] })
    expect(system.fs.readFileSync(`${system.root}/a.md`, 'utf8')).toBe('ONE\n\ntwo\n\nTHREE\n')
    await workspace.close()
    system.dispose()
  })

  it('T3: all else is refused with the path named, and nothing is touched', async () => {
    const { system, workspace } = await sessionOver('one\n')
    const session = await workspace.session('draft')
    await session.write('a.md', 'by the session\n')
    await session.write('b.md', 'another\n')
    system.fs.writeFileSync(`${system.root}/a.md`, 'by hand\n')
    await expect(session.commit()).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { conflicts: [{ path: 'a.md' }] },
    })
    expect(Object.keys(readTree(system.fs, system.root))).toEqual(['a.md'])
    expect(system.fs.readFileSync(`${system.root}/a.md`, 'utf8')).toBe('by hand\n')
    expect((await session.read('a.md')).content).toBe('by the session\n')
    await workspace.close()
    system.dispose()
  })

  it.each([
    ['the same file', 'a.md', 'by hand, and longer\n'],
    ['a file that the session deleted', 'b.md', 'by hand\n'],
  ])('T1: an edit of %s between preview and force is refused by the digest', async (_what, path, content) => {
    const { system, workspace } = await sessionOver('one\n\ntwo\n\nthree\n')
    system.fs.writeFileSync(`${system.root}/b.md`, 'b\n')
    const session = await workspace.session('draft')
    await session.write('a.md', 'ONE\n\ntwo\n\nthree\n')
    await session.remove('b.md')
    const { digest } = await session.preview()
    system.fs.writeFileSync(`${system.root}/${path}`, content)
    const lower = readTree(system.fs, system.root)
    await expect(session.commit({ expect: digest })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(readTree(system.fs, system.root)).toEqual(lower)
    await workspace.close()
    system.dispose()
  })

  describe('C4: a write of another process', () => {
    const paths = ['acts/act-1/chapter-01/scene-0101.md', 'acts/act-1/chapter-01/fresh.md']
    const text = 'acknowledged?\n'

    /** Starts a write in another handle right before the `at`-th verb of `work`. */
    async function whileWriting(
      system: FileSystem,
      path: string,
      at: number,
      work: (workspace: Workspace) => Promise<unknown>,
    ) {
      const other = new Workspace(system.port, {})
      const session = await other.session('draft')
      const about = { verbs: 0, sealedAt: Number.POSITIVE_INFINITY, began: Number.POSITIVE_INFINITY }
      let writing: Promise<boolean> = Promise.resolve(false)
      const port = interceptedPort(system.port, {
        before({ name, paths }) {
          if (about.verbs++ !== at) return
          about.began = at
          writing = session.write(path, text).then(
            () => true,
            (error: { code: string }) => {
              expect(['LOCKED', 'SESSION_NOT_FOUND', 'NOT_FOUND'], `${name} ${paths}`).toContain(error.code)
              return false
            },
          )
        },
        after({ name, paths }) {
          if (name === 'rename' && paths[1]?.endsWith('record.sealed')) about.sealedAt = about.verbs
        },
      })
      const workspace = new Workspace(port, {})
      await workspace.session('draft')
      about.verbs = 0
      await work(workspace)
      const acknowledged = await writing
      await workspace.close()
      await other.close().catch((error: { code?: string }) => expect(error.code).toBe('NOT_FOUND'))
      return { acknowledged, ...about }
    }

    const every = kind === 'memfs' ? 61 : 167

    it.each(paths)('is in the commit, or refused: %s', async (path) => {
      const answers = new Set<boolean>()
      for (let at = 0; at < grounds.verbs.length; at += every) {
        const system = grounds.prepared.copyOf('changes')
        const { acknowledged } = await whileWriting(system, path, at, async (workspace) =>
          (await workspace.session('draft')).commit(),
        )
        answers.add(acknowledged)
        if (acknowledged)
          expect(system.fs.readFileSync(`${system.root}/${path}`, 'utf8'), `verb ${at}`).toBe(text)
        system.dispose()
      }
      expect(answers).toContain(false)
      expect(answers).toContain(true)
    })

    it.each(paths)('is in a commit of a part, in the session that goes on, or refused: %s', async (path) => {
      for (let at = 3; at < grounds.verbs.length; at += every * 3) {
        const system = grounds.prepared.copyOf('changes')
        const { acknowledged } = await whileWriting(system, path, at, async (workspace) =>
          (await workspace.session('draft')).commit({ files: ['acts'] }),
        )
        if (acknowledged) {
          const workspace = new Workspace(system.port, {})
          const session = await workspace.session('draft')
          expect((await session.read(path)).content, `verb ${at}`).toBe(text)
          await workspace.close()
        }
        system.dispose()
      }
    })

    it('is refused once a cancel has sealed the session', async () => {
      for (let at = 0, isOver = false; !isOver; at += kind === 'memfs' ? 7 : 29) {
        const system = grounds.prepared.copyOf('changes')
        const { acknowledged, began, sealedAt } = await whileWriting(
          system,
          paths[0] as string,
          at,
          (workspace) => workspace.cancel('draft'),
        )
        isOver = began === Number.POSITIVE_INFINITY
        if (!isOver && began > sealedAt) expect(acknowledged, `verb ${at}`).toBe(false)
        if (isOver) expect(at, 'a verb after the seal').toBeGreaterThan(sealedAt)
        system.dispose()
      }
    })
  })
})
