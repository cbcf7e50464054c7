/** C4, S3, S4, T2: many processes at once, killed, stopped and taken to another hour; nothing acknowledged is lost. */
import { platform, tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { quickFolder } from '../support/file-systems.js'
import { type Built, builtCopy, damagedCopy } from './support/built-copy.js'
import { crowdInOneSession, crowdOfSessions, type Outcome, type Size } from './support/crowd-runs.js'
import { bySize, inThisShard } from './support/size.js'
import { report } from './support/summary.js'

const missing = platform() === 'win32' ? 'signals that stop a process' : null
/** Eight processes, and a thousand operations of each: seven rounds of both kinds are more than a hundred thousand. */
const rounds = inThisShard(Array.from({ length: bySize(1, 7) }, (_, round) => round))

/** Who is killed keeps what the kernel was told, wherever that lies: in turns on the disk, and where it is quicker. */
const folderOf = (round: number): string => (round % 2 === 0 ? quickFolder : tmpdir())

function sizeOf(round: number, built: Built = builtCopy()): Size {
  return {
    ...built,
    folder: folderOf(round),
    processes: 8,
    operations: bySize(100, 1_000),
    seed: round + 1,
    kills: bySize(6, 20),
    stops: bySize(1, 3),
    // Longer than it takes for a lock to count as nobody's.
    stopFor: 11_500,
    clocks: bySize(10, 40),
    byCommand: bySize(0.02, 0.01),
    commits: 0.8,
  }
}

async function sweep(name: string, crowd: (size: Size) => Promise<Outcome>): Promise<string[]> {
  const total = { rounds: 0, operations: 0, refused: 0, kills: 0, stops: 0, 'clocks moved': 0, faults: 0 }
  const faults: string[] = []
  for (const round of rounds) {
    const { counts, faults: found } = await crowd(sizeOf(round))
    total.rounds += 1
    total.operations += counts.operations
    total.refused += counts.refused
    total.kills += counts.kills
    total.stops += counts.stops
    total['clocks moved'] += counts.clocks
    total.faults += found.length
    faults.push(...found)
  }
  report(name, total)
  return faults
}

it('C4: no update of a crowd in one session is lost', async () => {
  if (missing !== null) return report('crowds in one session', {}, [missing])
  expect(await sweep('crowds in one session', crowdInOneSession)).toEqual([])
})

it('T2, S4: no commit of a crowd of sessions is lost, and no session harmed by the death of another', async () => {
  if (missing !== null) return report('crowds of sessions', {}, [missing])
  expect(await sweep('crowds of sessions', crowdOfSessions)).toEqual([])
})

/** Nobody is stopped in a control: it is the guard that is missed. */
const control = { operations: 80, kills: 0, stops: 0, clocks: 0, byCommand: 0, folder: quickFolder }

/** Whether two of a crowd meet is the machine's doing: a control has a few turns before it counts as not found. */
async function foundIn(
  crowd: (size: Size) => Promise<Outcome>,
  built: Built,
  sought: RegExp,
): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    const { faults } = await crowd({ ...sizeOf(turn, built), ...control })
    const found = faults.filter((fault) => sought.test(fault)).length
    if (found > 0) return found
  }
  return 0
}

it('control: where turns and locks are none, a crowd in one session is found to lose updates', async () => {
  const built = await damagedCopy('turnless', [withoutTurns, withoutLocks])
  const lost = await foundIn(crowdInOneSession, built, /acknowledged, and there|did not see what|is crashed/)
  report('crowds in one session, control without turns', { lost })
  expect(lost).toBeGreaterThan(0)
})

it('control: where locks and numbers are none, a crowd of sessions is found with two at a commit point', async () => {
  const built = await damagedCopy('lockless', [withoutTurns, withoutLocks, withoutNumbers])
  const met = await foundIn(crowdOfSessions, built, /came to its commit point while/)
  report('crowds of sessions, control without locks', { met })
  expect(met).toBeGreaterThan(0)
})

const withoutTurns = {
  file: 'store/turns.ts',
  guard: 'this.#tryToTake(note) ?? (await this.#wait(note, { inherit, stillWanted }))',
  instead: '([note, 0] as Turn)',
}
const withoutLocks = {
  file: 'store/locks.ts',
  guard: 'await acquire(port, layout, name)',
  instead: 'async () => {}',
}
const withoutNumbers = {
  file: 'engine/transaction.ts',
  guard: 'if (earlier === undefined) return transaction',
  instead: 'return transaction',
}
