import { CowriteError } from '../errors.js'

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
