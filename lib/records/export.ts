/** A session as one document. */
import type { ExportedRecord, ExportFormat, HistoryEntry, RecordDetails } from '../records-api.js'
import { forMarkdown } from '../text/escape.js'
import { count } from '../text/words.js'
import { showRecord } from './details.js'
import type { Place } from './known.js'

export async function exportRecord(
  place: Place,
  asked: string | undefined,
  format: ExportFormat,
): Promise<ExportedRecord> {
  const details = await showRecord(place, asked, { withHistory: true })
  const content = { json: asJson, csv: asCsv, markdown: asMarkdown }[format](details, details.history ?? [])
  return { sessionId: details.sessionId, format, content }
}

function asJson(details: RecordDetails, history: readonly HistoryEntry[]): string {
  const document = {
    session_id: details.sessionId,
    name: details.name,
    status: details.status,
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
    files: details.files.map(({ path, change, kind, movedFrom }) => ({
      ...{ path, change },
      ...(kind === undefined ? {} : { kind }),
      ...(movedFrom === undefined ? {} : { moved_from: movedFrom }),
    })),
    human_retries: details.retries.map((retry) => ({
      file_path: retry.filePath,
      retry: retry.retry,
      reason: retry.reason,
      auto_detected: retry.autoDetected,
      ...(retry.kept ? { kept: retry.kept } : {}),
      recorded_at: retry.recordedAt,
      saved_to: retry.openAt,
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

const columns = ['timestamp', 'role', 'content', 'tokens', 'cost_usd', 'kind', 'paths', 'outcome']

/** One row for everything that happened; what was said has a role, all else a kind. */
function asCsv(_details: RecordDetails, history: readonly HistoryEntry[]): string {
  const rows = history.map(({ at, kind, who, what, content, tokens, costUsd, paths, outcome }) => [
    ...[at, who ?? '', content ?? what, tokens ?? '', costUsd ?? '', kind, paths.join(' '), outcome],
  ])
  return `${[columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

/** A cell that a spreadsheet would take for a formula is text to it with a mark before it. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function asMarkdown(details: RecordDetails, history: readonly HistoryEntry[]): string {
  const { description, agentId, source, parent, createdAt, updatedAt, endedAt, files, retries, commits } =
    details
  const cost = details.totalCostUsd
  const facts: [string, string | number | null][] = [
    ['Status', details.status],
    ['Description', description],
    ['Agent', agentId],
    ['Source', source],
    ['Forked from', parent],
    ['Created', moment(createdAt)],
    ['Last updated', moment(updatedAt)],
    ['Ended', endedAt && moment(endedAt)],
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
      told(files).map(({ path, change, kind, movedFrom }) =>
        movedFrom === undefined
          ? `- ${forMarkdown(kind === 'folder' ? `${path}/` : path)} (${change})`
          : `- ${forMarkdown(path)} (moved from ${forMarkdown(movedFrom)})`,
      ),
    ),
    ...section(
      'Human retries',
      retries.map(
        ({ filePath, retry, reason, kept, openAt }) =>
          `- ${forMarkdown(filePath)}, ${kept ? 'kept version' : 'retry'} ${retry}: ${forMarkdown(reason)} (in ${forMarkdown(openAt)})`,
      ),
    ),
    ...section(
      'Commits',
      commits.map(
        ({ commitId, committedAt, files: all, moved = [] }) =>
          `- ${commitId}, ${moment(committedAt)}: ${count(all.length - moved.length, 'file')}`,
      ),
    ),
    details.totalMessages === null ? '## History' : '## Conversation',
    ...history.map(entryInMarkdown),
  ].join('\n\n')}\n`
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
  const where = paths.length === 0 ? '' : `: ${paths.map(forMarkdown).join(', ')}`
  const end = outcome === 'ok' ? '' : ` (refused: ${outcome})`
  const by = who === null ? '' : ` by ${forMarkdown(who)}`
  return `*${moment(at)}* ${forMarkdown(what)}${where}${by}${end}`
}

/** `2026-01-16 09:15:23`. */
function moment(at: string): string {
  return at.slice(0, 19).replace('T', ' ')
}

/** What was moved once, where it is now. */
function told(files: RecordDetails['files']): RecordDetails['files'] {
  const went = new Set(files.map(({ movedFrom }) => movedFrom))
  return files.filter(({ path, change }) => change !== 'deleted' || !went.has(path))
}
