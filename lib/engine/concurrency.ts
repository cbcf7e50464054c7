import { setImmediate } from 'node:timers/promises'
import type { FilePort } from '../port/port.js'

/** How many files are synced at a time: a disk takes a third less time for four than for one by one. */
const atOnce = 4

/** Runs `work` on every item, a few at a time. After a failure nothing new is begun; the first error is thrown. */
export async function forEachAtOnce<Item>(
  items: readonly Item[],
  work: (item: Item, at: number) => Promise<void>,
): Promise<void> {
  let next = 0
  let failed = false
  let failure: unknown
  async function lane(): Promise<void> {
    while (next < items.length && !failed) {
      const at = next++
      try {
        await work(items[at] as Item, at)
      } catch (error) {
        if (!failed) failure = error
        failed = true
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
  if (failed) throw failure
}

/** How much synchronous work is done in one step: some hundred microseconds for each of these. */
const inStep = 16

/**
 * Runs `work`, which is synchronous and short, on every item: some of them in one step, in which no folder is asked
 * twice where it is, and then it is the event loop's turn.
 */
export async function inSteps<Item>(
  port: FilePort,
  items: readonly Item[],
  work: (item: Item) => void,
): Promise<void> {
  for (let begin = 0; begin < items.length; begin += inStep) {
    if (begin > 0) await setImmediate()
    port.together(() => items.slice(begin, begin + inStep).forEach(work))
  }
}
