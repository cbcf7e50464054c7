/** What is done to a workspace while something goes wrong: every operation, each on a stage of its own. */
import { expect } from 'vitest'
import type { FilePort } from '../../lib/port/port.js'
import { Workspace } from '../../lib/workspace.js'
import { Crash, faultyPort } from '../support/faulty-port.js'
import type { FileSystem } from '../support/file-systems.js'
import { reboot, type Stage } from './book.js'
import type { State } from './state.js'

export interface Operation {
  name: string
  stage: Stage
  run(workspace: Workspace, port: FilePort): Promise<unknown>
  /** Whether an error says that nothing happened: not so of a write, which may be there unacknowledged. */
  errorsMeanNothing?: true
  /** A state between the two that is as good as the first. */
  orHalf?(before: State, after: State): State
  /** What it does to a workspace before the faulty process comes. */
  arrange?(system: FileSystem): Promise<void>
  /** Whether that is the middle of something, which anybody finishes or withdraws. */
  isBegun?: true
}

export const operations: Operation[] = [
  {
    name: 'the very first start',
    stage: 'a book',
    run: (workspace) => workspace.start('draft'),
    orHalf: withoutActivating('draft'),
  },
  {
    name: 'start',
    stage: 'a session',
    run: (workspace) => workspace.start('third'),
    orHalf: withoutActivating('third'),
  },
  {
    name: 'first write',
    stage: 'a session',
    run: async (workspace) =>
      (await workspace.session('draft')).write('acts/act-1/chapter-01/plan.md', 'a new plan\n'),
  },
  {
    name: 'write of a new file',
    stage: 'a session',
    run: async (workspace) => (await workspace.session('draft')).write('acts/act-1/new.md', 'new\n'),
  },
  { name: 'status', stage: 'changes', run: async (workspace) => (await workspace.session('draft')).status() },
  {
    name: 'later write',
    stage: 'changes',
    run: async (workspace) =>
      (await workspace.session('draft')).write('acts/act-1/chapter-01/scene-0101.md', 'again\n'),
  },
  {
    name: 'write of the base content',
    stage: 'changes',
    run: async (workspace) =>
      (await workspace.session('draft')).write('acts/act-1/chapter-01/scene-0102.md', 'second scene\n'),
  },
  {
    name: 'write through session.fs',
    stage: 'changes',
    run: async (workspace) => {
      const session = await workspace.session('draft')
      const { writeFile } = session.fs as { writeFile(path: string, content: string): Promise<void> }
      await writeFile('acts/act-1/chapter-02/scene-0101.md', 'through fs\n')
    },
  },
  {
    name: 'delete of a folder',
    stage: 'changes',
    run: async (workspace) => (await workspace.session('draft')).remove('context/themes'),
  },
  {
    name: 'delete of a changed file',
    stage: 'changes',
    run: async (workspace) =>
      (await workspace.session('draft')).remove('acts/act-1/chapter-01/scene-0102.md'),
  },
  {
    name: 'move of a created file',
    stage: 'changes',
    run: async (workspace) =>
      (await workspace.session('draft')).move('acts/act-1/chapter-01/scene-0103.md', 'acts/moved.md'),
  },
  {
    name: 'move of a folder',
    stage: 'changes',
    run: async (workspace) => (await workspace.session('draft')).move('context/people', 'context/characters'),
  },
  {
    name: 'retry',
    stage: 'changes',
    run: async (workspace) =>
      (await workspace.session('draft')).retry('acts/act-1/chapter-01/scene-0101.md', 'Still too long'),
  },
  {
    name: 'commit',
    stage: 'changes',
    errorsMeanNothing: true,
    run: async (workspace) => (await workspace.session('draft')).commit(),
  },
  {
    name: 'partial commit',
    stage: 'changes',
    errorsMeanNothing: true,
    run: async (workspace) =>
      (await workspace.session('draft')).commit({
        files: ['acts', 'context/drafts', 'context/themes', 'tools/run.sh'],
      }),
  },
  {
    name: 'commit of nothing',
    stage: 'a session',
    errorsMeanNothing: true,
    run: async (workspace) => (await workspace.session('draft')).commit(),
  },
  {
    name: 'cancel',
    stage: 'changes',
    errorsMeanNothing: true,
    run: (workspace) => workspace.cancel('draft'),
  },
  { name: 'undo', stage: 'a commit', errorsMeanNothing: true, run: (workspace) => workspace.undo() },
  {
    name: 'start of a fork',
    stage: 'changes',
    run: (workspace) => workspace.start('third', { from: 'draft' }),
    orHalf: withoutActivating('third'),
  },
  {
    name: 'start of a fork of a fork',
    stage: 'changes',
    arrange: forkAndGoOn,
    run: (workspace) => workspace.start('third', { from: 'second' }),
    orHalf: withoutActivating('third'),
  },
  {
    name: 'checkpoint',
    stage: 'changes',
    run: async (workspace) => (await workspace.session('draft')).checkpoints.create('good'),
  },
  {
    name: 'restore',
    stage: 'changes',
    arrange: changeAfterCheckpoint,
    run: async (workspace) => (await workspace.session('draft')).checkpoints.restore('good'),
    orHalf: withCheckpointsOf('draft'),
  },
  {
    name: 'merge',
    stage: 'changes',
    arrange: changeTarget,
    run: (workspace) => workspace.between.merge('draft', 'other'),
    orHalf: withCheckpointsOf('other'),
  },
  {
    name: 'recovery of a commit',
    stage: 'changes',
    isBegun: true,
    arrange: (system) => crashInCommit(system, 'rename', /new\/\d+ -> context\/merged\.md$/),
    run: (workspace) => workspace.recover(),
  },
  {
    name: 'withdrawal of a commit',
    stage: 'changes',
    isBegun: true,
    arrange: (system) => crashInCommit(system, 'rename', /intent\.json\..* -> /),
    run: (workspace) => workspace.recover(),
  },
]

