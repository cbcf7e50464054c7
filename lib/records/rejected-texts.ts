/** The texts of rejected versions, as far as a document has room for them. */
import type { Retry } from '../api.js'
import type { FilePort } from '../port/port.js'
import { cannotBeRead } from '../store/damage.js'
import { decodeBeginning } from '../text/decode.js'

/** Sizes in bytes: a long chapter goes in whole, and a session of a hundred rejections makes a document that opens. */
export const largestText = 64 * 1024
export const largestTexts = 1024 * 1024
/** A beginning that is shorter than this tells nobody anything. */
const leastBeginning = 1024

export interface RejectedText {
  /** Null where it is no text, is not there, or there was no room left. */
  text: string | null
  /** In bytes, all of it; null where it is not there. */
  sizeBytes: number | null
  /** Why not all of it is here; null where it is. */
  lacks: 'rest' | 'room' | 'binary' | 'gone' | null
}

/** One for each, in their order. Where there is no room for all, the newest have it. */
export function rejectedTexts(
  port: FilePort,
  retries: readonly (Pick<Retry, 'recordedAt'> & { openAt: string })[],
): RejectedText[] {
  const texts = new Map<object, RejectedText>()
  let room = largestTexts
  const newestFirst = [...retries].reverse().sort((left, right) => compare(right.recordedAt, left.recordedAt))
  for (const retry of newestFirst) {
    const found = beginningOf(port, retry.openAt, Math.min(largestText, room))
    room -= Buffer.byteLength(found.text ?? '')
    if (found.lacks === 'room') room = 0
    texts.set(retry, found)
  }
  return retries.map((retry) => texts.get(retry) as RejectedText)
}

/** All of it, where it is a text of at most so many bytes; else null. */
export function shortText(port: FilePort, path: string, most: number): string | null {
  const { text, lacks } = beginningOf(port, path, most)
  return lacks === null ? text : null
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

const gone: RejectedText = { text: null, sizeBytes: null, lacks: 'gone' }

function beginningOf(port: FilePort, path: string, room: number): RejectedText {
  const read = readBeginning(port, path, room)
  if (read === null) return gone
  const { bytes, sizeBytes } = read
  const text = decodeBeginning(bytes)
  if (text === null) return { text: null, sizeBytes, lacks: 'binary' }
  if (bytes.length === sizeBytes) return { text, sizeBytes, lacks: null }
  return room < leastBeginning ? { text: null, sizeBytes, lacks: 'room' } : { text, sizeBytes, lacks: 'rest' }
}

function readBeginning(
  port: FilePort,
  path: string,
  most: number,
): { bytes: Uint8Array; sizeBytes: number } | null {
  // A list that somebody else wrote leads nowhere but among the versions.
  if (path.split('/').includes('..')) return null
  try {
    const file = port.openForReading(path)
    try {
      const bytes = Buffer.alloc(Math.min(most, file.openedSize))
      return { bytes: bytes.subarray(0, file.read(bytes, 0, bytes.length, 0)), sizeBytes: file.openedSize }
    } finally {
      file.close()
    }
  } catch (error) {
    if (cannotBeRead(error)) return null
    throw error
  }
}
