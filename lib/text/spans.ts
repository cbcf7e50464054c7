/** Spans of time as people name them: by a length, a date, or a day of the week. Days are those of the person's calendar. */
import { CowriteError } from '../errors.js'
import { parseDuration } from './duration.js'
import { localDay } from './local-time.js'

/**
 * When a span of time began, as an ISO date: `7d` ago, or on a day such as `2026-01-16`, `yesterday` or `tuesday`, which
 * begins when the person's own does; null for `all`. A time of day is that of the person's clock, unless a `Z` says that it
 * is UTC. Throws INVALID_INPUT for anything else.
 */
export function parseSince(text: string, argument: string, now = new Date()): string | null {
  if (text === 'all') return null
  return (dayNamed(text, now) ?? momentNamed(text, argument, now)).toISOString()
}

/** When a span of time was over, as `parseSince` has it: a day is over when the next one begins. */
export function parseUntil(text: string, argument: string, now = new Date()): string | null {
  if (text === 'all') return null
  const day = dayNamed(text, now)
  if (day === null) return momentNamed(text, argument, now).toISOString()
  return startOfDay(day, 1).toISOString()
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** When a day began: `tuesday` may be today, `last tuesday` is one before. Null for what names no day. */
function dayNamed(text: string, now: Date): Date | null {
  const words = text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
  if (words === 'today') return startOfDay(now, 0)
  if (words === 'yesterday') return startOfDay(now, -1)
  const [, last, name = ''] = /^(last )?([a-z]+)$/.exec(words) ?? []
  const weekday = name.length < 3 ? -1 : weekdays.findIndex((day) => day.startsWith(name))
  if (weekday >= 0) {
    const ago = (now.getDay() - weekday + 7) % 7
    return startOfDay(now, last !== undefined && ago === 0 ? -7 : -ago)
  }
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null
  // A bare day would be read as one of UTC.
  const day = new Date(`${text}T00:00`)
  return isOnCalendar(text, day) ? day : null
}

/** Not by hours: a day may have 23 of them. */
function startOfDay(at: Date, daysOn: number): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + daysOn)
}

function momentNamed(text: string, argument: string, now: Date): Date {
  if (/^\d+[smhd]$/.test(text)) return new Date(now.getTime() - parseDuration(text, argument))
  const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?$/.test(text) ? new Date(text) : null
  if (moment !== null && isOnCalendar(text, moment)) return moment
  throw new CowriteError(
    'INVALID_INPUT',
    `${argument} must be a time such as 24h or 7d, a date such as 2026-01-16, a day such as yesterday or tuesday, or all; it was ${JSON.stringify(text.slice(0, 100))}`,
    { argument, value: text.slice(0, 100) },
  )
}

/** The 30th of February would become a day of March. */
function isOnCalendar(text: string, at: Date): boolean {
  if (Number.isNaN(at.getTime())) return false
  const day = text.endsWith('Z') ? at.toISOString().slice(0, 10) : localDay(at.toISOString())
  return day === text.slice(0, 10)
}
