/** Handing a session over: one page from its record, its chats and git. */
import type { Retry, SessionStatus } from '../api.js'
import type { Handoff, SessionMessage } from '../chats-api.js'
import { isCowriteError } from '../errors.js'
import type { FilePort } from '../port/port.js'
import { Chats, readLinks, type SessionIdentity } from '../records/chats.js'
import { commitsOf } from '../records/commits.js'
import { gitState } from '../records/git.js'
import { type HandoffFacts, handoffPage, notesIn } from '../records/handoff-page.js'
import { handoffPath } from '../records/handoffs.js'
import { readChats, type SessionChats } from '../records/session-chats.js'
import { endedSessions } from '../store/ended-sessions.js'
import { ensureFolder, readIfThere, replaceFileDurably } from '../store/files.js'
import { hashFile, statLower } from '../store/fingerprint.js'
import { count } from '../text/words.js'
import { archivedRetries } from '../verbs/retries.js'
import type { Site } from '../verbs/site.js'
import type { SessionApi } from '../workspace-api.js'
import type { Host, Lent } from './chats.js'

const mostCommits = 20
const mostActivity = 12

export async function handOver(
  host: Host,
  site: Site,
  identity: SessionIdentity,
  { notes }: { notes?: string },
): Promise<Handoff> {
  const chats = await readChats(new Chats(readLinks(site)).of(identity), site.config.prices)
  const known = identity.endedAt === null ? await ofOpen(host, site, identity.name) : ofEnded(site, identity)
  const { commits } = await commitsOf(site, identity, mostCommits)
  const facts: HandoffFacts = {
    ...known,
    ...ofChats(chats),
    goal: firstSaid(chats.messages) ?? (known.description || null),
    notes: notes?.trim() || null,
    keptNotes: notesIn(readIfThere(site.port, handoffPath(site.layout, identity))?.toString() ?? ''),
    session: identity.name,
    createdAt: identity.createdAt,
    at: new Date().toISOString(),
    commits,
    git: await gitState(site.port.root),
  }
  const compactMarkdown = handoffPage(facts)
  const savedTo = handoffPath(site.layout, identity)
  ensureFolder(site.port, site.layout.handoffs)
  await replaceFileDurably(site.port, savedTo, compactMarkdown)
  return { session: identity.name, compactMarkdown, createdAt: facts.at, savedTo, context: contextOf(facts) }
}

function contextOf({
  goal,
  notes,
  status,
  files,
  openRetries,
  todos,
  commits,
  git,
  messages,
  tokens,
  costUsd,
}: HandoffFacts) {
  return { goal, notes, status, files, openRetries, todos, commits, git, messages, tokens, costUsd }
}

type Known = Pick<
  HandoffFacts,
  'status' | 'description' | 'updatedAt' | 'agentId' | 'files' | 'openRetries' | 'rewritten'
>

async function ofOpen(host: Host, site: Site, name: string): Promise<Known> {
  let session: Lent
  try {
    session = await host.open(name)
  } catch (error) {
    // It is handed over all the same: what is damaged is the next one's to mend.
    if (!isCowriteError(error, 'SESSION_CRASHED')) throw error
    return { ...nothing, status: 'CRASHED' }
  }
  const status = await session.look()
  const { openRetries, rewritten } = await retriesOf(site, session, status.humanRetries)
  return {
    status: status.status,
    description: status.description,
    updatedAt: status.updatedAt,
    agentId: status.agentId,
    files: filesOf(site, status),
    openRetries,
    rewritten,
  }
}

const nothing: Known = {
  ...{ status: '', description: '', updatedAt: '', agentId: 'default' },
  ...{ files: [], openRetries: [], rewritten: [] },
}

function filesOf(site: Site, { changes }: SessionStatus): HandoffFacts['files'] {
  const { modified, created, deleted } = changes
  return [...modified, ...created, ...deleted].map(({ path, change, openAt }) => ({
    path,
    change,
    sizeBytes: openAt === null ? null : Number(statLower(site.port, openAt)?.size ?? 0n),
  }))
}

