/** Every step of every operation goes wrong, in every way; what is left must be what was, or what should be. */
import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { CowriteError } from '../../lib/errors.js'
import { Workspace } from '../../lib/workspace.js'
import { differences } from '../faults/support/differences.js'
import { inThisShard } from '../faults/support/size.js'
import { Crash, type Fault, type FaultyPort, faultyPort } from '../support/faulty-port.js'
import type { OpenFileSystem } from '../support/file-systems.js'
import { reboot } from './book.js'
import { deathsIn, type Planned } from './deaths.js'
import { groundsOn } from './grounds.js'
import { type Operation, operations } from './operations.js'
import { expectWorkGoesOn, type State, stateOf } from './state.js'

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
  /** Of how many states that a crash can leave one is tried. */
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
): Tally {
  const { copyOf, copyFor, copyAfter } = groundsOn(open)
  const tally: Tally = { points: 0, acknowledged: 0, refused: 0, findings: 0 }

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

  /** What is wrong with what was left, in words; none where all is as it should be. */
  async function tryPoint(
    operation: Operation,
    { before, after }: { before: State; after: State },
    { at, fault }: Planned,
    count: number,
  ): Promise<string[]> {
    const system = await copyFor(operation)
    const faulty = faultyPort(system.port, at, fault)
    const answer = await outcomeOf(operation, faulty, fault)
    reboot(system)
    tally.points += 1
    if (answer.ok) tally.acknowledged += 1
    if (answer.error) tally.refused += 1
    const findings: string[] = []
    if (answer.said.startsWith('unexpected')) findings.push('no error of ours')
    try {
      const state = await stateOf(system)
      const expected = (one: State) => leniently(one, state, answer.helpless)
      const [isBefore, isAfter] = [same(state, expected(before)), same(state, expected(after))]
      const half = operation.orHalf?.(before, after)
      const isHalf = half !== undefined && same(state, expected(half))
      if (!isBefore && !isAfter && !isHalf) findings.push(`neither: ${differences(expected(before), state)}`)
      if (answer.ok && !isAfter) findings.push('acknowledged, and not done')
      if (answer.error && operation.errorsMeanNothing && !isBefore) findings.push('refused, and done')
      if (count % thoroughness.goOnEvery === 0) await expectWorkGoesOn(system)
    } catch (error) {
      findings.push(inFull(error))
    }
    system.dispose()
    tally.findings += findings.length
    return findings.map(
      (finding) => `${JSON.stringify(fault)} at ${at}: ${faulty.steps[at - 1]} (${answer.said}): ${finding}`,
    )
  }

  it.each(operations.filter(chosen))(
    'T2, S4: $name is done or not done, at whichever step a crash or an error strikes',
    async (operation) => {
      const { steps, ...states } = await reference(operation)
      expect(steps.length).toBeGreaterThan(0)
      const faults = inThisShard([...crashesAt(steps, thoroughness), ...errorsAt(steps, thoroughness)])
      const findings: string[] = []
      for (const [count, planned] of faults.entries()) {
        findings.push(...(await tryPoint(operation, states, planned, count)))
        if (findings.length >= enough) break
      }
      expect(findings).toEqual([])
    },
    thoroughness.all ? patienceForAll : patience,
  )

  return tally
}

/** What was tried, and what came of it. */
export interface Tally {
  points: number
  acknowledged: number
  refused: number
  findings: number
}

/** Whoever mends these looks again. */
const enough = 20

/** Hundreds of workspaces, on a machine that may be busy: milliseconds. */
const patience = 600_000
/** Some thousands of them. */
const patienceForAll = 6 * 3_600_000

/** Staging or keeping one more file is like staging or keeping the ones before: some of these steps are enough. */
const alike = /^(create|write|chmod|sync|link) .*journal\/\d+\/(new|old)\/\d+$/

function crashesAt(steps: readonly string[], { crashEvery, all }: Thoroughness): Planned[] {
  if (all) return steps.flatMap((_step, index) => crashes.map((fault) => ({ at: index + 1, fault })))
  const deaths = deathsIn(steps)
  const tried = deaths
    .slice(0, -1)
    .filter(({ at }) => !alike.test(steps[at - 1] as string) || at % 30 === 0)
    .filter((_planned, count) => count % crashEvery === 0)
  return [...tried, ...deaths.slice(-1)]
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
    const isExpected = error instanceof Crash || error instanceof CowriteError || isErrno(error)
    outcome = {
      ok: false,
      error: !(error instanceof Crash),
      helpless: faulty.isDead || staysBroken,
      said: isExpected ? String(error) : `unexpected: ${inFull(error)}`,
    }
  }
  // The process goes on for a while, or is dead: whatever it still says is of no interest.
  await workspace.close().catch((error: unknown) => {
    if (!(error instanceof Crash) && !(error instanceof CowriteError)) throw error
  })
  return outcome
}

function inFull(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
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
