/** A session as one document. */
import type { FileDiff } from '../api.js'
import type { ExportedRecord, ExportFormat, HistoryEntry, RecordDetails } from '../records-api.js'
import { doneTo, historyInWords, isMove } from '../text/done-in-words.js'
import { fenced, forMarkdown, linesForTerminal } from '../text/escape.js'
import { localMoment, localZone } from '../text/local-time.js'
import { sizeInWords } from '../text/words.js'
import { patchBetween } from '../verbs/diff.js'
import { changesInMarkdown, PatchRoom } from './changes-in-markdown.js'
import { filesInWords } from './commits.js'
import { showRecord } from './details.js'
import type { Place } from './known.js'
import { type RejectedText, rejectedTexts } from './rejected-texts.js'

export async function exportRecord(
  place: Place,
  asked: string | undefined,
  format: ExportFormat,
  changesIn: (session: string) => Promise<FileDiff[]>,
): Promise<ExportedRecord> {
  const details = await showRecord(place, asked, { withHistory: true })
  const retries = format === 'csv' ? [] : withTexts(place, details.retries)
  const history = details.history ?? []
  if (format === 'markdown') {
    const room = new PatchRoom()
    const changes = await changesInMarkdown(place.site, details, changesIn, room)
    const content = asMarkdown(details, history, retries, changes, room)
    return { sessionId: details.sessionId, format, content }
  }
  const content = { json: asJson, csv: asCsv }[format](details, history, retries)
  return { sessionId: details.sessionId, format, content }
}

type Rejected = RecordDetails['retries'][number] & RejectedText

function withTexts({ site }: Place, retries: RecordDetails['retries']): Rejected[] {
  const texts = rejectedTexts(site.port, retries)
  return retries.map((retry, at) => ({ ...retry, ...(texts[at] as RejectedText) }))
}