/** A retry is open while the version that was rejected is still the present one. */
async function retriesOf(site: Site, session: SessionApi, retries: readonly Retry[]) {
  const openRetries: HandoffFacts['openRetries'] = []
  const rewritten: HandoffFacts['openRetries'] = []
  const byFile = new Map<string, Retry[]>()
  for (const retry of retries) byFile.set(retry.filePath, [...(byFile.get(retry.filePath) ?? []), retry])
  for (const [filePath, ofFile] of byFile) {
    const last = ofFile.at(-1) as Retry
    const present = (await session.place(filePath, 'read')).at
    const rejected = await hashFile(site.port, `${session.path}${last.savedTo}`)
    const now = present === null ? null : await hashFile(site.port, relativeTo(site, present))
    const isOpen = rejected !== null && now !== null && rejected.sha256 === now.sha256
    const all = ofFile.map(({ retry, reason }) => ({ filePath, retry, reason }))
    if (isOpen) openRetries.push(...all)
    else rewritten.push(...all)
  }
  return { openRetries, rewritten }
}

function relativeTo({ port }: Site, path: string): string {
  return path.startsWith(`${port.root}/`) ? path.slice(port.root.length + 1) : path
}

/** What remains of it: the list of those that have ended, and the retries in its archive. */
function ofEnded({ port, layout }: Site, { name, createdAt }: SessionIdentity): Known {
  const ended = endedSessions(port, layout).find((one) => one.name === name && one.createdAt === createdAt)
  if (ended === undefined) return nothing
  const rewritten = archivedRetries(port, layout)
    .filter(({ archivedIn }) => archivedIn === ended.archive)
    .map(({ filePath, retry, reason }) => ({ filePath, retry, reason }))
  return {
    status: ended.how === 'committed' ? 'COMMITTED' : 'CANCELLED',
    description: ended.description,
    updatedAt: ended.updatedAt,
    agentId: ended.agentId,
    files: ended.paths.map(({ path, change }) => ({ path, change, sizeBytes: liveSize(port, path, change) })),
    openRetries: [],
    rewritten,
  }
}

function liveSize(port: FilePort, path: string, change: string): number | null {
  const stat = change === 'deleted' ? null : statLower(port, path)
  return stat?.isFile() ? Number(stat.size) : null
}

function ofChats({ messages, todos, news, totals }: SessionChats) {
  return {
    messages: totals.messages,
    tokens: totals.totalTokens,
    costUsd: totals.costUsd,
    toolCalls: totals.toolCalls ?? 0,
    models: totals.models,
    todos,
    activity: activityIn(messages),
    findings: news.flatMap(({ path, problem, skipped }) => {
      const lines = skipped.torn + skipped.foreign
      if (problem !== null) return [`${path}: ${problems[problem]}`]
      return skipped.torn > 0 ? [`${path}: ${count(lines, 'line')} cut short, or nobody's`] : []
    }),
  }
}

const problems = {
  gone: 'the transcript is gone',
  unreadable: 'the transcript cannot be read',
  foreign: "it is no client's transcript",
}

function firstSaid(messages: readonly SessionMessage[]): string | null {
  return messages.find(({ role, content }) => role === 'user' && content.trim() !== '')?.content ?? null
}

function activityIn(messages: readonly SessionMessage[]): HandoffFacts['activity'] {
  return messages.slice(-mostActivity).map(({ role, content, timestamp, toolCalls }) => {
    const calls = toolCalls.map(({ name, about }) => (about === null ? `[${name}]` : `[${name} ${about}]`))
    const words = content.trim()
    return {
      at: timestamp,
      who: role === 'user' ? 'User' : 'Agent',
      text: [...(words === '' ? [] : [words.slice(0, 160)]), ...calls.slice(0, 5)].join(' '),
    }
  })
}
