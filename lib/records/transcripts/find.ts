/** Messages of a transcript that hold some words. */
import type { FileHandle } from 'node:fs/promises'
import { isCowriteError } from '../../errors.js'
import { linesOf, openTranscript } from './lines.js'
import type { Prices } from './prices.js'
import { clientOfLine, readFrom, readLines } from './read.js'
import { bytesTest, textTest } from './search.js'
import type { ChatMessage, Span } from './transcript.js'

/** With `most`, the last ones are enough, and maybe more are given. */
export type Finder = (path: string, spans: readonly Span[], most?: number) => Promise<ChatMessage[]>

/** A transcript that is gone, or can no longer be read, holds nothing. */
export function messageFinder(words: readonly string[], prices: Prices): Finder {
  const inBytes = bytesTest(words)
  const inText = textTest(words)
  const holds = ({ content }: ChatMessage): boolean => inText(content)
  return async (path, spans, most) => {
    const file = await openTranscript(path).catch((error: unknown) => {
      if (isCowriteError(error)) return null
      throw error
    })
    if (file === null) return []
    try {
      if (!(await inBytes.file(file))) return []
      const whole = async () => (await readFrom(file, prices, spans)).messages.filter(holds)
      if (spans.some(({ from, to }) => from !== null || to !== null)) return await whole()
      // What was said before the session ended is its own; what came after may be, or is nobody's.
      const isSurely = ({ at }: ChatMessage) =>
        spans.every(({ ended }) => ended === null || (at !== null && at <= ended))
      const last = most === undefined ? null : await lastLines(file, inBytes.line, most * linesToAHit)
      if (last !== null) {
        const found = readLines(last.lines, prices).messages.filter(holds)
        const isEnough = last.areAll || found.length >= (most ?? 0)
        if (isEnough && found.every(isSurely)) return found
      }
      const found = (await readFrom(file, prices, undefined, inBytes.line)).messages.filter(holds)
      return found.every(isSurely) ? found : await whole()
    } finally {
      await file.close()
    }
  }
}

/** What a chat says to itself holds a word more often than what it says aloud. */
const linesToAHit = 12

/** The last lines that may hold the words; null where a line's meaning hangs on others. */
async function lastLines(
  file: FileHandle,
  mayHold: (line: Buffer) => boolean,
  most: number,
): Promise<{ lines: Buffer[]; areAll: boolean } | null> {
  let lines: Buffer[] = []
  let areAll = true
  let isKnown = false
  for await (const piece of linesOf(file)) {
    for (const { bytes } of piece) {
      if (bytes === null || bytes.length === 0) continue
      if (!isKnown) {
        const client = clientOfLine(bytes)
        if (client === 'gemini' || client === 'document') return null
        isKnown = client !== null
      }
      if (mayHold(bytes)) lines.push(Buffer.from(bytes))
    }
    if (lines.length <= most) continue
    areAll = false
    lines = lines.slice(-most)
  }
  return { lines, areAll }
}
