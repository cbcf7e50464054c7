/** What is kept of sessions, as people read it. */
import { doneTo, historyInWords, isMove } from '../text/done-in-words.js'
import { fenced, linesForTerminal } from '../text/escape.js'
import { localDay, localMoment } from '../text/local-time.js'
import { count } from '../text/words.js'
import { answer, type Block, folded, section, shown } from './blocks.js'
import { type Face, type Inert, inertFor } from './face.js'
import { filesInWords } from './moved.js'
import { aligned, dollars, grouped, spanInWords } from './record-words.js'
import type { Results } from './results.js'
import { spell } from './spell.js'
import { retriesByFile } from './wording.js'

type Details = Results['get_session']

export function renderGetSession(result: Details, face: Face): string {
  const inert = inertFor(face)
  const { session_id, files, retries, commits, ended_at, history } = result
  const rejected = retries.filter(({ kept }) => !kept)
  const went = new Set(files.map((file) => file.moved_from))
  const told = files.filter(({ path, change }) => change !== 'deleted' || !went.has(path))
  return answer(
    [`📂 SESSION: ${inert(session_id)}`],
    ['Details:', ...aligned(factsOf(result)).map((line) => `  ${inert(line)}`)],
    [`📊 Changes${ended_at === null ? ' (uncommitted)' : ''}:`, ...changesInWords(result.change_counts)],
    section(
      '📖 Files:',
      folded(
        told.map(({ path, change, kind, moved_from, committed }) => {
          const name = kind === 'folder' ? `${path}/` : path
          const how = moved_from === undefined ? change : `moved from ${moved_from}`
          return inert(`${name} (${how}${committed ? ', committed already' : ''})`)
        }),
        100,
      ),
    ),
    [
      `🔄 Human Retries: ${result.human_retries ?? rejected.length}`,
      ...retriesByFile(
        rejected.map((retry) => ({ ...retry, saved_to: '', session: result.name })),
        inert,
      ),
    ],
    section(
      `🗄️ Kept without a rejection (${retries.length - rejected.length}):`,
      retries
        .filter(({ kept }) => kept)
        .map(({ file_path, retry, reason }) => inert(`${file_path}, version ${retry}: ${reason}`)),
    ),
    section(
      '📦 Commits:',
      commits.map((commit) =>
        inert(
          `${commit.commit_id}, ${localMoment(commit.committed_at)}: ${filesInWords({ ...commit, moved: commit.moved?.length })}${commit.undone ? ', undone' : ''}`,
        ),
      ),
    ),
    history === null ? null : [`📜 History (${history.length}):`],
    ...historyBlocks(history ?? [], face),
    ended_at === null
      ? ['💡 To resume:', `   ${spell(face, 'switch_session', { name: result.name })}`]
      : ['💡 To keep it:', `   ${spell(face, 'export_session', { session_id, format: 'markdown' })}`],
  )
}

/** As status tells them. */
function changesInWords(counts: Details['change_counts']): string[] {
  if (counts === null) return ['   • Nobody could count them']
  const { modified, created, deleted, moved, new_folders: folders } = counts
  const empty = folders === 0 ? '' : `, ${count(folders, 'empty folder')}`
  return [
    `   • Modified: ${count(modified, 'file')}`,
    `   • Created: ${count(created, 'file')}${empty}`,
    `   • Deleted: ${count(deleted, 'file')}`,
    ...(moved === 0 ? [] : [`   • Moved: ${count(moved, 'file')}`]),
  ]
}

function factsOf(result: Details): [string, string | null][] {
  const { total_messages: messages, total_tokens: tokens, total_cost_usd: cost } = result
  const looks = result.look_count === 0 ? '' : `, ${result.look_count} of them only to look`
  const refused = result.refused_count === 0 ? '' : `, ${result.refused_count} refused`
  const missed = result.missed_count === 0 ? '' : `, ${result.missed_count} more could not be logged`
  return [
    ['Status', result.undone ? `${result.status}, undone since` : result.status],
    ['Description', result.description || null],
    ['Agent', result.agent_id || null],
    ['Source', result.source],
    ['Forked from', result.parent_session_id],
    ['Template', result.template],
    ['Created', localMoment(result.created_at)],
    ['Last Updated', result.updated_at === '' ? null : localMoment(result.updated_at)],
    ['Ended', result.ended_at && localMoment(result.ended_at)],
    ['Messages', messages === null ? null : grouped(messages)],
    ['Tokens', tokens === null ? null : tokensInWords(result)],
    ['Cost', cost === null ? null : dollars(cost, 6)],
    ['Operations', `${grouped(result.tool_call_count)}${looks}${refused}${missed}`],
    ['Time Spent', result.tool_call_count === 0 ? null : timeInWords(result.time_spent_seconds)],
    [result.human_retries === 0 ? 'Kept in' : 'Retries in', result.archive],
  ]
}

function tokensInWords({
  total_tokens,
  total_input_tokens: input,
  total_output_tokens: output,
}: Details): string {
  const parts =
    input === null || output === null ? '' : ` (input: ${grouped(input)} | output: ${grouped(output)})`
  return `${grouped(total_tokens ?? 0)}${parts}`
}

const speakers: Record<string, string> = { user: 'User', assistant: 'Agent' }

