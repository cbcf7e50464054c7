/** Every step of every operation goes wrong, in every way; what is left must be what was, or what should be. */
import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { CowriteError } from '../../lib/errors.js'
import type { FilePort } from '../../lib/port/port.js'
import { Workspace } from '../../lib/workspace.js'
import { Crash, type Fault, type FaultyPort, faultyPort } from '../support/faulty-port.js'
import type { FileSystem, OpenFileSystem } from '../support/file-systems.js'
import { reboot, type Stage } from './book.js'
import { groundsOn } from './grounds.js'
import { expectWorkGoesOn, type State, stateOf } from './state.js'

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
    name: 'recovery of a commit',
    stage: 'changes',
    arrange: (system) => crashInCommit(system, 'rename', /new\/\d+ -> context\/merged\.md$/),
    run: (workspace) => workspace.recover(),
  },
  {
    name: 'withdrawal of a commit',
    stage: 'changes',
    arrange: (system) => crashInCommit(system, 'rename', /intent\.json\..* -> /),
    run: (workspace) => workspace.recover(),
  },
]

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

const crashes: readonly Fault[] = [{ how: 'crash before' }, { how: 'crash after' }]
const errors: readonly Fault[] = [
  { how: 'error', errno: 'EIO', once: true },
  { how: 'error', errno: 'ENOSPC', once: false },
  { how: 'error', errno: 'ENOSPC', once: true },
  { how: 'error', errno: 'EIO', once: false },
  { how: 'short write' },
  { how: 'error', errno: 'EROFS', once: false },
  { how: 'error', errno: 'EMFILE', once: true },
  { how: 'error', errno: 'EXDEV', once: true },
]

/** How much of all that can go wrong is tried. */
export interface Thoroughness {
  /** Every how many steps a crash comes: before it or after it, by turns. */
  crashEvery: number
  /** Every how many steps an error comes: its kinds take turns. */
  errorEvery: number
  /** After every how many faults it is seen whether work goes on. */
  goOnEvery: number
  /** Before and after each step, and every kind of error at each. */
  all?: boolean
}

export function testFaults(
  open: OpenFileSystem,
  thoroughness: Thoroughness,
  chosen: (operation: Operation) => boolean = () => true,
) {
  const { copyOf, copyFor, copyAfter } = groundsOn(open)

  /** The states on both sides of the operation, and its steps. */
  async function reference(operation: Operation): Promise<{ before: State; after: State; steps: string[] }> {
    const untouched = await copyFor(operation)
    const before = await stateOf(untouched)
    untouched.dispose()
    const { system, steps } = await copyAfter(operation)
    const after = await stateOf(system)
    system.dispose()
    return { before, after, steps }
  }

  it('T2: what is committed, cancelled and undone is twenty changes and more, of every kind', async () => {
    const system = copyOf('changes')
    const workspace = new Workspace(system.port, {})
    const preview = await (await workspace.session('draft')).preview()
    await workspace.close()
    const { modified, created, deleted, merged } = preview
    const all = [...modified, ...created, ...deleted]
    expect(all.length).toBeGreaterThanOrEqual(20)
    expect(Math.min(modified.length, created.length, deleted.length)).toBeGreaterThan(1)
    expect(merged).toEqual(['context/merged.md'])
    expect(created.filter(({ movedFrom }) => movedFrom !== undefined).length).toBeGreaterThan(1)
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['file', 'folder', 'symlink']))
    expect(
      preview.sensitive.map(({ path }) => path),
      'a mode',
    ).toContain('tools/run.sh')
    system.dispose()
  })

  it.each(operations.filter(chosen))(
    'T2, S4: $name is done or not done, at whichever step a crash or an error strikes',
    async (operation) => {
      const { before, after, steps } = await reference(operation)
      expect(steps.length).toBeGreaterThan(2)
      const faults = [...crashesAt(steps, thoroughness), ...errorsAt(steps, thoroughness)]
      for (const [count, { at, fault }] of faults.entries()) {
        const system = await copyFor(operation)
        const faulty = faultyPort(system.port, at, fault)
        const answer = await outcomeOf(operation, faulty, fault)
        reboot(system)
        const what = `${JSON.stringify(fault)} at ${at}: ${faulty.steps[at - 1]} (${answer.said})`
        const state = await stateOf(system).catch((error: unknown) => {
          throw new Error(`${what}: ${error}`, { cause: error })
        })
        const isAfter = same(state, leniently(after, state, answer.helpless))
        const half = operation.orHalf?.(before, after)
        const isHalf = half !== undefined && same(state, leniently(half, state, answer.helpless))
        if (!isAfter && !isHalf) expect(state, what).toEqual(leniently(before, state, answer.helpless))
        if (answer.ok) expect(isAfter, `${what}: acknowledged`).toBe(true)
        if (answer.error && operation.errorsMeanNothing)
          expect(state, what).toEqual(leniently(before, state, answer.helpless))
        if (count % thoroughness.goOnEvery === 0) {
          await expectWorkGoesOn(system).catch((error: unknown) => {
            throw new Error(`${what}: afterwards: ${error}`, { cause: error })
          })
        }
        system.dispose()
      }
    },
    patience,
  )
}

