/** Handing a session over: one page from its record, its chats and git. */
import type { SessionStatus } from '../api.js'
import type { Handoff, SessionMessage } from '../chats-api.js'
import { isCowriteError } from '../errors.js'
import type { FilePort } from '../port/port.js'
import { committedBy, pastOf } from '../records/changed.js'
import { Chats, readLinks, type SessionIdentity } from '../records/chats.js'
import { commitsOf } from '../records/commits.js'
import { heldBy } from '../records/details.js'
import { gitState } from '../records/git.js'
import { type HandoffFacts, handoffPage, notesIn } from '../records/handoff-page.js'
import { handoffPath } from '../records/handoffs.js'
import { findKnown, type Place } from '../records/known.js'
import { retriesOf } from '../records/open-retries.js'
import { readChats, type SessionChats } from '../records/session-chats.js'
import { ensureFolder, readIfThere, replaceFileDurably } from '../store/files.js'
import { statLower } from '../store/fingerprint.js'
import { count } from '../text/words.js'
import type { Site } from '../verbs/site.js'
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
  const known =
    identity.endedAt === null
      ? await ofOpen(host, site, identity.name)
      : await ofEnded({ site, caller: host.caller }, identity)
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
  undone,
  files,
  openRetries,
  todos,
  commits,
  git,
  messages,
  tokens,
  costUsd,
}: HandoffFacts) {
  const open = openRetries.map(({ text: _, ...retry }) => retry)
  return {
    ...{ goal, notes, status, ...(undone ? { undone } : {}), files, openRetries: open },
    ...{ todos, commits, git, messages, tokens, costUsd },
  }
}

type Known = Pick<
  HandoffFacts,
  'status' | 'undone' | 'description' | 'updatedAt' | 'agentId' | 'files' | 'openRetries' | 'replaced'
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
  const files = filesOf(site, status)
  const retries = await retriesOf(site, status.humanRetries, async (filePath) => {
    const { at } = await session.place(nowAt(files, filePath), 'read')
    return at === null ? null : relativeTo(site, at)
  })
  return {
    status: status.status,
    description: status.description,
    updatedAt: status.updatedAt,
    agentId: status.agentId,
    files: [...files, ...committedFiles(site, status)],
    ...retries,
  }
}

const nothing: Known = {
  ...{ status: '', description: '', updatedAt: '', agentId: 'default' },
  ...{ files: [], openRetries: [], replaced: [] },
}

function filesOf(site: Site, { changes }: SessionStatus): HandoffFacts['files'] {
  const { modified, created, deleted } = changes
  const all = [...modified, ...created, ...deleted]
  return all.map(({ path, change, kind, movedFrom, openAt }) => ({
    ...{ path, change },
    ...(kind === 'folder' ? { kind } : {}),
    ...(movedFrom === undefined ? {} : { movedFrom }),
    sizeBytes: openAt === null || kind === 'folder' ? null : Number(statLower(site.port, openAt)?.size ?? 0n),
  }))
}

/** What it has committed already, and is not changed in it now. */
function committedFiles(site: Site, { name, createdAt, changes }: SessionStatus): HandoffFacts['files'] {
  const commits = pastOf(site).commitsOf({ name, createdAt, endedAt: null })
  const held = new Set([...changes.modified, ...changes.created, ...changes.deleted].map(({ path }) => path))
  return committedBy(commits)
    .filter(({ path }) => !held.has(path))
    .map((file) => ({
      ...file,
      committed: true as const,
      sizeBytes: liveSize(site.port, file.path, file.change),
    }))
}

function relativeTo({ port }: Site, path: string): string {
  return path.startsWith(`${port.root}/`) ? path.slice(port.root.length + 1) : path
}

/** What remains of it: the list of those that have ended, and the retries in its archive. */
async function ofEnded(place: Place, { name, createdAt }: SessionIdentity): Promise<Known> {
  const { site } = place
  const known = await findKnown(place, `${name}@${createdAt}`)
  const held = heldBy(site, known)
  const { files } = held
  return {
    status: known.status,
    ...(known.undone ? { undone: true as const } : {}),
    description: known.description,
    updatedAt: known.updatedAt,
    agentId: known.agentId,
    files: files.map(({ path, change, kind, movedFrom }) => ({
      ...{ path, change },
      ...(kind === undefined ? {} : { kind }),
      ...(movedFrom === undefined ? {} : { movedFrom }),
      sizeBytes: liveSize(site.port, path, change),
    })),
    ...(await retriesOf(site, held.retries, async (filePath) => nowAt(files, filePath))),
  }
}

/** Where a file is that was moved since it was rejected. */
function nowAt(files: readonly { path: string; movedFrom?: string }[], filePath: string): string {
  return files.find(({ movedFrom }) => movedFrom === filePath)?.path ?? filePath
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
