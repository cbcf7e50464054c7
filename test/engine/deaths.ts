import type { Fault } from '../support/faulty-port.js'

export interface Planned {
  /** Which step, counted from 1. */
  at: number
  fault: Fault
}

/**
 * Every state that a death can leave, once. A process that dies after a step leaves what one leaves that dies before
 * the next, and a sync changes nothing that lives on: so it dies before what follows upon a change, and after the last.
 */
export function deathsIn(steps: readonly string[]): Planned[] {
  const before = steps
    .map((_step, index) => ({ at: index + 1, fault: { how: 'crash before' } as const }))
    .filter(({ at }) => !steps[at - 2]?.startsWith('sync'))
  return [...before, { at: steps.length, fault: { how: 'crash after' } }]
}
