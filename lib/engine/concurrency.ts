import { setImmediate } from 'node:timers/promises'
import type { FilePort } from '../port/port.js'

/** How many files are synced at a time: a disk takes a third less time for four than for one by one. */
export const atOnce = 4

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

/**
 * How many small files are on their way to the disk at a time. It takes some four of them together; the others are
 * there so that none of its threads has to be woken for each, which takes longer than to write a file.
 */
const mostInFlight = 32

/**
 * Runs `work` on every item, many at a time: what it does before it waits for the first time is done for some of them
 * in one step, in which no folder is asked twice where it is. After a failure nothing new is begun; the first error is
 * thrown once all that was begun has ended.
 */
export async function forEachInFlight<Item>(
  port: FilePort,
  items: readonly Item[],
  work: (item: Item, at: number) => Promise<void>,
): Promise<void> {
  const inFlight = new Set<Promise<void>>()
  const failures: unknown[] = []
  const begin = (item: Item, at: number): void => {
    const task: Promise<void> = work(item, at)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => inFlight.delete(task))
    inFlight.add(task)
  }
  for (let next = 0; next < items.length && failures.length === 0; ) {
    const end = Math.min(items.length, next + mostInFlight - inFlight.size, next + inStep)
    port.together(() => {
      for (; next < end; next++) begin(items[next] as Item, next)
    })
    // Half of them are still on their way when the next ones come.
    while (inFlight.size > mostInFlight - inStep) await Promise.race(inFlight)
  }
  await Promise.all(inFlight)
  if (failures.length > 0) throw failures[0]
}

/** Waits for both, also where one fails: nothing goes on behind anybody's back. */
export async function bothOf(one: Promise<void>, other: Promise<void>): Promise<void> {
  for (const ended of await Promise.allSettled([one, other]))
    if (ended.status === 'rejected') throw ended.reason
}

/** Runs what it is given as soon as fewer than `most` of them are running. */
export function atMost(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let free = most
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
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
