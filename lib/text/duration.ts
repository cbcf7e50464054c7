import { CowriteError } from '../errors.js'
import { localDay } from './local-time.js'

const unitInMilliseconds = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds in `45s`, `30m`, `24h` or `7d`. Throws INVALID_INPUT for anything else. */
export function parseDuration(text: string, argument = 'auto_end_stale'): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text)
  const milliseconds = match ? Number(match[1]) * unitInMilliseconds[match[2] as 's' | 'm' | 'h' | 'd'] : 0
  if (milliseconds > 0) return milliseconds
  throw new CowriteError(
    'INVALID_INPUT',
    `${argument} must be a time such as 45s, 30m, 24h or 7d; it was ${JSON.stringify(text)}`,
    { argument, value: text },
  )
}

/** `YYYYMMDD-HHMMSS`, in the local time that a person would look for. */
export function timeInName(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`
  return `${day}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`
}

/**
 * When a span of time began, as an ISO date: `7d` ago, or on a day such as `2026-01-16`, which begins when the person's
 * own does; null for `all`. A time of day is that of the person's clock, unless a `Z` says that it is UTC. Throws
 * INVALID_INPUT for anything else.
 */
export function parseSince(text: string, argument: string): string | null {
  if (text === 'all') return null
  const day = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?)?$/.test(text) ? momentOf(text) : Number.NaN
  if (!Number.isNaN(day)) return new Date(day).toISOString()
  if (/^\d+[smhd]$/.test(text)) return new Date(Date.now() - parseDuration(text, argument)).toISOString()
  throw new CowriteError(
    'INVALID_INPUT',
    `${argument} must be a time such as 24h or 7d, a date such as 2026-01-16, or all; it was ${JSON.stringify(text.slice(0, 100))}`,
    { argument, value: text.slice(0, 100) },
  )
}

/** Not a number for a day that no calendar has. */
function momentOf(text: string): number {
  // A bare day would be read as one of UTC.
  const moment = Date.parse(text.includes('T') ? text : `${text}T00:00`)
  if (Number.isNaN(moment)) return Number.NaN
  const at = new Date(moment).toISOString()
  const day = text.endsWith('Z') ? at.slice(0, 10) : localDay(at)
  return day === text.slice(0, 10) ? moment : Number.NaN
}
