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
