/** A few of the kills of `kills.sweep.ts`, and its control, at every run of the suite. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commit } from './support/operations.js'
import { killsAt, pointsOf, spread } from './support/points.js'
import { shimIsMissing } from './support/shim.js'
import { report } from './support/summary.js'
import { countsOf, Grounds, inLines, sweep } from './support/sweep.js'
import { type Prepared, prepare } from './support/workspaces.js'

const missing = shimIsMissing()
let prepared: Prepared
beforeAll(async () => {
  prepared = await prepare(['changes'])
}, 60_000)
afterAll(() => prepared.dispose())

it('T2: a commit that is killed has been made or has not, and without its intent that is found out', async () => {
  if (missing !== null) return report('kills, a few', {}, [missing])
  const grounds = new Grounds(prepared)
  const { calls } = await grounds.reference(commit)
  const points = spread(await pointsOf(grounds, commit, killsAt), 5)
  const tally = await sweep(grounds, points, { goOnEvery: 5 })
  expect(inLines(tally)).toEqual([])
  expect(tally.struck).toBe(5)

  const inPlace = calls.findIndex((call) => /^(rename|link) .*\/new\/\d+ -> acts\/03\//.test(call)) + 1
  const control = [{ operation: commit, at: inPlace, fault: { how: 'kill-after' } as const }]
  expect(countsOf(await sweep(grounds, control, { lie: 'intent' })).torn).toBe(1)
}, 60_000)
