/** Which part of a chat belongs to a session, where the chat worked in others too. */
import type { ChatMessage, Draft, Span, Usage } from './transcript.js'

export const whole: readonly Span[] = [{ from: null, to: null, ended: null }]

export interface Part {
  messages: ChatMessage[]
  /** Whether what a call of a model used belongs to the part. */
  holds(usage: Usage): boolean
  isWhole: boolean
  /** Whether it goes to the end of the chat. */
  isLast: boolean
}

/**
 * The messages within the spans, in whole turns: a person's message and all that it brought. A turn in which a chat
 * went over to another session belongs to that one; the turn in which a session ended is its last.
 */
export function partIn(draft: Draft, spans: readonly Span[]): Part {
  const all = [...draft.messages.values()]
  const ranges = spans.map(({ from, to, ended }) => ({
    start: from === null ? 0 : turnAt(all, from),
    end: Math.min(
      to === null ? all.length : turnAt(all, to),
      ended === null ? all.length : turnAfter(all, ended),
    ),
  }))
  const isWhole = ranges.some(({ start, end }) => start === 0 && end === all.length)
  const isIn = (index: number) => ranges.some(({ start, end }) => index >= start && index < end)
  const places = isWhole ? null : new Map([...draft.messages.keys()].map((id, index) => [id, index]))
  return {
    messages: isWhole ? all : all.filter((_message, index) => isIn(index)),
    holds: ({ message, position }) => {
      if (places === null) return true
      const place = message === null ? undefined : places.get(message)
      return isIn(place ?? Math.min(Math.max(0, position - 1), Math.max(0, all.length - 1)))
    },
    isWhole,
    isLast: isWhole || ranges.some(({ end }) => end === all.length),
  }
}

/** Where the turn begins that was under way at a moment, or the next one where none was. */
function turnAt(messages: readonly ChatMessage[], moment: string): number {
  const after = firstAfter(messages, moment)
  const start = messages.slice(0, after + 1).findLastIndex(({ role }) => role === 'user')
  return after === messages.length || start === -1 ? after : start
}

/** Where the next turn begins. */
function turnAfter(messages: readonly ChatMessage[], moment: string): number {
  const after = firstAfter(messages, moment)
  const start = messages.findIndex(({ role }, index) => index >= after && role === 'user')
  return start === -1 ? messages.length : start
}

/** A message that does not say when it was counts as of the one before. */
function firstAfter(messages: readonly ChatMessage[], moment: string): number {
  let last = ''
  const found = messages.findIndex(({ at }) => {
    last = at ?? last
    return last > moment
  })
  return found === -1 ? messages.length : found
}
