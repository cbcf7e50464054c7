import { describe, expect, it } from 'vitest'
import { isCowriteError } from '../../lib/errors.js'
import { decodeText } from '../../lib/text/decode.js'
import { parseDuration } from '../../lib/text/duration.js'
import { ageInWords, boxTable, count, sizeInWords } from '../../lib/text/words.js'

const now = new Date('2026-01-16T12:00:00Z')
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString()

describe('sizes, ages and counts in words', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [10 * 1024, '10 KB'],
    [487 * 1024, '487 KB'],
    [1024 ** 2 - 1, '1.0 MB'],
    [2.3 * 1024 ** 2, '2.3 MB'],
    [1024 ** 3 - 1, '1.0 GB'],
    [5 * 1024 ** 4, '5.0 TB'],
  ])('%d bytes are %s', (bytes, words) => expect(sizeInWords(bytes)).toBe(words))

  it.each([
    [-5, 'just now'],
    [59, 'just now'],
    [60, '1 minute ago'],
    [7_200, '2 hours ago'],
    [86_400, '1 day ago'],
    [45 * 86_400, '1 month ago'],
    [800 * 86_400, '2 years ago'],
  ])('%d seconds are %s', (seconds, words) => expect(ageInWords(secondsAgo(seconds), now)).toBe(words))

  it('an age that cannot be told is unknown', () => expect(ageInWords('whenever', now)).toBe('unknown'))

  it('counts one and several', () => {
    expect([count(1, 'file'), count(0, 'file'), count(2, 'retry', 'retries')]).toEqual([
      '1 file',
      '0 files',
      '2 retries',
    ])
  })

  it('a table gives wide characters their width', () => {
    expect(boxTable([{ title: 'Name', minimum: 6 }], [['海の物語'], ['ab']])).toBe(
      ['┌──────────┐', '│ Name     │', '├──────────┤', '│ 海の物語 │', '│ ab       │', '└──────────┘'].join(
        '\n',
      ),
    )
  })
})

describe('durations', () => {
  it.each([
    ['45s', 45_000],
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ])('S5: %s is %d ms', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds))

  it.each(['', '5', 'h', '1.5h', '-1h', '1w', '0s', '1h ', '99999999999d'])('S5: %j is refused', (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.toSatisfy((error) => isCowriteError(error, 'INVALID_INPUT')),
    )
  })
})

describe('text and bytes', () => {
  it('C5: what is no text is not decoded', () => {
    expect(decodeText(Buffer.from([0xff, 0xfe]))).toBeNull()
    expect(decodeText(Buffer.from('a\0b'))).toBeNull()
    expect(decodeText(Buffer.from([0xc3]))).toBeNull()
  })

  it('C5: text comes back byte for byte, its byte order mark too', () => {
    const text = '\ufeffKapitel 海\r\n'
    expect(decodeText(Buffer.from(text))).toBe(text)
  })
})