type Entry = NonNullable<Details['history']>[number]

/** What was said stands apart; all else is a line each. */
function historyBlocks(history: readonly Entry[], face: Face): Block[] {
  const blocks: string[][] = []
  let isOpen = false
  for (const entry of history) {
    const isMessage = entry.kind === 'message'
    const lines = isMessage ? messageLines(entry, face) : [happened(entry, face)]
    if (isOpen && !isMessage) blocks.at(-1)?.push(...lines)
    else blocks.push(lines)
    isOpen = !isMessage
  }
  return blocks
}

function messageLines({ timestamp, who, content, tool_calls = [] }: Entry, face: Face): string[] {
  const inert = inertFor(face)
  return [
    `[${inert(localMoment(timestamp))}] ${inert(speakers[who ?? ''] ?? who ?? 'Somebody')}:`,
    ...(content ?? '').split(/\r?\n/).map(inert),
    ...tool_calls.map((tool) => `[Tool: ${inert(tool)}]`),
  ]
}

function happened({ timestamp, kind, who, what, paths, outcome }: Entry, face: Face): string {
  const inert = inertFor(face)
  const where = folded(paths.map(inert), 5).join(isMove(what, paths) ? ' → ' : ', ')
  const told =
    kind === 'operation'
      ? doneTo(inert(historyInWords(what)), where)
      : `${inert(what)}${where && `: ${where}`}`
  const by = who === null ? '' : ` (${inert(speakers[who] ?? who)})`
  const end = outcome === 'ok' ? '' : ` ⛔ ${inert(outcome)}`
  const sign = kind === 'retry' ? '🔄 ' : ''
  return `[${inert(localMoment(timestamp))}] ${sign}${told}${by}${end}`
}

type Hit = Results['search_sessions']['sessions'][number]['hits'][number]

function hitLine({ in: where, text, role, at }: Hit, inert: Inert): string {
  const by =
    where === 'message'
      ? ` by ${speakers[role ?? ''] ?? 'somebody'}${at ? `, ${inert(localMoment(at))}` : ''}`
      : ''
  return `   • ${where === 'message' ? 'said' : where}${by}: ${inert(text)}`
}

export function renderSearchSessions(result: Results['search_sessions'], face: Face): string {
  const inert = inertFor(face)
  const { sessions, count: total, next } = result
  const [first] = sessions
  const found = sessions.map(({ session_id, status, created_at, human_retries, hits, files }): Block => {
    const retries =
      human_retries === null || human_retries === 0 ? '' : `, ${count(human_retries, 'rejection')} in all`
    const isOfFile = ({ in: where }: Hit) => where === 'path' || where === 'retry'
    const others = hits.filter((hit) => !isOfFile(hit))
    return [
      inert(`📂 ${session_id} (${status}, ${localDay(created_at)}${retries})`),
      ...others.filter(({ in: where }) => where !== 'message').map((hit) => hitLine(hit, inert)),
      ...files.flatMap(({ path, rejections }) => {
        const ofFile = hits.filter((hit) => isOfFile(hit) && hit.path === path)
        const isChanged = ofFile.some(({ in: where }) => where === 'path')
        const rejected = rejections === 0 ? [] : [`rejected ${count(rejections, 'time')}`]
        return [
          `   • ${inert(path)}: ${[...(isChanged ? ['changed'] : []), ...rejected].join(', ')}`,
          ...ofFile.filter((hit) => hit.in === 'retry').map(({ text }) => `     - "${inert(text)}"`),
        ]
      }),
      ...others.filter(({ in: where }) => where === 'message').map((hit) => hitLine(hit, inert)),
    ]
  })
  return answer(
    [`🔍 SESSIONS FOUND (${shown(sessions.length, total)})`],
    spanInWords(result, inert),
    ...found,
    next === undefined
      ? null
      : [`➡️ ${total - Number(next.offset)} more: ${spell(face, 'search_sessions', { ...next })}`],
    first === undefined
      ? [
          ...fewerWords(result.query, face),
          `💡 All there are: ${spell(face, 'list_sessions', { all: true })}`,
        ]
      : [
          '💡 To read one:',
          `   ${spell(face, 'get_session', { session_id: first.session_id, with_history: true })}`,
        ],
  )
}

/** The longest word of several tells most. */
function fewerWords(query: string, face: Face): string[] {
  const words = query.split(/\s+/).filter((word) => word !== '')
  if (words.length < 2) return []
  const [longest] = [...words].sort((left, right) => right.length - left.length)
  return [
    `💡 All ${words.length} words have to be found in a session; fewer find more: ${spell(face, 'search_sessions', { query: longest })}`,
  ]
}

/** In a shell the document alone, so that it can be passed on. */
export function renderExportSession(result: Results['export_session'], face: Face): string {
  const { session_id, format, content } = result
  if (face === 'shell') return linesForTerminal(content)
  const inert = inertFor(face)
  return answer([`📄 ${inert(session_id)} as ${inert(format)}`], [fenced(content)])
}

function timeInWords(seconds: number): string {
  if (seconds < 60) return 'less than a minute'
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? count(minutes, 'minute') : `${Math.floor(minutes / 60)}h ${minutes % 60}m`
}