/** Files where folders were, folders where files were, and what was deleted made again. */
async function changeAfterCheckpoint(system: FileSystem): Promise<void> {
  const workspace = new Workspace(system.port, {})
  const session = await workspace.session('draft')
  await session.checkpoints.create('good')
  await session.remove('context/themes')
  await session.write('context/themes', 'a file where a folder was\n')
  await session.remove('acts/empty.md')
  await session.write('acts/empty.md/part.md', 'a folder where a file was\n')
  await session.write('context/old/a.md', 'made again\n')
  await session.write('acts/act-1/chapter-01/scene-0101.md', 'written again\n')
  await workspace.close()
}

/** What goes together with the session that is merged into it, and what makes way. */
async function changeTarget(system: FileSystem): Promise<void> {
  const workspace = new Workspace(system.port, {})
  const session = await workspace.session('other')
  await session.write('acts/act-1/chapter-01/scene-0101.md', 'one\n\ntwo\n\nthree, by the other\n')
  await session.write('acts/notes.md', 'its own\n')
  await workspace.close()
}

/** What is replaced is kept in one step, and replaced in the next. */
function withCheckpointsOf(name: string) {
  return (before: State, after: State): State => {
    const [was, is] = [before.sessions[name], after.sessions[name]] as [Held, Held]
    return { ...before, sessions: { ...before.sessions, [name]: { ...was, checkpoints: is.checkpoints } } }
  }
}

type Held = State['sessions'][string]

async function forkAndGoOn(system: FileSystem): Promise<void> {
  const workspace = new Workspace(system.port, {})
  const second = await workspace.start('second', { from: 'draft' })
  await second.write('acts/act-1/chapter-01/scene-0102.md', 'as the fork has it\n')
  await second.remove('context/merged.md')
  await workspace.close()
  reboot(system)
}

/** Leaves a commit that died right before a certain step. */
async function crashInCommit(system: FileSystem, verb: string, step: RegExp): Promise<void> {
  const faulty = faultyPort(system.port, (name) => name.startsWith(verb) && step.test(name), {
    how: 'crash before',
  })
  const workspace = new Workspace(faulty.port, {})
  await expect((async () => (await workspace.session('draft')).commit())()).rejects.toThrow(Crash)
  reboot(system)
}

/** A session is made in one step, and made active in the next. */
function withoutActivating(name: string) {
  return (before: State, after: State): State => {
    const made = { ...(after.sessions[name] as State['sessions'][string]), status: 'INACTIVE' }
    return { ...before, sessions: { ...before.sessions, [name]: made } }
  }
}
