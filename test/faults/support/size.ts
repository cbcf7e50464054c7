/** How much the sweeps try: `COWRITE_SWEEP` is `ci` (minutes; the default) or `full` (half an hour). */
export type Size = 'ci' | 'full'

const sizes: readonly string[] = ['ci', 'full']

export const size: Size = sizeCalled(process.env.COWRITE_SWEEP ?? 'ci')

function sizeCalled(name: string): Size {
  if (sizes.includes(name)) return name as Size
  throw new Error(`COWRITE_SWEEP is ${name}; it can be ${sizes.join(' or ')}.`)
}

/** One of two figures, by the size of this run. */
export function bySize<Value>(inCi: Value, inFull: Value): Value {
  return size === 'ci' ? inCi : inFull
}

/** `COWRITE_SHARD=2/5`: every fifth point, from the second on. All shards together try what a whole run does. */
const [shard, shards] = shardCalled(process.env.COWRITE_SHARD ?? '1/1')

function shardCalled(name: string): [shard: number, shards: number] {
  const [, shard, shards] = (/^(\d+)\/(\d+)$/.exec(name) ?? []).map(Number)
  if (shard === undefined || shards === undefined || shard < 1 || shard > shards)
    throw new Error(`COWRITE_SHARD is ${name}; it is to be such as 2/5.`)
  return [shard, shards]
}

/** What of it this run tries. */
export function inThisShard<Item>(items: readonly Item[]): Item[] {
  return items.filter((_item, at) => at % shards === shard - 1)
}
