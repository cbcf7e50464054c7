/** The power goes at every call: what was not synced is lost. Real file systems, in files, are put on again after it. */

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { differences } from './support/differences.js'
import { type Disk, imageDisk, isMissing, type Missing } from './support/mounts.js'
import { observe, recoverByHand } from './support/observe.js'
import { type Operation, operations } from './support/operations.js'
import { findStuck, inWords, judge, runInterfered } from './support/point.js'
import { pointsOf, spread } from './support/points.js'
import { type Fault, type Lie, shimIsMissing } from './support/shim.js'
import { bySize, inThisShard } from './support/size.js'
import { report } from './support/summary.js'
import { countsOf, emptyTally, Grounds, inLines, type Point } from './support/sweep.js'
import { letTimePass, type Prepared, prepare } from './support/workspaces.js'

let prepared: Prepared
let disk: Disk | Missing
beforeAll(async () => {
  prepared = await prepare()
})
afterEach(() => {
  if (!isMissing(disk)) disk.dispose()
})
afterAll(() => prepared.dispose())

const fileSystems = [
  ['xfs', () => imageDisk('xfs', 320 << 20)],
  ['ext4', () => imageDisk('ext4', 64 << 20)],
] as const

const cutsAt = (): Fault[] => [{ how: 'cut' }, { how: 'cut-flushed' }]

/** What is promised to outlive the power: what commits, undoes and ends. */
const durable = operations.filter(({ name }) => ['commit', 'partial commit', 'undo', 'cancel'].includes(name))

/** Every point of `some`, and the cut after all is done and said. */
async function pointsFor(grounds: Grounds, some: readonly Operation[]): Promise<Point[]> {
  const points: Point[] = []
  for (const operation of some) {
    const { calls } = await grounds.reference(operation)
    const afterwards = cutsAt().map((fault) => ({ operation, at: calls.length + 1, fault }))
    points.push(...(await pointsOf(grounds, operation, cutsAt)), ...afterwards)
  }
  return points
}

async function cutAll(on: Disk, grounds: Grounds, points: readonly Point[], lie?: Lie) {
  const tally = { ...emptyTally(), byHand: 0 }
  for (const { operation, at, fault } of points) {
    const reference = await grounds.reference(operation)
    const root = await grounds.copyFor(operation, on.folder)
    spawnSync('sync', ['-f', on.folder])
    const outcome = await runInterfered(operation, { root, at, fault, ...(lie ? { lie } : {}) })
    if (outcome.signal !== 'SIGKILL') throw new Error(`The power did not go: ${JSON.stringify(outcome)}`)
    on.remount()
    letTimePass(root)
    tally.byHand += await recoverByHand(root)
    const { findings } = await judge(root, operation, reference, outcome, fault)
    if (findings.length === 0 && tally.points % 5 === 0) findings.push(...(await findStuck(root, reference)))
    tally.points += 1
    if (outcome.acknowledged) tally.acknowledged += 1
    const point = inWords(operation, at, fault, outcome)
    tally.findings.push(...findings.map((finding) => ({ ...finding, point })))
    rmSync(root, { recursive: true, force: true })
  }
  return tally
}

it.each(fileSystems)(
  'T2: on %s a power cut at any call leaves no commit torn, and none lost',
  async (kind, make) => {
    disk = make()
    const means = [shimIsMissing(), isMissing(disk) ? disk.missing : null].filter((each) => each !== null)
    if (isMissing(disk) || means.length > 0) return report(`power cuts, ${kind}`, {}, means)
    const grounds = new Grounds(prepared)
    const points = await pointsFor(grounds, durable)
    const ends = points.filter(
      ({ operation, at }) => at > (points.findLast((point) => point.operation === operation)?.at ?? 0) - 1,
    )
    const chosen = inThisShard([...spread(points, bySize(14, 180)), ...ends])
    const tally = await cutAll(disk, grounds, chosen)
    report(`power cuts, ${kind}`, {
      points: tally.points,
      acknowledged: tally.acknowledged,
      'recovered by hand': tally.byHand,
      ...countsOf(tally),
    })
    expect(inLines(tally)).toEqual([])
  },
)

/** What a session's own writes are: there when they are answered, but not synced, until a commit. */
const unpromised = operations.filter(({ name }) =>
  ['start', 'first write', 'first write of a new file', 'later write', 'retry'].includes(name),
)

it.each(fileSystems)(
  'S4: on %s a power cut in a write harms no live file and no other session, and what opens damaged is recovered',
  async (kind, make) => {
    disk = make()
    const means = [shimIsMissing(), isMissing(disk) ? disk.missing : null].filter((each) => each !== null)
    if (isMissing(disk) || means.length > 0) return report(`power cuts in writes, ${kind}`, {}, means)
    const grounds = new Grounds(prepared)
    const points = inThisShard(spread(await pointsFor(grounds, unpromised), bySize(8, 80)))
    const counts = { points: 0, 'recovered by hand': 0, 'acknowledged and gone': 0 }
    const harmed: string[] = []
    for (const { operation, at, fault } of points) {
      const { before, after } = await grounds.reference(operation)
      const root = await grounds.copyFor(operation, disk.folder)
      spawnSync('sync', ['-f', disk.folder])
      const outcome = await runInterfered(operation, { root, at, fault })
      disk.remount()
      letTimePass(root)
      counts.points += 1
      counts['recovered by hand'] += await recoverByHand(root)
      const { state } = await observe(root)
      const others = [state, before.state].map(({ lower, sessions }) => ({
        lower,
        other: sessions.other?.view,
      }))
      if (!isDeepStrictEqual(others[0], others[1]))
        harmed.push(`${inWords(operation, at, fault, outcome)}: ${differences(others[1], others[0])}`)
      if (outcome.acknowledged && !isDeepStrictEqual(state, after.state)) counts['acknowledged and gone'] += 1
      rmSync(root, { recursive: true, force: true })
    }
    report(`power cuts in writes, ${kind}`, { ...counts, harmed: harmed.length })
    expect(harmed).toEqual([])
  },
)

it.each(fileSystems)(
  'control: on %s, with syncs that are none, power cuts lose commits',
  async (kind, make) => {
    disk = make()
    const means = [shimIsMissing(), isMissing(disk) ? disk.missing : null].filter((each) => each !== null)
    if (isMissing(disk) || means.length > 0) return report(`power cuts, ${kind}, control`, {}, means)
    const grounds = new Grounds(prepared)
    const commit = durable.slice(0, 1)
    const points = await pointsFor(grounds, commit)
    const tally = await cutAll(disk, grounds, points.slice(-2), 'sync')
    const counts = countsOf(tally)
    report(`power cuts, ${kind}, control without syncs`, {
      points: tally.points,
      torn: counts.torn,
      'lost acknowledgement': counts['lost acknowledgement'],
    })
    expect(counts.torn + counts['lost acknowledgement']).toBeGreaterThan(0)
  },
)
