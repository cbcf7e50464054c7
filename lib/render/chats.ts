import { fenced, linesForTerminal } from '../text/escape.js'
import { localMoment } from '../text/local-time.js'
import { ageInWords, count } from '../text/words.js'
import { answer, type Block, section } from './blocks.js'
import { type Face, type Inert, inertFor } from './face.js'
import type { Results } from './results.js'
import { spell } from './spell.js'

/** Of one message, in an answer. */
const longestShown = 2_000
const mostProblems = 5

export function renderGetSessionMessages(result: Results['get_session_messages'], face: Face): string {
  const inert = inertFor(face)
  const { session_id, messages, total_count, offset, next, transcripts } = result
  const problems = problemsIn(transcripts, inert)
  if (total_count === 0) {
    const link = 'cowrite session link <file>'
    const why =
      transcripts.length === 0 ? 'No chat is linked to this session' : 'Its chats hold no such message'
    return answer([`💬 MESSAGES: ${inert(session_id)} (0 total)`], [why], problems, [
      `💡 Link a client's transcript by hand, in a terminal: ${face === 'chat' ? `\`${link}\`` : link}`,
    ])
  }
  const shown = `${messages.length === 0 ? 0 : offset + 1}–${offset + messages.length}`
  const heading =
    messages.length === total_count ? `${total_count} total` : `showing ${shown} of ${total_count}`
  return answer(
    [`💬 MESSAGES: ${inert(session_id)} (${heading})`],
    ...messages.map((message) => messageLines(message, inert)),
    problems,
    next === undefined ? null : [`💡 Go on: ${spell(face, 'get_session_messages', next)}`],
  )
}

type Message = Results['get_session_messages']['messages'][number]

/** `[2026-01-16 09:15:23] Agent:`, then what was said, and the tools that were called. */
function messageLines({ timestamp, role, content, tool_calls }: Message, inert: Inert): string[] {
  const cut = content.slice(0, longestShown)
  const more = content.length - cut.length
  return [
    `[${inert(momentInWords(timestamp))}] ${role === 'user' ? 'User' : 'Agent'}:`,
    ...(cut === '' ? [] : cut.split(/\r?\n/).map(inert)),
    ...(more > 0 ? [`… and ${count(more, 'more character')}`] : []),
    ...tool_calls.map((call) => `[Tool: ${inert(call)}]`),
  ]
}

function momentInWords(timestamp: string | null): string {
  return timestamp === null ? 'unknown' : localMoment(timestamp)
}

type Transcripts = Results['get_session_messages']['transcripts']

const words = {
  gone: 'is gone; its client took it away, or moved it',
  unreadable: 'cannot be read',
  foreign: 'is no transcript of a known client',
}

function problemsIn(transcripts: Transcripts, inert: Inert): Block {
  const lines = transcripts.flatMap(({ path, problem, skipped }) => {
    if (problem !== null) return [`${inert(path)} ${words[problem]}`]
    const left = skipped.torn + skipped.foreign
    return skipped.torn === 0 ? [] : [`${inert(path)}: ${count(left, 'line')} left out, cut short or foreign`]
  })
  return section('⚠️ Left out:', lines.slice(0, mostProblems))
}

export function renderSearchMessages(
  result: Results['search_messages'],
  face: Face,
  now: Date = new Date(),
): string {
  const inert = inertFor(face)
  const { query, results, has_more } = result
  const how = has_more ? `the first ${results.length}` : `${results.length} total`
  if (results.length === 0) {
    return answer(
      [`🔍 MESSAGES WITH "${inert(query)}" (0 total)`],
      [`💡 Look in what sessions hold: ${spell(face, 'search_session_text', { query })}`],
    )
  }
  const [first] = results
  return answer(
    [`🔍 MESSAGES WITH "${inert(query)}" (${how})`],
    results.flatMap(({ session_id, role, timestamp, excerpt }) => [
      `   • ${inert(session_id)}, ${role === 'user' ? 'User' : 'Agent'}, ${timestamp === null ? 'unknown' : ageInWords(timestamp, now)}:`,
      `     ${inert(excerpt)}`,
    ]),
    [`💡 Read all of it: ${spell(face, 'get_session_messages', { session_id: first?.session_id })}`],
  )
}

export function renderCreateHandoff(result: Results['create_handoff'], face: Face): string {
  const inert = inertFor(face)
  const { session_id, saved_to, context, compact_markdown } = result
  const { files, open_retries, todos, commits, messages } = context
  const open = todos.filter(({ status }) => status !== 'completed').length
  const left = new Set(files.map(({ moved_from }) => moved_from))
  const changed = files.filter(({ path, change }) => change !== 'deleted' || !left.has(path))
  return answer(
    [`📝 HANDOFF WRITTEN: ${inert(session_id)}`],
    section('📊 It tells of:', [
      count(changed.length, 'changed file'),
      `${count(open_retries.length, 'retry', 'retries')} still open`,
      `${count(open, 'thing')} to do`,
      count(commits.length, 'commit'),
      messages === null ? 'no chat: none is linked' : count(messages, 'message'),
    ]),
    ['💾 Saved to:', `   • ${inert(saved_to)}`],
    face === 'shell' ? [linesForTerminal(compact_markdown).trimEnd()] : null,
    [`💡 Take it up: ${spell(face, 'get_handoff_context', { session_id })}`],
  )
}

/** A chat gets the page as a text to read: somebody may have written in it since. */
export function renderGetHandoffContext(result: Results['get_handoff_context'], face: Face): string {
  const { session_id, compact_markdown } = result
  if (compact_markdown !== null) {
    const page = linesForTerminal(compact_markdown).trimEnd()
    return face === 'chat' ? fenced(page, 'markdown') : page
  }
  return answer(
    [`📝 No handoff of ${inertFor(face)(session_id)} was written yet`],
    [`💡 Write one: ${spell(face, 'create_handoff', { session_id })}`],
  )
}

export function renderGetSessionCommits(
  result: Results['get_session_commits'],
  face: Face,
  now: Date = new Date(),
): string {
  const inert = inertFor(face)
  const { session_id, commits, has_git } = result
  return answer(
    [`📚 COMMITS OF ${inert(session_id)} (${commits.length} total)`],
    commits.map(({ hash, message, timestamp, source }) => {
      const short = source === 'git' ? hash.slice(0, 10) : hash
      return `   • ${source} ${inert(short)}: ${inert(message)}, ${ageInWords(timestamp, now)}`
    }),
    has_git ? null : ['(git has nothing to tell of this workspace)'],
  )
}
