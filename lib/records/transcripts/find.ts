/** Messages of a transcript that hold some words. */
import { isCowriteError } from '../../errors.js'
import { openTranscript } from './lines.js'
import type { Prices } from './prices.js'
import { readFrom } from './read.js'
import { bytesTest, textTest } from './search.js'
import type { ChatMessage, Span } from './transcript.js'

export type Finder = (path: string, spans: readonly Span[]) => Promise<ChatMessage[]>

/** A transcript that is gone, or can no longer be read, holds nothing. */
export function messageFinder(words: readonly string[], prices: Prices): Finder {
  const inBytes = bytesTest(words)
  const inText = textTest(words)
  return async (path, spans) => {
    const file = await openTranscript(path).catch((error: unknown) => {
      if (isCowriteError(error)) return null
      throw error
    })
    if (file === null) return []
    try {
      if (!(await inBytes.file(file))) return []
      const isWhole = spans.every(({ from, to, ended }) => from === null && to === null && ended === null)
      const { messages } = await readFrom(file, prices, spans, isWhole ? inBytes.line : undefined)
      return messages.filter(({ content }) => inText(content))
    } finally {
      await file.close()
    }
  }
}
