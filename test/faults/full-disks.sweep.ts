/** Disks that really fill, at hundreds of sizes: lower stays, the session stays readable, and it goes on with room. */
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { differences } from './support/differences.js'
import { type Disk, imageDisk, isMissing, type Missing, memoryDisk } from './support/mounts.js'
import { lowerOf, observe } from './support/observe.js'
import { commit, type Operation, operations } from './support/operations.js'
import { findInAnswer, runAlone } from './support/point.js'
import { spread } from './support/points.js'
import { bySize, inThisShard } from './support/size.js'
import { report } from './support/summary.js'
import { Grounds } from './support/sweep.js'
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

interface Tally {
  sizes: number
  refused: number
  findings: string[]
}

/** How much room an operation needs, in blocks: at most. */
async function blocksFor(grounds: Grounds, on: Disk, operation: Operation): Promise<number> {
  for (let blocks = 1; ; blocks *= 2) {
    const root = await grounds.copyFor(operation, on.folder)
    on.leave(blocks * on.block)
    const { acknowledged } = await runAlone(operation, root)
    on.giveRoom()
    rmSync(root, { recursive: true, force: true })
    if (acknowledged) return blocks
  }
}

/** What is wrong with an operation on a disk with so many free blocks. */
async function tryBlocks(grounds: Grounds, on: Disk, operation: Operation, blocks: number, tally: Tally) {
  const { before, after } = await grounds.reference(operation)
  const root = await grounds.copyFor(operation, on.folder)
  on.leave(blocks * on.block)
  const say = (what: string): void => void tally.findings.push(`${operation.name}, ${blocks} blocks: ${what}`)
  try {
    const outcome = await runAlone(operation, root)
    tally.sizes += 1
    for (const { breach, what } of findInAnswer(outcome, { how: 'short', stays: true }))
      say(`${breach}: ${what}`)
    if (!outcome.acknowledged) tally.refused += 1
    if (outcome.error !== null && outcome.error.code !== 'CANNOT_WRITE') say(`refused with ${outcome.stdout}`)
    const wanted = outcome.acknowledged ? after.state : before.state
    letTimePass(root)
    if (!isDeepStrictEqual(lowerOf(root), wanted.lower))
      say(`lower: ${differences(wanted.lower, lowerOf(root))}`)
    const full = await observe(root)
    // It is in the history once there is room to tidy up: the answer said so.
    const isPending = /"pending_?cleanup":\s*true/i.test(outcome.stdout)
    if (!isPending && !isAmong(full.state, [wanted, ...halves(operation, before.state, after.state)]))
      say(`still full: ${differences(wanted, full.state)}`)
    on.giveRoom()
    if (outcome.acknowledged) {
      const { state } = await observe(root)
      if (!isDeepStrictEqual(state, after.state))
        say(`done, with room again: ${differences(after.state, state)}`)
      return
    }
    const again = await runAlone(operation, root)
    if (!again.acknowledged) say(`with room again: ${again.stdout}${again.stderr}`)
    const { state } = await observe(root)
    if (!isDeepStrictEqual(state, after.state)) say(`with room again: ${differences(after.state, state)}`)
  } catch (error) {
    say(String(error))
  } finally {
    on.giveRoom()
    rmSync(root, { recursive: true, force: true })
  }
}

function halves(operation: Operation, ...[before, after]: Parameters<NonNullable<Operation['orHalf']>>) {
  return operation.orHalf?.(before, after) ?? []
}

function isAmong(state: unknown, states: readonly unknown[]): boolean {
  return states.some((each) => isDeepStrictEqual(state, each))
}

const tried = ['commit', 'partial commit', 'undo', 'first write', 'later write', 'retry', 'start']

async function fill(on: Disk, sizes: number): Promise<Tally> {
  const grounds = new Grounds(prepared)
  const tally: Tally = { sizes: 0, refused: 0, findings: [] }
  for (const operation of operations.filter(({ name }) => tried.includes(name))) {
    const most = await blocksFor(grounds, on, operation)
    const all = Array.from({ length: most + 1 }, (_, blocks) => blocks)
    const share = operation.name === 'commit' ? sizes / 3 : sizes / 8
    for (const blocks of inThisShard(spread(all, Math.ceil(share))))
      await tryBlocks(grounds, on, operation, blocks, tally)
  }
  return tally
}

it.each([
  ['tmpfs', memoryDisk, bySize(24, 260)] as const,
  ['ext4', () => imageDisk('ext4', 48 << 20), bySize(12, 120)] as const,
])(
  'T2, S4: on a %s that fills, lower and the session stay, and it goes on once there is room',
  async (kind, make, sizes) => {
    disk = make()
    if (isMissing(disk)) return report(`full disks, ${kind}`, {}, [disk.missing])
    const { findings, ...counts } = await fill(disk, sizes)
    report(`full disks, ${kind}`, { ...counts, findings: findings.length })
    expect(findings).toEqual([])
  },
)

it('T6: a session can be cancelled on a disk that is full to the last block: to get room', async () => {
  disk = memoryDisk()
  if (isMissing(disk)) return report('full disks, cancel', {}, [disk.missing])
  const cancel = operations.find(({ name }) => name === 'cancel') as Operation
  const grounds = new Grounds(prepared)
  const { after } = await grounds.reference(cancel)
  const blocks = bySize(3, 24)
  for (let left = 0; left < blocks; left++) {
    const root = await grounds.copyFor(cancel, disk.folder)
    disk.leave(left * disk.block)
    const { acknowledged, stdout } = await runAlone(cancel, root)
    expect(acknowledged, `${left} blocks: ${stdout}`).toBe(true)
    letTimePass(root)
    expect((await observe(root)).state).toEqual(after.state)
    disk.giveRoom()
    rmSync(root, { recursive: true, force: true })
  }
  report('full disks, cancel', { sizes: blocks, refused: 0 })
})

it('control: where files are copied in place, full disks are found to tear lower', async () => {
  disk = memoryDisk()
  if (isMissing(disk)) return report('full disks, control', {}, [disk.missing])
  const grounds = new Grounds(prepared)
  const copying = fileURLToPath(new URL('support/plain-copying.mjs', import.meta.url))
  const plain: Operation = { ...commit, command: (root) => [copying, root] }
  // Its calls and the states on both sides are those of a commit.
  await grounds.reference(commit)
  let torn = 0
  for (const blocks of [2, 3, 4]) {
    const tally: Tally = { sizes: 0, refused: 0, findings: [] }
    await tryBlocks(grounds, disk, plain, blocks, tally)
    if (tally.refused === 1 && tally.findings.some((found) => found.includes('blocks: lower: '))) torn += 1
  }
  report('full disks, control by plain copying', { sizes: 3, torn })
  expect(torn).toBe(3)
})
