/** Edits by hand that come while a commit runs, moment by moment: what a person did is in the live files, or told. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Workspace } from '../../lib/workspace.js'
import type { Verb } from '../support/faulty-port.js'
import type { FileSystem, OpenFileSystem } from '../support/file-systems.js'
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

/** Which moments of a commit are tried. */
export interface Moments {
  /** Of how many verbs, whatever they are about, one is. */
  some: number
  /** Of how many verbs that have to do with the edited file. */
  step: number
}

/** What the tests of a `describe` work on, once they run. */
export interface EditedGrounds {
  prepared: Awaited<ReturnType<typeof prepare>>
  /** Those of a commit. */
  verbs: Verb[]
}

/** Call inside a `describe`. Returns what is made for all of its tests. */
export function testEdits(open: OpenFileSystem, { some, step }: Moments): EditedGrounds {
  const grounds = {} as EditedGrounds
  beforeAll(async () => {
    grounds.prepared = await prepare(open)
    const system = grounds.prepared.copyOf('changes')
    grounds.verbs = await verbsOfCommit(system)
    system.dispose()
  })
  afterAll(() => grounds.prepared.dispose())

  /** The `nth` verb that has to do with the file, wherever among the others it comes this time. */
  function touching(path: string, nth: number): (verb: Verb) => boolean {
    let count = 0
    return ({ paths }) => paths.includes(path) && ++count === nth
  }

  it.each(edits)('T2, T3: a person $name while a commit runs, and it is never lost', async (edit) => {
    const seen = new Set<string>()
    for (let at = 0; at < grounds.verbs.length; at += some) await tryAt(edit, at, seen)
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
    const system = grounds.prepared.copyOf('changes')
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

  return grounds

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
}
