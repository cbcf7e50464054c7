/** Every step of every operation is the last one of its process; the doctor has to see it, and to put it right. */
import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { CowriteError } from '../../lib/errors.js'
import { Workspace } from '../../lib/workspace.js'
import { inThisShard } from '../faults/support/size.js'
import { Crash, faultyPort } from '../support/faulty-port.js'
import type { FileSystem, OpenFileSystem } from '../support/file-systems.js'
import { readTree, type Tree } from '../support/trees.js'
import { reboot } from './book.js'
import { deathsIn } from './deaths.js'
import { groundsOn } from './grounds.js'
import { type Operation, operations } from './operations.js'

/**
 * What lies there to a reader: names that are made up anew each time stand as `*`, and what says nothing is left out.
 * So is what session.lock was before, which is taken away for a moment each time that it is written.
 */
function listingOf({ fs, root }: FileSystem): string[] {
  const tree = readTree(fs, root, [])
  return Object.entries(tree)
    .filter(([path, what]) => !what.startsWith('folder') || isTold(path, tree))
    .map(([path]) => path.replace(/[0-9a-f]{8}-[0-9a-z]+/g, '*').replace(/-\d{8}-\d{6}/g, '-*'))
    .filter(
      (path) =>
        !/^workspace\/(index$|log$|log\/locks|log\/session\.lock\.before$|retries-archive$|sessions\/[^/]+\/\.cowrite\/turns$)/.test(
          path,
        ),
    )
    .sort()
}

/** Empty folders in a session's folder say nothing, and the mark of the highest number always stays. */
function isTold(path: string, tree: Tree): boolean {
  if (/^workspace\/journal\/\d+\.withdrawn$/.test(path)) return false
  if (!path.startsWith('workspace/')) return true
  return Object.entries(tree).some(
    ([other, what]) => other.startsWith(`${path}/`) && !what.startsWith('folder'),
  )
}

/** What the doctor has set aside is there besides. */
function withoutSetAside(listing: readonly string[]): string[] {
  const isSetAside = (path: string) => /\/retries-archive\/[^/]+-set-aside|\/\.cowrite\/damaged/.test(path)
  return listing.filter((path) => !isSetAside(path))
}

async function untouched<Result>(system: FileSystem, work: () => Promise<Result>): Promise<Result> {
  const before = readTree(system.fs, system.root, [])
  const result = await work()
  expect(readTree(system.fs, system.root, [])).toEqual(before)
  return result
}

const check = async (system: FileSystem, fix: boolean) => {
  const workspace = new Workspace(system.port, { recover: false })
  const report = await workspace.doctor({ fix })
  await workspace.close()
  return report
}

interface Clean {
  /** As it lies. */
  listing: string[]
  /** After the doctor, who throws away what clean runs leave lying, too. */
  mended: string[]
}

/**
 * A workspace is made in one step, its first session in another, and made active in a third; what a checkpoint is to
 * replace is kept in one, and replaced in another.
 */
function halvesOf(before: Clean, after: Clean): Clean[] {
  const without = (later: RegExp) => (after: string[]) => after.filter((path) => !later.test(path))
  const isKept = (path: string) => /\/\.cowrite\/checkpoints(\/|$)/.test(path)
  const withKept = (after: string[], before: string[]) =>
    [...before.filter((path) => !isKept(path)), ...after.filter(isKept)].sort()
  const halves = [without(/^workspace\/session\.lock$/), without(/^workspace\/session/), withKept]
  return halves.map((half) => ({
    listing: half(after.listing, before.listing),
    mended: half(after.mended, before.mended),
  }))
}

async function cleanOf(system: FileSystem): Promise<Clean> {
  const listing = listingOf(system)
  const { findings } = await check(system, true)
  expect(findings.filter(({ fixed }) => !fixed)).toEqual([])
  return { listing, mended: listingOf(system) }
}

/** `tries`: in how many of the states that a kill can leave each operation is left. */
export function testDoctor(
  open: OpenFileSystem,
  { tries, chosen = () => true }: { tries: number; chosen?: (operation: Operation) => boolean },
): { kills: number; found: number } {
  const { copyFor, copyAfter } = groundsOn(open)
  const tally = { kills: 0, found: 0 }

  async function cleanRuns(operation: Operation): Promise<{ before: Clean; after: Clean; steps: string[] }> {
    const first = await copyFor(operation)
    reboot(first)
    // What is begun is finished or withdrawn, in the operation as by the doctor.
    const before = operation.isBegun ? null : await cleanOf(first)
    first.dispose()
    const { system: second, steps } = await copyAfter(operation)
    const after = await cleanOf(second)
    second.dispose()
    return { before: before ?? after, after, steps }
  }

  it.each(operations.filter(chosen))(
    'S3, S4: the doctor finds whatever a kill leaves of $name, and mends it',
    async (operation) => {
      const { before, after, steps } = await cleanRuns(operation)
      const clean = [before, after, ...(operation.orHalf ? halvesOf(before, after) : [])]
      const deaths = deathsIn(steps)
      const every = Math.max(1, Math.ceil(deaths.length / tries))
      for (const { at, fault } of inThisShard(deaths.filter((_death, count) => count % every === 0))) {
        const system = await copyFor(operation)
        const faulty = faultyPort(system.port, at, fault)
        const workspace = new Workspace(faulty.port, {})
        await operation.run(workspace, faulty.port).catch(ignoreDeath)
        await workspace.close().catch(ignoreDeath)
        reboot(system)
        const what = `${fault.how} ${at}: ${faulty.steps[at - 1]}`
        tally.kills += 1

        const listing = listingOf(system)
        const { findings } = await untouched(system, () => check(system, false))
        const isClean = clean.some((one) => isDeepStrictEqual(one.listing, listing))
        if (!isClean) expect(findings.length, what).toBeGreaterThan(0)
        if (findings.length > 0) tally.found += 1

        const mended = await check(system, true)
        expect(
          mended.findings.filter(({ fixed }) => !fixed),
          what,
        ).toEqual([])
        const again = await untouched(system, () => check(system, false))
        expect(again.findings, what).toEqual([])
        const left = withoutSetAside(listingOf(system))
        const isWhole = clean.some((one) => isDeepStrictEqual(one.mended, left))
        if (!isWhole) expect(left, what).toEqual(before.mended)
        system.dispose()
      }
    },
    Number.isFinite(tries) ? 600_000 : 6 * 3_600_000,
  )

  return tally
}

function ignoreDeath(error: unknown): void {
  if (!(error instanceof Crash) && !(error instanceof CowriteError)) throw error
}
