/** One whole turn after the other in a client, the same for each: what became of every step is noted and told. */
import { dirname } from 'node:path'
import { expect } from 'vitest'
import type { Book } from './book.js'
import type { Chat } from './chat.js'
import { type LiveClient, type ToolCall, type as typeLine } from './clients.js'
import type { Given } from './wire.js'

/** Where a text came to lie: in the session, in the real file, or nowhere. */
export type Landed = 'session' | 'real' | 'nowhere'

export interface Step {
  landed: Landed
  /** Whether the model was told of a session when it was not where it was meant to be. */
  told: boolean
  /** Whether cowrite's next answer named it as written around the session. */
  heard?: boolean
  /** Whether the client did it only when the copy had been named. */
  byCopy: boolean
}

export interface Tour {
  client: LiveClient
  book: Book
  chat: Chat
  session: string
}

export async function open(
  client: LiveClient,
  program: string,
  book: Book,
  line: string,
  more: { again?: boolean; inside?: readonly string[] } = {},
): Promise<Tour & { first: Given }> {
  const chat = await typeLine(client, program, book, { line, ...more })
  return { client, book, chat, session: 'draft', first: await chat.asked() }
}

/** Calls a tool of cowrite's, which has to answer well. */
export async function ask(tour: Tour, tool: string, input: object = {}): Promise<string> {
  const { client, chat } = tour
  const name = client.prefix + tool
  for (let tries = 0; client.startsLate && tries < 30; tries += 1) {
    if ((await chat.asked()).tools.includes(name)) break
    await chat.call(...client.shell('sleep 1'))
  }
  const { results } = await chat.call(name, input)
  return results
}

/** Has the client's own tool write, and looks where it came to lie. */
export async function write(tour: Tour, path: string, text: string): Promise<Step> {
  const { client, book, chat } = tour
  const seen: string[] = []
  const call = async (tool: ToolCall | null) => {
    if (tool) seen.push((await chat.call(...tool)).text)
  }
  // Some want a file to be read before it is written.
  if (book.real(path) !== null) await call(client.read(book.at(path)))
  await call(
    client.write(book.at(path), text) ??
      client.shell(`mkdir -p ${quoted(dirname(path))} && printf %s ${quoted(text)} > ${quoted(path)}`),
  )
  return stepOf(tour, path, text, seen, false)
}

/** The same for an edit; where the client finds the file or the text not, or is refused, on the copy that is named. */
export async function edit(tour: Tour, path: string, before: string, after: string): Promise<Step> {
  const { client, book, chat, session } = tour
  const text = (book.inSession(path) ?? '').replace(before, after)
  const seen: string[] = []
  const call = async (tool: ToolCall) => seen.push((await chat.call(...tool)).text)
  const change = (file: string) =>
    client.edit(file, before, after) ??
    client.shell(`sed -i ${quoted(`s/${before}/${after}/`)} ${quoted(file)}`)
  const reading = client.read(book.at(path))
  if (reading) await call(reading)
  await call(change(book.at(path)))
  const step = stepOf(tour, path, text, seen, false)
  if (step.landed !== 'nowhere') return step

  const copy = book.at(`workspace/sessions/${session}/${path}`)
  const again = client.read(copy)
  if (again) await call(again)
  await call(change(copy))
  return stepOf(tour, path, text, seen, true)
}

export function stepOf(
  { book, session }: Tour,
  path: string,
  text: string,
  seen: string[],
  byCopy: boolean,
): Step {
  const told = seen.some(
    (words) => words.includes(`session ${session}`) || words.includes(`sessions/${session}`),
  )
  return { landed: whereIs(book, path, text), told, byCopy }
}

export function whereIs(book: Book, path: string, text: string | null): Landed {
  if (book.real(path) === text) return 'real'
  return book.inSession(path) === text ? 'session' : 'nowhere'
}

/** What is written around the session is told by cowrite's next answer to a call that writes. */
export async function isHeardOf(tour: Tour, path: string): Promise<boolean> {
  const scratch = { file_path: 'artifacts/log.md', content: 'Something was written.\n' }
  for (let tries = 0; tries < 5; tries += 1) {
    const answer = await ask(tour, 'write_session_file', scratch)
    if (answer.includes('CHANGED AROUND SESSION draft') && answer.includes(path)) return true
    // It does not look at each call, but after a while.
    await tour.chat.call(...tour.client.shell('sleep 1'))
  }
  return false
}

export function inWords({ landed, told, heard, byCopy }: Step): string {
  if (landed === 'session')
    return byCopy ? '✅ in the session, on the copy that the model is told of' : '✅ in the session'
  if (landed === 'nowhere') return '❌ refused'
  if (told) return '⚠️ in the real file, and the model is told'
  return heard ? "⚠️ in the real file; cowrite's next answer names it" : '⚠️ in the real file, untold'
}

/** What a real file got around the session is taken back, so that the next step starts from what was. */
export function takeBack(book: Book, before: Record<string, string>): void {
  for (const [path, text] of Object.entries(before)) if (book.real(path) !== text) book.put(path, text)
  for (const path of Object.keys(book.everything())) if (!(path in before)) book.drop(path)
}

export function expectAnswer(answer: string, ...lines: string[]): void {
  for (const line of lines) expect(answer).toContain(line)
}

export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
