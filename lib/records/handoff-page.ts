/** The page by which a session is handed over: Markdown in which nothing acts that somebody else wrote. */
import type { HandoffContext } from '../chats-api.js'
import { fenced, forMarkdown, linesForTerminal } from '../text/escape.js'
import { count, sizeInWords } from '../text/words.js'
import type { ToldRetry } from './open-retries.js'

export interface HandoffFacts extends HandoffContext {
  session: string
  description: string
  createdAt: string
  updatedAt: string
  agentId: string
  /** When the page is made. */
  at: string
  toolCalls: number
  models: string[]
  /** What was rejected and is not the present text any more, with the reasons. */
  replaced: ToldRetry[]
  openRetries: ToldRetry[]
  activity: { at: string | null; who: string; text: string }[]
  /** The notes of the page before, as they stand there: they stay where there are none. */
  keptNotes: string | null
  /** What could not be read, in words. */
  findings: string[]
}

const mostFiles = 60
const mostOthers = 30
const longestGoal = 1_000
const longestText = 240

export function handoffPage(facts: HandoffFacts): string {
  const { session, description, status, undone, createdAt, updatedAt, agentId, at, goal, notes } = facts
  const days = [`created ${dateOf(createdAt)}`, `last change ${dateOf(updatedAt)}`, `written ${dateOf(at)}`]
  const files = present(facts)
  const parts = [
    `# Handoff: ${inline(session)}`,
    [
      `**Goal:** ${goal === null ? '(nobody said)' : inline(goal, longestGoal)}`,
      ...(description === '' || description === goal
        ? []
        : [`**Description:** ${inline(description, longestGoal)}`]),
      `**Status:** ${status}${undone ? ', undone since' : ''} · ${days.join(' · ')} · agent ${inline(agentId)}`,
    ].join('  \n'),
    notes === null
      ? (facts.keptNotes ?? '')
      : `## Notes\n\n${notes
          .split(/\r?\n/)
          .map((line) => inline(line, 10_000))
          .join('  \n')
          .trim()}`,
    section('What was done', doneIn(facts)),
    section(`Files changed (${files.length})`, folded(filesIn(files), mostFiles)),
    section(`Open retries (${facts.openRetries.length})`, folded(retriesIn(facts.openRetries), mostOthers)),
    section('Rejected before, not the present text', folded(retriesIn(facts.replaced), mostOthers)),
    section('To do', folded(todosIn(facts), mostOthers)),
    section('Recent activity', facts.activity.map(activityLine)),
    section('Commits', folded(commitsIn(facts), mostOthers)),
    section('Git', folded(gitIn(facts), mostOthers)),
    section(
      'Could not be read',
      facts.findings.map((finding) => `- ${inline(finding)}`),
    ),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** The notes of a page, as they stand there: one that is written anew without any keeps them. */
export function notesIn(page: string): string | null {
  return /(?:^|\n)(## Notes\n\n[\s\S]*?)(?=\n\n## |\n*$)/.exec(page)?.[1] ?? null
}

function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `## ${heading}\n\n${lines.join('\n').trimEnd()}`
}

function doneIn({ messages, tokens, costUsd, toolCalls, models }: HandoffFacts): string[] {
  if (messages === null) return []
  const cost = costUsd === null ? [] : [`$${costUsd.toFixed(costUsd < 1 ? 6 : 2)}`]
  const used = [...(tokens === null ? [] : [`${tokens.toLocaleString('en-US')} tokens`]), ...cost]
  const by = models.length === 0 ? '' : ` by ${models.map((model) => inline(model)).join(', ')}`
  return [
    `- ${count(messages, 'message')} and ${count(toolCalls, 'call of tools', 'calls of tools')}${by}`,
    ...(used.length === 0 ? [] : [`- ${used.join(', ')}`]),
  ]
}

function filesIn(files: HandoffFacts['files']): string[] {
  return files.map(({ path, change, kind, movedFrom, committed, sizeBytes }) => {
    const size = sizeBytes === null ? '' : `, ${sizeInWords(sizeBytes)}`
    const how = movedFrom === undefined ? change : `moved from ${inline(movedFrom, 500)}`
    const already = committed ? ', committed already' : ''
    return `- ${inline(kind === 'folder' ? `${path}/` : path, 500)} (${how}${already}${size})`
  })
}

/** What was moved once, where it is now. */
function present({ files }: HandoffFacts): HandoffFacts['files'] {
  const went = new Set(files.map(({ movedFrom }) => movedFrom))
  return files.filter(({ path, change }) => change !== 'deleted' || !went.has(path))
}

/** A rejected text that is short stands below its line: what is fenced within a list item ends with that. */
function retriesIn(retries: readonly ToldRetry[]): string[] {
  return retries.map(({ filePath, retry, reason, savedTo, text }, at) => {
    const line = `- ${inline(filePath, 500)}, retry ${retry}: "${inline(reason, longestGoal)}"`
    const where = `  The rejected text: ${inline(savedTo, 500)}`
    const same = retries.slice(0, at).find((one) => one.filePath === filePath && one.text === text)
    if (text === null) return `${line}  \n${where}`
    if (text === '') return `${line}  \n${where}, which is empty`
    if (same !== undefined) return `${line}  \n${where}, the same as of retry ${same.retry}`
    const block = fenced(linesForTerminal(text)).replace(/^(?=.)/gm, '  ')
    return `${line}  \n${where}\n\n${block}\n`
  })
}

function todosIn({ todos }: HandoffFacts): string[] {
  return todos.map(({ text, status }) => {
    const mark = status === 'completed' ? 'x' : ' '
    return `- [${mark}] ${inline(text)}${status === 'in_progress' ? ' (in progress)' : ''}`
  })
}

function activityLine({ at, who, text }: HandoffFacts['activity'][number]): string {
  return `- ${at === null ? '' : `${dateOf(at)} `}${who}: ${inline(text)}`
}

function commitsIn({ commits }: HandoffFacts): string[] {
  return commits.map(
    ({ hash, message, timestamp, source }) =>
      `- ${dateOf(timestamp)} ${source} ${inline(source === 'git' ? hash.slice(0, 10) : hash)}: ${inline(message)}`,
  )
}

function gitIn({ git }: HandoffFacts): string[] {
  if (git === null) return []
  const branch = git.branch === null ? 'no branch' : `branch ${inline(git.branch)}`
  const changed = git.changed.length === 0 ? 'nothing to commit' : count(git.changed.length, 'changed path')
  return [`- ${branch}, ${changed}`, ...git.changed.map((line) => `  - ${inline(line, 500)}`)]
}

function folded(lines: readonly string[], most: number): string[] {
  const hidden = lines.length - most
  return hidden <= 0 ? [...lines] : [...lines.slice(0, most), `- … and ${hidden} more`]
}

/** On one line, as what it is. */
function inline(text: string, longest = longestText): string {
  const line = text.replace(/\s+/g, ' ').trim()
  const cut = [...line].slice(0, longest).join('')
  return forMarkdown(cut) + (cut.length < line.length ? '…' : '')
}

/** To the minute, in UTC, as transcripts and commits have it. */
function dateOf(moment: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(moment)
    ? `${moment.slice(0, 10)} ${moment.slice(11, 16)}`
    : 'unknown'
}
