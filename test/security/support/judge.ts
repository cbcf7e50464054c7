/** What is wrong with an answer, whatever was asked. */
import { exitStatus } from '../../../lib/errors.js'
import type { HostileCall } from './calls.js'

/** An answer as every face gives it: a result, or a failure with its code, and what a person or a model reads. */
export interface Answer {
  code: string | null
  /** All that was said, as data. */
  data: string
  /** What is read at a terminal, or as Markdown; none where the face has none. */
  terminal?: string
  markdown?: string
}

/** Codes that say that something broke: no attacker gets to see them. */
const broken = new Set([
  'IO',
  'CORRUPT',
  'SERVER_FAILED',
  'TOOL_FAILED',
  'WORKSPACE_UNAVAILABLE',
  'SESSION_CRASHED',
  'LOCKED',
])

const largestRefusal = 64 * 1024

/** Every complaint about an answer to a hostile call. */
export function complaintsAbout(call: HostileCall, answer: Answer, secrets: readonly string[]): string[] {
  const { code, data, terminal = '', markdown = '' } = answer
  const said = `${data}${terminal}${markdown}`
  const complaints = secrets.filter((secret) => said.includes(secret)).map((secret) => `tells ${secret}`)
  if (said.includes('root:x:0:')) complaints.push('tells of /etc/passwd')
  if (code !== null && !Object.hasOwn(exitStatus, code)) complaints.push(`has no stable code: ${code}`)
  if (call.codes && (code === null || !call.codes.includes(code)))
    complaints.push(`was answered ${code ?? 'with success'}, not ${call.codes.join(' or ')}`)
  if (code !== null && broken.has(code) && !call.also?.includes(code))
    complaints.push(`broke something: ${data.slice(0, 300)}`)
  if (said.includes('Something unexpected')) complaints.push(`was not foreseen: ${data.slice(0, 300)}`)
  if (tracesStack(said)) complaints.push(`shows where it is written: ${data.slice(0, 300)}`)
  if (code !== null && data.length > largestRefusal)
    complaints.push(`was refused in ${data.length} characters`)
  const acts = actsOnTerminal(terminal)
  if (acts !== null) complaints.push(`acts on a terminal: ${acts}`)
  const active = actsInMarkdown(markdown)
  if (active !== null) complaints.push(`acts in Markdown: ${active}`)
  return complaints
}

/** Whether a text shows a stack of calls. */
export function tracesStack(text: string): boolean {
  return /(\n|\\n) {4}at (async )?\S+/.test(text)
}

/** Control characters but for tab and line feed, those of no width, and those that turn the direction or end a line. */
const acting = /(?![\t\n])[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/u

/** The first place where a text would act on a terminal; null where it is only read. */
export function actsOnTerminal(text: string): string | null {
  const found = acting.exec(text)
  return found && JSON.stringify(text.slice(Math.max(0, found.index - 30), found.index + 30))
}

/** The attackers' texts are marked, so that what is found active is theirs and not the answer's own form. */
const active =
  /<\/?\w[^>\n]*PWN|<!--|<script|!?\[[^\]\n]*\]\([^)\n]*|\*\*PWN|(?<![\p{L}\p{N}])__PWN|^ {0,3}(#{1,6}|>|[-*+]|\d+[.)]|\|) ?PWN|https?:\/\/pwn|www\.pwn|(?<=\w)@pwn|^ {0,3}(```|~~~)|&lt;|\$PWN\$/mu

/** The first place where something of the attacker's would act once the text is rendered. */
export function actsInMarkdown(text: string): string | null {
  const outside = withoutCode(text).replace(/\\[!-/:-@[-`{-~]/g, '·')
  const control = actsOnTerminal(outside)
  if (control !== null) return control
  const found = active.exec(outside)
  return found && JSON.stringify(outside.slice(Math.max(0, found.index - 30), found.index + 40))
}

/** Without fenced blocks and code spans, by the rules of CommonMark. */
function withoutCode(text: string): string {
  const kept: string[] = []
  let fence: string | null = null
  for (const line of text.split('\n')) {
    const [, marks = ''] = /^ {0,3}(`{3,}(?!.*`)|~{3,})/.exec(line) ?? []
    if (fence === null && marks !== '') fence = marks
    else if (fence === null) kept.push(line)
    else if (marks.startsWith(fence) && line.trim() === marks) fence = null
  }
  if (fence !== null) kept.push('``` a fence was left open')
  return kept.map(withoutSpans).join('\n')
}

function withoutSpans(line: string): string {
  let rest = ''
  for (let at = 0; at < line.length; ) {
    if (line[at] === '\\') {
      rest += line.slice(at, at + 2)
      at += 2
      continue
    }
    const [run = ''] = /^`+/.exec(line.slice(at)) ?? []
    const end = run === '' ? -1 : closing(line, at + run.length, run.length)
    if (end !== -1) at = end
    else {
      rest += run || line[at]
      at += run.length || 1
    }
  }
  return rest
}

function closing(line: string, from: number, length: number): number {
  for (const match of line.slice(from).matchAll(/`+/g))
    if (match[0].length === length) return from + match.index + length
  return -1
}
