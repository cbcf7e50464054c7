/** One part of what is set up, tried. */

export type Status =
  /** It did what it is there for. */
  | 'works'
  | 'failed'
  /** This machine does not have it; there is another way. */
  | 'unavailable'

export interface Check {
  part: 'server' | 'hook' | 'view'
  /** Whose settings it stands in, and their file; null for what belongs to no client. */
  client: string | null
  file: string | null
  /** Which one: a server's name, a hook's event and tools. */
  name: string
  status: Status
  /** What it did, or why not, in a person's words. */
  detail: string
  duration_ms: number
  /** What to do about it. */
  next_steps: string[]
}

/** How long something took, to tenths of a millisecond. */
export async function timed<T>(act: () => Promise<T>): Promise<T & { duration_ms: number }> {
  const began = performance.now()
  const done = await act()
  return { ...done, duration_ms: Math.round((performance.now() - began) * 10) / 10 }
}
