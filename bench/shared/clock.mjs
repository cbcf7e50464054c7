/** Taking times. */

/**
 * How long `work` took, in milliseconds, until its promise (if it gave one) was settled.
 *
 * @param {() => unknown} work
 * @returns {Promise<number>}
 */
export async function timed(work) {
  const began = performance.now()
  const pending = work()
  // Awaiting what is no promise would charge synchronous work with a turn of the queue.
  if (pending instanceof Promise) await pending
  return performance.now() - began
}

/**
 * Runs `work` for 0, 1, … `count - 1`, one after the other, and says what one of them took on average. For a
 * synchronous variant give a synchronous function: it is called in a plain loop.
 *
 * @param {number} count
 * @param {(index: number) => unknown} work
 * @returns {Promise<number>} milliseconds a call
 */
export async function timedEach(count, work) {
  const began = performance.now()
  for (let index = 0; index < count; index++) {
    const pending = work(index)
    if (pending instanceof Promise) await pending
  }
  return (performance.now() - began) / count
}

/**
 * Blocks of several variants by turns, so that whatever changes meanwhile changes for all of them.
 *
 * @param {Record<string, (block: number) => Promise<number>>} variants each runs one block and gives its milliseconds
 * @param {{ blocks: number, warmUp: number }} options `warmUp` blocks come first, and are thrown away
 * @returns {Promise<Record<string, number[]>>} the blocks of each variant
 */
export async function interleave(variants, { blocks, warmUp }) {
  const names = Object.keys(variants)
  const samples = Object.fromEntries(names.map((name) => [name, []]))
  for (let block = 0; block < warmUp + blocks; block++) {
    const shift = block % names.length
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      const milliseconds = await variants[name](block)
      if (block >= warmUp) samples[name].push(milliseconds)
    }
  }
  return samples
}
