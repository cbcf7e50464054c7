/** Every call fails in each way it can, once and from there on: never done and unreported, nor told and not done. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commands, operations } from './support/operations.js'
import { errorsAt, pointsOf, spread } from './support/points.js'
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

it('T2, C4: an error at any call that changes something is told, or has been overcome', async () => {
  if (missing !== null) return report('errors', {}, [missing])
  const grounds = new Grounds(prepared)
  const all = []
  for (const operation of operations) all.push(...(await pointsOf(grounds, operation, errorsAt)))
  const byCommand = []
  for (const operation of commands) byCommand.push(...(await pointsOf(grounds, operation, errorsAt)))
  const points = [...spread(all, bySize(130, 2_600)), ...spread(byCommand, bySize(20, 200))]
  const tally = await sweep(grounds, inThisShard(points), { goOnEvery: bySize(3, 2) })
  report('errors', {
    points: tally.points,
    acknowledged: tally.acknowledged,
    refused: tally.refused,
    ...countsOf(tally),
  })
  expect(inLines(tally)).toEqual([])
})

it('T2, C4: so is an error at any call that reads', async () => {
  if (missing !== null) return report('errors in reading', {}, [missing])
  const grounds = new Grounds(prepared)
  const all = []
  for (const operation of operations) all.push(...(await pointsOf(grounds, operation, errorsInReading, true)))
  const points = inThisShard(spread(all, bySize(40, 700)))
  const tally = await sweep(grounds, points, { reads: true, goOnEvery: bySize(3, 2) })
  report('errors in reading', {
    points: tally.points,
    acknowledged: tally.acknowledged,
    refused: tally.refused,
    ...countsOf(tally),
  })
  expect(inLines(tally)).toEqual([])
})

function errorsInReading(call: string) {
  return /^(open|list|stat|read) /.test(call) ? errorsAt(call) : []
}

it('control: where failures are answered as success, the same errors are found to lose what was acknowledged', async () => {
  if (missing !== null) return report('errors, control', {}, [missing])
  const grounds = new Grounds(prepared)
  const write = operations.find(({ name }) => name === 'later write')
  if (write === undefined) throw new Error('There is no later write.')
  const { calls } = await grounds.reference(write)
  // Once: what is lost from there on could not even be acknowledged.
  const all = await pointsOf(grounds, write, () => [{ how: 'short', stays: false }])
  // Not the note of the process, which is built there too.
  const landing = calls.map((call) => /^rename (\S+\/tmp\/\S+) -> \S*\/acts\//.exec(call)?.[1]).find(Boolean)
  const contents = all.filter(({ at }) => calls[at - 1] === `write ${landing}`)
  const tally = await sweep(grounds, contents.slice(0, 1), { lie: 'loss' })
  report('errors, control with failures unheard', { points: tally.points, ...countsOf(tally) })
  expect(countsOf(tally)['lost acknowledgement']).toBe(1)
})
