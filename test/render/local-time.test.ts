/** Moments as a person's own clock shows them. */
import { afterEach, describe, expect, it } from 'vitest'
import { renderListSessions } from '../../lib/render/list-sessions.js'
import { renderSearchSessions } from '../../lib/render/records.js'
import { localDay, localMoment, localZone } from '../../lib/text/local-time.js'
import { parseSince, parseUntil } from '../../lib/text/spans.js'
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

  it('is meant by the name of a day: of a week that is not over, or of the last one', () => {
    process.env.TZ = 'America/New_York'
    // A Tuesday, in the week after the clocks went back.
    const now = new Date('2026-11-03T12:00:00')
    const days = (text: string) => [parseSince(text, 'since', now), parseUntil(text, 'until', now)]
    expect(days('tuesday')).toEqual(['2026-11-03T05:00:00.000Z', '2026-11-04T05:00:00.000Z'])
    expect(days('last tuesday')).toEqual(['2026-10-27T04:00:00.000Z', '2026-10-28T04:00:00.000Z'])
    expect(days('today')).toEqual(days('Tue'))
    expect(days('yesterday')).toEqual(days('monday'))
    expect(days('Last-Sunday')).toEqual(['2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'])
    expect(days('2026-11-01')).toEqual(days('sunday'))
    expect(parseUntil('2026-11-01T10:00', 'until', now)).toBe('2026-11-01T15:00:00.000Z')
    expect(days('all')).toEqual([null, null])
    for (const none of ['lately', 'la', 'last', 'last week', 'su', 'tuesdays', '', 'toString'])
      expect(() => parseSince(none, 'since', now), none).toThrow('a day such as yesterday or tuesday')
  })

  it('says in lists and searches by which of their times sessions were chosen, and how often each was rejected', () => {
    process.env.TZ = 'America/New_York'
    const span = { from: '2026-11-17T05:00:00.000Z', until: '2026-11-18T05:00:00.000Z' }
    const line = '📅 Those ended or last changed since 2026-11-17 00:00:00, begun before 2026-11-18 00:00:00'
    const sessions = listed.sessions.slice(0, 1).map((one) => ({ ...one, changes: 2, human_retries: 3 }))
    const text = renderListSessions({ ...listed, ...span, sessions }, 'shell')
    expect(text).toContain(`\n\n${line}\n\n`)
    expect(text).toContain('│ 2 files, 3 rejections │')
    const none = { query: 'chapter-3 rejected twice', sessions: [], count: 0, ...span }
    const found = renderSearchSessions(none, 'shell')
    expect(found).toContain(line)
    expect(found).toContain('fewer find more: cowrite session search chapter-3\n')
    expect(renderSearchSessions({ ...none, query: 'twice' }, 'shell')).not.toContain('fewer')
  })
})
