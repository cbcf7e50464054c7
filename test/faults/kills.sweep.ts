/** A process is killed before and after every call that changes anything, by the library and by the command. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commands, operations } from './support/operations.js'
import { killsAt, pointsOf, spread } from './support/points.js'
import { shimIsMissing } from './support/shim.js'
import { bySize, inThisShard } from './support/size.js'
import { report } from './support/summary.js'
import { countsOf, Grounds, inLines, sweep } from './support/sweep.js'
import { type Prepared, prepare } from './support/workspaces.js'

const missing = shimIsMissing()
let prepared: Prepared
beforeAll(async () => {
  prepared = await prepare()
})
afterAll(() => prepared.dispose())

it('T2, T6, S4, D3: whatever a process does, killed at any call it has done it or has not', async () => {
  if (missing !== null) return report('kills', {}, [missing])
  const grounds = new Grounds(prepared)
  const all = []
  for (const operation of operations) all.push(...(await pointsOf(grounds, operation, killsAt)))
  const byCommand = []
  for (const operation of commands) byCommand.push(...(await pointsOf(grounds, operation, killsAt)))
  const points = [...spread(all, bySize(130, all.length)), ...spread(byCommand, bySize(20, 200))]
  const tally = await sweep(grounds, inThisShard(points), { goOnEvery: bySize(3, 1) })
  report('kills', { points: tally.points, acknowledged: tally.acknowledged, ...countsOf(tally) })
  expect(inLines(tally)).toEqual([])
  expect(tally.struck).toBe(tally.points)
})

it('control: without the intent, the same kills leave torn states', async () => {
  if (missing !== null) return report('kills, control', {}, [missing])
  const grounds = new Grounds(prepared)
  const [commit] = operations
  if (commit === undefined) throw new Error('There is no commit.')
  const all = await pointsOf(grounds, commit, () => [{ how: 'kill-after' }])
  const { calls } = await grounds.reference(commit)
  const inPlace = all.filter(({ at }) => /^(rename|link) .*\/new\/\d+ -> acts\//.test(calls[at - 1] ?? ''))
  const tally = await sweep(grounds, spread(inPlace.slice(0, -2), 6), { lie: 'intent' })
  report('kills, control without an intent', { points: tally.points, torn: countsOf(tally).torn })
  expect(countsOf(tally).torn).toBe(tally.points)
})
