/** Which faults at which calls: all that can happen there, and an even choice of them. */
import type { Operation } from './operations.js'
import type { Errno, Fault } from './shim.js'
import type { Grounds, Point } from './sweep.js'

/** What can befall a call, by its name in the shim's log. EIO can befall any. */
const errnos: Readonly<Record<string, readonly Errno[]>> = {
  create: ['ENOSPC', 'EROFS', 'EMFILE'],
  mkdir: ['ENOSPC', 'EROFS'],
  symlink: ['ENOSPC', 'EROFS'],
  write: ['ENOSPC', 'EROFS'],
  truncate: ['ENOSPC', 'EROFS'],
  rename: ['ENOSPC', 'EROFS', 'EXDEV'],
  link: ['ENOSPC', 'EROFS', 'EXDEV'],
  unlink: ['EROFS'],
  rmdir: ['EROFS'],
  chmod: ['EROFS'],
  utimens: ['EROFS'],
  sync: ['ENOSPC'],
  open: ['EMFILE'],
  list: ['EMFILE'],
}

/** Every error that can befall `call`, once and from there on. */
export function errorsAt(call: string): Fault[] {
  const name = call.slice(0, call.indexOf(' '))
  const errors = ['EIO' as const, ...(errnos[name] ?? [])].flatMap((errno): Fault[] => [
    { how: 'error', errno, stays: false },
    { how: 'error', errno, stays: true },
  ])
  const short: Fault[] = [
    { how: 'short', stays: false },
    { how: 'short', stays: true },
  ]
  return name === 'write' ? [...errors, ...short] : errors
}

export function killsAt(): Fault[] {
  return [{ how: 'kill-before' }, { how: 'kill-after' }]
}

/** Every point of an operation, in the order of its calls. */
export async function pointsOf(
  grounds: Grounds,
  operation: Operation,
  faultsAt: (call: string) => Fault[],
  reads = false,
): Promise<Point[]> {
  const { calls } = await grounds.reference(operation, reads)
  return calls.flatMap((call, index) => faultsAt(call).map((fault) => ({ operation, at: index + 1, fault })))
}

/** `count` of them, evenly spread; all where there are no more. */
export function spread<Item>(items: readonly Item[], count: number): Item[] {
  if (count >= items.length) return [...items]
  return Array.from(
    { length: count },
    (_, at) => items[Math.floor(((at + 0.5) * items.length) / count)] as Item,
  )
}
