/** Looks for words in transcripts without reading most of what is in them. */
import type { FileHandle } from 'node:fs/promises'

const pieceSize = 1024 * 1024
/** No word is looked for in longer: what stands at the edge of two pieces is held against it whole. */
const longestWord = 64
/** The most bytes that one character of a word may take: two escapes. */
const widest = 12

/** Whether the strings of some JSON may hold a word: where the bytes do not, no message in them does. */
export interface BytesTest {
  line(bytes: Buffer): boolean
  file(file: FileHandle): Promise<boolean>
}

/** Letters of either case are the same, and a character may stand as an escape. */
export function bytesTest(words: readonly string[]): BytesTest {
  const longestFirst = [...words].sort((left, right) => right.length - left.length)
  const patterns = longestFirst.map((word) => patternOf([...word].slice(0, longestWord)))
  const [rarest = /(?:)/] = patterns
  const overlap = Math.min(longestWord, longestFirst[0]?.length ?? 0) * widest
  const inFile = async (file: FileHandle): Promise<boolean> => {
    const bytes = Buffer.allocUnsafe(overlap + pieceSize)
    let held = 0
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(bytes, held, pieceSize, position)
      if (bytesRead === 0) return false
      position += bytesRead
      const end = held + bytesRead
      if (rarest.test(bytes.toString('latin1', 0, end))) return true
      held = Math.min(overlap, end)
      bytes.copyWithin(0, end - held, end)
    }
  }
  return {
    line: (bytes) => {
      const text = bytes.toString('latin1')
      return patterns.every((pattern) => pattern.test(text))
    },
    file: inFile,
  }
}

function patternOf(characters: readonly string[]): RegExp {
  return new RegExp(characters.map(waysOf).join(''))
}

/** A pattern for one character in a string of JSON, whose bytes are read as Latin-1. */
function waysOf(character: string): string {
  const cases = [...new Set([character, character.toLowerCase(), character.toUpperCase()])]
  if (/^[a-z]$/i.test(character)) return `[${cases.join('')}]`
  if (/^[\w-]$/.test(character)) return character
  const ways = cases.flatMap((one) => [
    Buffer.from(JSON.stringify(one).slice(1, -1)).toString('latin1'),
    unitsOf(one),
  ])
  return `(?:${ways.map((way) => (way.startsWith('\\u') ? inAnyCase(way) : escaped(way))).join('|')})`
}

function unitsOf(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

function inAnyCase(units: string): string {
  return units.replaceAll('\\', '\\\\').replace(/[a-f](?!u)/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

/** Words of a query, each of which is to be found. */
export function wordsOf(query: string): string[] {
  return query.split(/\s+/).filter((word) => word !== '')
}

/** Whether a text holds all the words, in letters of either case. */
export function textTest(words: readonly string[]): (text: string) => boolean {
  const wanted = words.map((word) => word.toLowerCase())
  return (text) => {
    const lower = text.toLowerCase()
    return wanted.every((word) => lower.includes(word))
  }
}

const longestExcerpt = 200

/** The place of a text where the first word of them stands, on one line. */
export function excerptOf(text: string, words: readonly string[]): string {
  const lower = text.toLowerCase()
  const places = words.map((word) => lower.indexOf(word.toLowerCase())).filter((at) => at !== -1)
  const start = Math.max(0, Math.min(...places, text.length) - longestExcerpt / 4)
  const part = text
    .slice(start, start + longestExcerpt)
    .replace(/\s+/g, ' ')
    .trim()
  return `${start > 0 ? '…' : ''}${part}${start + longestExcerpt < text.length ? '…' : ''}`
}
