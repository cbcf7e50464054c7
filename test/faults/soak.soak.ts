/**
 * Faults by chance, until it is stopped: `npm run test:soak`. Each seed names one fault at one call of one operation;
 * a finding is printed with its seed, and `COWRITE_SEED` begins there again.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commands, type Operation, operations } from './support/operations.js'
import { errorsAt, killsAt } from './support/points.js'
import { shimIsMissing } from './support/shim.js'
import { Grounds, inLines, sweep } from './support/sweep.js'
import { type Prepared, prepare } from './support/workspaces.js'

let prepared: Prepared
beforeAll(async () => {
  prepared = await prepare()
})
afterAll(() => prepared.dispose())

const every = 250

it('whatever goes wrong, by chance and for as long as it is let', async () => {
  const missing = shimIsMissing()
  if (missing !== null) throw new Error(`There is nothing to do it with: ${missing}.`)
  const grounds = new Grounds(prepared)
  const from = Number(process.env.COWRITE_SEED ?? Date.now() % 1_000_000_000)
  const until = from + Number(process.env.COWRITE_SOAK ?? Number.POSITIVE_INFINITY)
  console.log(`from seed ${from}`)
  for (let seed = from, points = 0; seed < until; seed++, points++) {
    const chance = chanceFrom(seed)
    const operation = chance.oneOf<Operation>([...operations, ...operations, ...commands])
    const reads = chance.next() < 0.25
    const { calls } = await grounds.reference(operation, reads)
    const at = 1 + Math.floor(chance.next() * calls.length)
    const fault = chance.oneOf([...killsAt(), ...errorsAt(calls[at - 1] as string)])
    const tally = await sweep(grounds, [{ operation, at, fault }], { reads })
    for (const line of inLines(tally)) console.log(`seed ${seed}: ${line}`)
    expect(inLines(tally), `COWRITE_SEED=${seed} npm run test:soak`).toEqual([])
    if ((points + 1) % every === 0) console.log(`${points + 1} points, nothing found`)
  }
})

/** The same numbers for the same seed (mulberry32). */
function chanceFrom(seed: number) {
  let state = Math.imul(seed, 0x9e3779b1) | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    oneOf: <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item,
  }
}
