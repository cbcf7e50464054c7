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
import { isRejection } from '../store/record.js'
import { count } from '../text/words.js'
import { retriesInArchive } from '../verbs/retries.js'
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
  const known =
    identity.endedAt === null ? await ofOpen(host, site, identity.name) : await ofEnded(site, identity)
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
  'status' | 'description' | 'updatedAt' | 'agentId' | 'files' | 'openRetries' | 'replaced'
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
  const retries = await retriesOf(site, status.humanRetries, versionsIn(site, session))
  return {
    status: status.status,
    description: status.description,
    updatedAt: status.updatedAt,
    agentId: status.agentId,
    files: filesOf(site, status),
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

/** Where a file's last rejected version is kept, and the file itself: relative to the workspace, null where none is. */
interface Versions {
  rejected(last: Retry): string
  present(filePath: string): Promise<string | null>
}

/** A retry is open while the version that was rejected is the present one, or where nobody can tell any more. */
async function retriesOf(site: Site, retries: readonly Retry[], { rejected, present }: Versions) {
  const openRetries: HandoffFacts['openRetries'] = []
  const replaced: HandoffFacts['replaced'] = []
  const byFile = new Map<string, Retry[]>()
  for (const retry of retries.filter(isRejection))
    byFile.set(retry.filePath, [...(byFile.get(retry.filePath) ?? []), retry])
  for (const [filePath, ofFile] of byFile) {
    const then = await hashFile(site.port, rejected(ofFile.at(-1) as Retry))
    const at = await present(filePath)
    const now = at === null ? null : await hashFile(site.port, at)
    const isOpen = then === null || then.sha256 === now?.sha256
    const all = ofFile.map(({ retry, reason }) => ({ filePath, retry, reason }))
    if (isOpen) openRetries.push(...all)
    else replaced.push(...all)
  }
  return { openRetries, replaced }
}

/** Of an open session: what it shows. */
function versionsIn(site: Site, session: SessionApi): Versions {
  return {
    rejected: ({ savedTo }) => `${session.path}${savedTo}`,
    async present(filePath) {
      const { at } = await session.place(filePath, 'read')
      return at === null ? null : relativeTo(site, at)
    },
  }
}

/** Of one that has ended: its archive, and the live files. */
function versionsAfter({ layout }: Site, archive: string): Versions {
  return {
    rejected: ({ savedTo }) => `${layout.archive(archive)}/${savedTo}`,
    present: async (filePath) => filePath,
  }
}

function relativeTo({ port }: Site, path: string): string {
  return path.startsWith(`${port.root}/`) ? path.slice(port.root.length + 1) : path
}

/** What remains of it: the list of those that have ended, and the retries in its archive. */
async function ofEnded(site: Site, { name, createdAt }: SessionIdentity): Promise<Known> {
  const { port, layout } = site
  const ended = endedSessions(port, layout).find((one) => one.name === name && one.createdAt === createdAt)
  if (ended === undefined) return nothing
  const { archive } = ended
  const retries =
    archive === null
      ? { openRetries: [], replaced: [] }
      : await retriesOf(site, retriesInArchive(port, layout, archive), versionsAfter(site, archive))
  return {
    status: ended.how === 'committed' ? 'COMMITTED' : 'CANCELLED',
    description: ended.description,
    updatedAt: ended.updatedAt,
    agentId: ended.agentId,
    files: ended.paths.map((file) => ({ ...file, sizeBytes: liveSize(port, file.path, file.change) })),
    ...retries,
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