function asJson(
  details: RecordDetails,
  history: readonly HistoryEntry[],
  retries: readonly Rejected[],
): string {
  const document = {
    session_id: details.sessionId,
    name: details.name,
    status: details.status,
    ...(details.undone ? { undone: true } : {}),
    description: details.description,
    agent_id: details.agentId,
    source: details.source,
    parent_session_id: details.parent,
    template: details.template,
    created_at: details.createdAt,
    updated_at: details.updatedAt,
    ended_at: details.endedAt,
    total_messages: details.totalMessages,
    total_tokens: details.totalTokens,
    total_input_tokens: details.inputTokens,
    total_output_tokens: details.outputTokens,
    total_cost_usd: details.totalCostUsd,
    tool_call_count: details.toolCallCount,
    look_count: details.lookCount,
    time_spent_seconds: details.timeSpentSeconds,
    files: details.files.map(({ path, change, kind, movedFrom, committed }) => ({
      ...{ path, change },
      ...(kind === undefined ? {} : { kind }),
      ...(movedFrom === undefined ? {} : { moved_from: movedFrom }),
      ...(committed ? { committed } : {}),
    })),
    human_retries: retries.map((retry) => ({
      file_path: retry.filePath,
      retry: retry.retry,
      reason: retry.reason,
      auto_detected: retry.autoDetected,
      ...(retry.kept ? { kept: retry.kept } : {}),
      recorded_at: retry.recordedAt,
      saved_to: retry.openAt,
      text: retry.text,
      size_bytes: retry.sizeBytes,
      ...(retry.lacks === null ? {} : { text_lacks: retry.lacks }),
    })),
    commits: details.commits.map(({ commitId, committedAt, files, moved, undone }) => ({
      ...{ commit_id: commitId, committed_at: committedAt, files, ...(moved ? { moved } : {}), undone },
    })),
    messages: history
      .filter(({ kind }) => kind === 'message')
      .map(({ at, who, content, tokens, costUsd, toolCalls }) => ({
        timestamp: at,
        role: who,
        content,
        tokens: tokens ?? null,
        cost_usd: costUsd ?? null,
        ...(toolCalls === undefined || toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
      })),
    history: history
      .filter(({ kind }) => kind !== 'message')
      .map(({ at, kind, who, what, paths, outcome }) => ({ timestamp: at, kind, who, what, paths, outcome })),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

const columns = [
  ...['timestamp', 'role', 'content', 'tokens', 'cost_usd'],
  ...['kind', 'paths', 'outcome', 'saved_to', 'session', 'status'],
]

/**
 * One row for everything that happened; what was said has a role, all else a kind, a rejected version its place. Paths
 * are a JSON array, since a name may hold any sign that could part them.
 */
function asCsv({ sessionId, status }: RecordDetails, history: readonly HistoryEntry[]): string {
  const rows = history.map((entry) => [
    ...[entry.at, entry.who ?? '', entry.content ?? entry.what, entry.tokens ?? '', entry.costUsd ?? ''],
    ...[entry.kind, entry.paths.length === 0 ? '' : JSON.stringify(entry.paths), entry.outcome],
    ...[entry.savedTo ?? '', sessionId, status],
  ])
  return `${[columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

/** A cell that a spreadsheet would take for a formula is text to it with a mark before it. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function asMarkdown(
  details: RecordDetails,
  history: readonly HistoryEntry[],
  retries: readonly Rejected[],
  changes: readonly string[],
  room: PatchRoom,
): string {
  const { description, agentId, source, parent, createdAt, updatedAt, endedAt, files, commits } = details
  const cost = details.totalCostUsd
  const facts: [string, string | number | null][] = [
    ['Status', details.undone ? `${details.status}, undone since` : details.status],
    ['Description', description],
    ['Agent', agentId],
    ['Source', source],
    ['Forked from', parent],
    ['Created', moment(createdAt)],
    ['Last updated', moment(updatedAt)],
    ['Ended', endedAt && moment(endedAt)],
    ['Times', `those of ${localZone()}`],
    ['Messages', details.totalMessages],
    ['Tokens', details.totalTokens],
    ['Cost', cost === null ? null : `$${cost.toFixed(6)}`],
    ['Operations', details.toolCallCount],
  ]
  const known = facts.filter(([, value]) => value !== null && value !== '')
  return `${[
    `# Session: ${forMarkdown(details.name)}`,
    known.map(([label, value]) => `**${label}**: ${forMarkdown(String(value))}`).join('  \n'),
    '---',
    ...section(
      'Files',
      told(files).map(({ path, change, kind, movedFrom, committed }) => {
        const how = movedFrom === undefined ? change : `moved from ${forMarkdown(movedFrom)}`
        const already = committed ? ', committed already' : ''
        return `- ${forMarkdown(kind === 'folder' ? `${path}/` : path)} (${how}${already})`
      }),
    ),
    ...(retries.length === 0 ? [] : ['## Human retries', ...retries.flatMap(rejectedInMarkdown(room))]),
    ...changes,
    ...section(
      'Commits',
      commits.map(
        ({ commitId, committedAt, files: all, moved = [], undone }) =>
          `- ${commitId}, ${moment(committedAt)}: ${filesInWords(all, moved)}${undone ? ', undone since' : ''}`,
      ),
    ),
    details.totalMessages === null ? '## History' : '## Conversation',
    ...history.map(entryInMarkdown),
  ].join('\n\n')}\n`
}

/** Why it was rejected, where it lies, what it said, and what had changed in it since the one before. */
const rejectedInMarkdown =
  (room: PatchRoom) =>
  (rejected: Rejected, at: number, all: readonly Rejected[]): string[] => {
    const { filePath, retry, reason, kept, recordedAt, openAt, text, sizeBytes, lacks } = rejected
    const facts = [
      `**Reason**: ${forMarkdown(reason)}`,
      `**Recorded**: ${moment(recordedAt)}`,
      `**Kept in**: ${forMarkdown(openAt)}${sizeBytes === null ? '' : ` (${sizeInWords(sizeBytes)})`}`,
    ]
    const same = all
      .slice(0, at)
      .find((one) => one.filePath === filePath && one.lacks === null && lacks === null && one.text === text)
    const said = same === undefined ? text : null
    return [
      `### ${forMarkdown(filePath)}, ${kept ? 'kept version' : 'retry'} ${retry}`,
      facts.join('  \n'),
      ...(same === undefined
        ? []
        : [`The same text as ${same.kept ? 'kept version' : 'retry'} ${same.retry}.`]),
      ...(said === null ? [] : [said === '' ? 'It was empty.' : fenced(linesForTerminal(said))]),
      ...(lacks === null ? [] : [inWords(rejected, lacks)]),
      ...(same === undefined ? sinceTheOneBefore(rejected, all.slice(0, at), room) : []),
    ]
  }

function sinceTheOneBefore(
  { filePath, text, lacks }: Rejected,
  earlier: readonly Rejected[],
  room: PatchRoom,
): string[] {
  const before = earlier.findLast((one) => one.filePath === filePath)
  if (before === undefined || before.lacks !== null || lacks !== null || room.isFull) return []
  const patch = room.take(patchBetween(filePath, before.text, text)) ?? []
  return [`What changed since ${before.kept ? 'kept version' : 'retry'} ${before.retry}:`, ...patch]
}

function inWords({ text, sizeBytes }: Rejected, lacks: NonNullable<Rejected['lacks']>): string {
  if (lacks === 'gone') return '*The version is not there any more.*'
  if (lacks === 'binary') return '*Not text: see the file.*'
  if (lacks === 'room') return '*Left out, since the texts above are long: see the file.*'
  const shown = sizeInWords(Buffer.byteLength(text ?? ''))
  return `*The first ${shown} of ${sizeInWords(sizeBytes ?? 0)}: see the file for the rest.*`
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${heading}`, lines.join('\n')]
}

const speakers: Record<string, string> = { user: 'User', assistant: 'Agent' }

function entryInMarkdown({
  at,
  kind,
  who,
  what,
  content,
  paths,
  outcome,
  toolCalls = [],
}: HistoryEntry): string {
  if (kind === 'message') {
    const tools = toolCalls.map((tool) => `[Tool: ${forMarkdown(tool)}]`)
    const lines = (content ?? '').split(/\r?\n/).map((line) => forMarkdown(line))
    return [
      `### ${moment(at)} - ${speakers[who ?? ''] ?? forMarkdown(who ?? 'Somebody')}`,
      lines.join('\n'),
      ...tools,
    ].join('\n\n')
  }
  const end = outcome === 'ok' ? '' : `, refused: ${outcome}`
  const by = who === null ? '' : ` (by ${forMarkdown(names[who] ?? who)})`
  return `*${moment(at)}* ${happened({ kind, what, paths })}${end}${by}${kind === 'retry' || kind === 'kept' ? `. ${forMarkdown(what)}` : ''}`
}

const names: Record<string, string> = { user: 'the user', assistant: 'the agent', cli: 'command line' }

/** Of one entry: a commit's own list says the rest. */
const mostPaths = 5

/** A reason stands apart from the path that it is about. */
function happened({ kind, what, paths }: Pick<HistoryEntry, 'kind' | 'what' | 'paths'>): string {
  const more = paths.length - mostPaths
  const named = paths.slice(0, mostPaths).map(forMarkdown)
  if (more > 0) named.push(`… and ${more} more`)
  if (kind === 'retry') return `rejected ${named.join(', ')}`
  if (kind === 'kept') return `kept a version of ${named.join(', ')}`
  const words = forMarkdown(kind === 'operation' ? historyInWords(what) : what)
  return doneTo(words, named.join(isMove(what, paths) ? ' → ' : ', '))
}

/** On the clock of whoever exports it. */
function moment(at: string): string {
  return at === '' ? '' : localMoment(at)
}

/** What was moved once, where it is now. */
function told(files: RecordDetails['files']): RecordDetails['files'] {
  const went = new Set(files.map(({ movedFrom }) => movedFrom))
  return files.filter(({ path, change }) => change !== 'deleted' || !went.has(path))
}
