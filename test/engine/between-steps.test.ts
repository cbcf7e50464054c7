import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Workspace } from '../../lib/workspace.js'
import { interceptedPort, type Verb } from '../support/faulty-port.js'
import { type FileSystem, quickFileSystems } from '../support/file-systems.js'
import { readTree } from '../support/trees.js'
import { prepare } from './book.js'
import {
  byHand,
  commitWithEdit,
  deleteByHand,
  type Edit,
  saveByRename,
  verbsOfCommit,
  whereIs,
  writeInPlace,
} from './edits.js'

const edits: Edit[] = [
  {
    name: 'saves a file that the session modified',
    path: 'acts/act-1/chapter-01/scene-0101.md',
    make: saveByRename,
  },
  { name: 'writes into one', path: 'acts/act-1/chapter-01/scene-0101.md', make: writeInPlace },
  { name: 'deletes one', path: 'acts/act-1/chapter-01/scene-0101.md', make: deleteByHand, isDeletion: true },
  { name: 'saves a file that goes together with theirs', path: 'context/merged.md', make: saveByRename },
  { name: 'saves a file that the session deleted', path: 'acts/act-1/chapter-02/cut.md', make: saveByRename },
  { name: 'writes into one that it deleted', path: 'acts/act-1/chapter-02/cut.md', make: writeInPlace },
  {
    name: 'creates what the session created',
    path: 'acts/act-1/chapter-01/scene-0103.md',
    make: saveByRename,
  },
  {
    name: 'creates a file in a folder that the session deleted',
    path: 'context/old/new.md',
    make: saveByRename,
  },
  { name: 'saves a file in such a folder', path: 'context/old/a.md', make: saveByRename },
  { name: 'saves a file that becomes a folder', path: 'acts/act-2/outline.md', make: saveByRename },
]

/**
 * The one window that cannot be closed: between the last look at a file and the rename over it there is one
 * system call's time. Whatever takes the name in it is renamed over; what is written into the file is kept.
 */
function isLastMoment({ name, paths }: Verb, edit: Edit): boolean {
  return name === 'rename' && paths[1] === edit.path && edit.make !== writeInPlace
}

// Each makes many workspaces, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

describe.each(quickFileSystems)('edits by hand on %s', (kind, open) => {
  let prepared: Awaited<ReturnType<typeof prepare>>
  let verbs: Verb[]
  beforeAll(async () => {
    prepared = await prepare(open)
    const system = prepared.copyOf('changes')
    verbs = await verbsOfCommit(system)
    system.dispose()
  })
  afterAll(() => prepared.dispose())

  /** Moments of a commit by their number, few of them: a file has its own besides. */
  const some = kind === 'memfs' ? 83 : 307
  const step = kind === 'memfs' ? 1 : 3

  /** The `nth` verb that has to do with the file, wherever among the others it comes this time. */
  function touching(path: string, nth: number): (verb: Verb) => boolean {
    let count = 0
    return ({ paths }) => paths.includes(path) && ++count === nth
  }

  it.each(edits)('T2, T3: a person $name while a commit runs, and it is never lost', async (edit) => {
    const seen = new Set<string>()
    for (let at = 0; at < verbs.length; at += some) await tryAt(edit, at, seen)
    for (let nth = 1; await tryAt(edit, touching(edit.path, nth), seen); nth += step);
    expect(seen).toContain('in the live files')
    if (edit.path !== 'acts/act-1/chapter-01/scene-0103.md') expect(seen).toContain('refused')
  })

  /** Commits with the edit made at that moment. Returns whether there was such a moment. */
  async function tryAt(
    edit: Edit,
    at: number | ((verb: Verb) => boolean),
    seen: Set<string>,
  ): Promise<boolean> {
    const system = prepared.copyOf('changes')
    const outcome = await commitWithEdit(system, edit, at)
    const { made, verb } = outcome
    const what = `before ${verb?.name} ${verb?.paths.join(' -> ')}`
    if (made && verb && !isLastMoment(verb, edit)) {
      const where = whereIs(system, edit, outcome)
      seen.add(where)
      expect(where, what).not.toBe('lost')
      if (outcome.refusal) {
        expect(outcome.refusal.code, what).toBe('CONFLICT')
        expect(outcome.refusal.data, what).toMatchObject({
          conflicts: expect.arrayContaining([expect.objectContaining({ path: edit.path })]),
        })
        await expectOnlyTheEdit(system, edit, outcome.before)
      }
    }
    system.dispose()
    return verb !== null
  }

  /** After a refusal lower holds what it held, and the edit; and the session takes writes. */
  async function expectOnlyTheEdit(
    system: FileSystem,
    edit: Edit,
    before: Record<string, string>,
  ): Promise<void> {
    const { [edit.path]: there, ...others } = readTree(system.fs, system.root)
    const { [edit.path]: _, ...expected } = before
    expect(others).toEqual(expected)
    if (edit.isDeletion) expect(there).toBe(undefined)
    else expect(there).toContain(byHand)
    const workspace = new Workspace(system.port, {})
    const session = await workspace.session('draft')
    await session.write('acts/empty.md', 'goes on\n')
    await workspace.close()
  }

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
      for (let at = 0; at < verbs.length; at += every) {
        const system = prepared.copyOf('changes')
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
      for (let at = 3; at < verbs.length; at += every * 3) {
        const system = prepared.copyOf('changes')
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
      for (let at = 0, isOver = false; !isOver; at += kind === 'memfs' ? 3 : 29) {
        const system = prepared.copyOf('changes')
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
