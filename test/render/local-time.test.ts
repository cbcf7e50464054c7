/** Moments as a person's own clock shows them. */
import { afterEach, describe, expect, it } from 'vitest'
import { renderListSessions } from '../../lib/render/list-sessions.js'
import { parseSince } from '../../lib/text/duration.js'
import { localDay, localMoment, localZone } from '../../lib/text/local-time.js'
import { listed } from './seed-situations.js'

const zone = process.env.TZ
afterEach(() => {
  process.env.TZ = zone ?? 'UTC'
})

describe('a moment', () => {
  it('is shown in the time zone of the machine', () => {
    process.env.TZ = 'America/New_York'
    expect(localMoment('2026-11-22T00:01:02.345Z')).toBe('2026-11-21 19:01:02')
    expect(localDay('2026-11-22T00:01:02.345Z')).toBe('2026-11-21')
    process.env.TZ = 'Pacific/Kiritimati'
    expect(localDay('2026-11-21T12:00:00Z')).toBe('2026-11-22')
  })

  it('stays as it was written where it is none', () => {
    expect(localMoment('sometime')).toBe('sometime')
    expect(localDay('')).toBe('')
  })

  it('is the day of the place in the list of sessions', () => {
    process.env.TZ = 'America/New_York'
    const sessions = listed.sessions.map((session) => ({ ...session, created_at: '2026-11-22T00:01:00Z' }))
    const text = renderListSessions({ ...listed, sessions }, 'shell')
    expect(text).toContain('│ 2026-11-21 │')
    expect(text).not.toContain('2026-11-22')
  })

  it('is meant by a day and a time that a person names, unless a Z says otherwise', () => {
    process.env.TZ = 'America/New_York'
    expect(localZone()).toBe('America/New_York')
    expect(parseSince('2026-01-16', 'since')).toBe('2026-01-16T05:00:00.000Z')
    expect(parseSince('2026-07-16', 'since')).toBe('2026-07-16T04:00:00.000Z')
    expect(parseSince('2026-01-16T23:30', 'since')).toBe('2026-01-17T04:30:00.000Z')
    expect(parseSince('2026-01-16T23:30Z', 'since')).toBe('2026-01-16T23:30:00.000Z')
    process.env.TZ = 'Pacific/Kiritimati'
    expect(parseSince('2026-01-16', 'since')).toBe('2026-01-15T10:00:00.000Z')
    for (const none of ['2026-02-29', '2026-13-01', '2026-01-16T25:00', '2026-02-30T01:00Z'])
      expect(() => parseSince(none, 'since'), none).toThrow('a date such as 2026-01-16')
  })
})
