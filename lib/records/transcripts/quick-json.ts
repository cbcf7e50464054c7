/** The JSON of a line of which only counts are wanted. */
import { type Fields, fieldsOf, listOf } from './values.js'

/** In characters. What is no longer than this was not cut off. */
const longestName = 64
/** So many bytes of a long string are read, and with escapes in them more: a character may stand as one of six. */
const beginning = longestName + 8
const beginningOfEscapes = (longestName + 2) * 6
/** A string of more bytes than this is not read whole. */
const longestWhole = 512

const [quote, backslash, space, tilde] = Buffer.from('"\\ ~') as unknown as [number, number, number, number]

/**
 * What JSON.parse makes of the line, but for long strings, of which it gives the beginning, and for what is not ASCII,
 * which comes out garbled: that takes a third of the time, and leaves next to no garbage. A line in which that would touch
 * a name is read as it stands. Throws SyntaxError for just the lines for which JSON.parse does.
 */
export function parseForCounts(bytes: Buffer): unknown {
  const value: unknown = JSON.parse(shortened(bytes))
  const line = fieldsOf(value)
  return line !== null && hasUnsafeNames(line) ? JSON.parse(bytes.toString()) : value
}

/** As Latin-1, whatever it is. What is left out is valid within a string, so that the rest is JSON if the whole is. */
function shortened(bytes: Buffer): string {
  if (bytes.length <= longestWhole) return bytes.toString('latin1')
  let kept = ''
  let from = 0
  for (let start = bytes.indexOf(quote) + 1; start > 0; ) {
    const end = endOfString(bytes, start)
    if (end === -1) break
    if (end - start > longestWhole && isPlain(bytes[start] as number)) {
      const cut = cutIn(bytes, start, end)
      if (cut !== null) {
        kept += bytes.toString('latin1', from, cut)
        from = end
      }
    }
    start = bytes.indexOf(quote, end + 1) + 1
  }
  return from === 0 ? bytes.toString('latin1') : kept + bytes.toString('latin1', from)
}

/** Where the quote stands that closes a string; -1 for nowhere. */
function endOfString(bytes: Buffer, start: number): number {
  for (let at = start; ; ) {
    const end = bytes.indexOf(quote, at)
    if (end === -1) return -1
    let escapes = 0
    while (end - escapes > start && bytes[end - escapes - 1] === backslash) escapes += 1
    if (escapes % 2 === 0) return end
    at = end + 1
  }
}

/** Neither white space, by which one has to look further, nor a part of a character. */
function isPlain(byte: number): boolean {
  return byte > space && byte <= tilde && byte !== backslash
}

/** Where a string can be cut off; null where it is not valid. */
function cutIn(bytes: Buffer, start: number, end: number): number | null {
  if (hasControls(bytes, start, end)) return null
  const first = bytes.indexOf(backslash, start)
  const isPlainAtFirst = first === -1 || first > start + beginning
  const wanted = start + (isPlainAtFirst ? beginning : beginningOfEscapes)
  let cut = wanted
  for (let at = first; at !== -1 && at < end; ) {
    const after = endOfEscape(bytes, at)
    if (after === null) return null
    if (at < wanted && after > wanted) cut = at
    // What stands next is often an escape too, as in an indented line.
    at = bytes[after] === backslash ? after : bytes.indexOf(backslash, after)
  }
  return cut
}

const escapable = new Set(Buffer.from('"\\/bfnrt'))
const letterU = 'u'.charCodeAt(0)

function endOfEscape(bytes: Buffer, at: number): number | null {
  const sign = bytes[at + 1] as number
  if (escapable.has(sign)) return at + 2
  const isUnit = sign === letterU && /^[0-9a-f]{4}$/i.test(bytes.toString('latin1', at + 2, at + 6))
  return isUnit ? at + 6 : null
}

/** Whether a byte is below that of a space; most are looked at by fours. */
function hasControls(bytes: Buffer, start: number, end: number): boolean {
  const offset = bytes.byteOffset + start
  const first = Math.ceil(offset / 4) * 4
  const count = Math.max(0, Math.floor((bytes.byteOffset + end - first) / 4))
  const words = new Int32Array(bytes.buffer, first, count)
  for (let at = 0; at < count; at++) {
    const word = words[at] as number
    if (((word - 0x20202020) & ~word & -0x7f7f7f80) !== 0) return true
  }
  const rest = first - bytes.byteOffset
  return hasControlIn(bytes, start, Math.min(rest, end)) || hasControlIn(bytes, rest + count * 4, end)
}

function hasControlIn(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) < space) return true
  return false
}

/** Whether something that is told apart by its text is not ASCII, or may have been cut off. */
function hasUnsafeNames(line: Fields): boolean {
  return [line, fieldsOf(line.message), fieldsOf(line.payload)].some(areUnsafe)
}

function areUnsafe(fields: Fields | null): boolean {
  if (fields === null) return false
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'string' && (value.length > longestName || notAscii.test(value))) return true
  }
  return beginsUnsafely(fields.content)
}

const names = ['type', 'id', 'uuid', 'sessionId', 'session_id', 'timestamp', 'startTime', 'model']

/** By what a message begins with, after any white space, it is told who wrote it. */
function beginsUnsafely(content: unknown): boolean {
  if (typeof content === 'string') return otherBeginning.test(content)
  return listOf(content).some((part) => {
    const text = typeof part === 'string' ? part : fieldsOf(part)?.text
    return typeof text === 'string' && otherBeginning.test(text)
  })
}

const notAscii = /[\u0080-\uffff]/
const otherBeginning = /^\s*[\u0080-\uffff]/
