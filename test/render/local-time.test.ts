/** Moments as a person's own clock shows them. */
import { afterEach, describe, expect, it } from 'vitest'
import { renderListSessions } from '../../lib/render/list-sessions.js'
import { localDay, localMoment } from '../../lib/text/local-time.js'
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
})