/** Hundreds of workspaces, on a machine that may be busy: milliseconds. */
const patience = 600_000

interface Planned {
  at: number
  fault: Fault
}

/** Staging or keeping one more file is like staging or keeping the ones before: some of these steps are enough. */
const alike = /^(create|write|chmod|sync|link) .*journal\/\d+\/(new|old)\/\d+$/

function crashesAt(steps: readonly string[], { crashEvery, all }: Thoroughness): Planned[] {
  const numbered = steps.map((step, index) => ({ step, at: index + 1 }))
  const tried = numbered.filter(({ step, at }) => all || !alike.test(step) || at % 30 === 0)
  return tried
    .filter((_step, count) => count % crashEvery === 0)
    .flatMap(({ at }, count) => {
      const kinds = all || at === steps.length ? crashes : [crashes[count % crashes.length] as Fault]
      return kinds.map((fault) => ({ at, fault }))
    })
}

/** A short operation gets an error that passes at each step: there is a way back from each, and it is taken. */
function errorsAt(steps: readonly string[], { errorEvery, all }: Thoroughness): Planned[] {
  if (all) return steps.flatMap((_step, index) => errors.map((fault) => ({ at: index + 1, fault })))
  const planned: Planned[] = []
  for (let at = 1, turn = 0; at <= steps.length; at += errorEvery, turn++)
    planned.push({ at, fault: errors[turn % errors.length] as Fault })
  if (errorEvery > short || steps.length > short) return planned
  return [...planned, ...steps.map((_step, index) => ({ at: index + 1, fault: passing }))]
}

const short = 40
const passing: Fault = { how: 'error', errno: 'EIO', once: true }

async function outcomeOf(operation: Operation, faulty: FaultyPort, fault: Fault) {
  const staysBroken = fault.how === 'error' && !fault.once
  const workspace = new Workspace(faulty.port, {})
  let outcome: { ok: boolean; error: boolean; helpless: boolean; said: string }
  try {
    const result = (await operation.run(workspace, faulty.port)) as { pendingCleanup?: boolean } | undefined
    outcome = {
      ok: true,
      error: false,
      helpless: faulty.isDead || staysBroken,
      said: result?.pendingCleanup ? 'clean-up pending' : 'done',
    }
  } catch (error) {
    if (!(error instanceof Crash) && !(error instanceof CowriteError) && !isErrno(error)) throw error
    outcome = {
      ok: false,
      error: !(error instanceof Crash),
      helpless: faulty.isDead || staysBroken,
      said: String(error),
    }
  }
  // The process goes on for a while, or is dead: whatever it still says is of no interest.
  await workspace.close().catch((error: unknown) => {
    if (!(error instanceof Crash) && !(error instanceof CowriteError)) throw error
  })
  return outcome
}

function isErrno(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'syscall' in error
}

function same(state: State, expected: State): boolean {
  return isDeepStrictEqual(state, expected)
}

/**
 * A process that died, or met errors wherever it turned, leaves things that nobody takes for anything, and that
 * the next start or commit clears away; whether it does, `expectWorkGoesOn` looks.
 */
function leniently(expected: State, state: State, isHelpless: boolean): State {
  const harmless = isHelpless
    ? /^(sessions\/\.new-|\.cowrite-new-|journal\/(\.new-|\d+\.withdrawn$))/
    : /^journal\/\d+\.withdrawn$/
  const isHarmless = state.leftovers.every((name) => harmless.test(name))
  return isHarmless ? { ...expected, leftovers: state.leftovers } : expected
}
