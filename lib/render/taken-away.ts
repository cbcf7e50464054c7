/** What goes with sessions that are taken away for good, as people read it. */
import { localMoment } from '../text/local-time.js'
import { ageInWords, count, sizeInWords } from '../text/words.js'
import { answer, type Block, folded, section } from './blocks.js'
import { type Face, type Inert, inertFor } from './face.js'
import { sinceInWords, table } from './record-words.js'
import type { Results } from './results.js'
import { quoteForShell, spell } from './spell.js'
import { endedViewBlocks } from './view-news.js'
import { gitCommitsInWords } from './wording.js'

export function renderDeleteSession(result: Results['delete_session'], face: Face): string {
  const inert = inertFor(face)
  const { session_id, deleted, freed_bytes, undoable, restorable } = result
  if (deleted) {
    return answer(
      [`✅ Session ${inert(session_id)} deleted successfully.`],
      freed_bytes === null || freed_bytes === 0 ? null : [`💾 Freed: ${sizeInWords(freed_bytes)}`],
      result.view || result.left_out || gitCommitsInWords(result, inert) !== null
        ? [`🗑️ Gone: ${whatGoes(result, inert)}`]
        : null,
      ...endedViewBlocks(result.view, 'thrown away', face),
      leftInGit(result.git_references, inert),
    )
  }
  return answer(
    [`⚠️ This will permanently delete session ${inert(session_id)}: ${whatGoes(result, inert)}.`],
    result.view === undefined ? null : viewToGo(result.view, inert),
    lines([
      undoable === 0 ? null : `🔒 ${count(undoable, 'commit')} of it could not be undone any more.`,
      restorable === 0
        ? null
        : `🔒 ${count(restorable, 'undone commit')} of it could not be brought back any more.`,
    ]),
    leftInGit(result.git_references, inert),
    [`💡 To delete it: ${spell(face, 'delete_session', { session_id, force: true })}`],
  )
}

function lines(all: readonly (string | null)[]): Block {
  const said = all.filter((line) => line !== null)
  return said.length === 0 ? null : said
}

const mostReferences = 5

/** What cowrite does not take out of a person's repository, and how they can. */
function leftInGit(references: Results['delete_session']['git_references'] = [], inert: Inert): Block {
  if (references.length === 0) return null
  const words = ({ repository, reference }: (typeof references)[number]): string => {
    const at = repository === '' ? '' : `-C ${quoteForShell(repository)} `
    return inert(`git ${at}update-ref -d ${quoteForShell(reference)}`)
  }
  const each = folded(references.map(words), mostReferences)
  return [
    `🌿 Stays in git, with the texts that were committed there (${count(references.length, 'reference')}). To take it out:`,
    ...each.map((line) => `   ${line}`),
  ]
}

function viewToGo(
  { folder, uncounted }: NonNullable<Results['delete_session']['view']>,
  inert: Inert,
): Block {
  const where = folder === null ? 'a command is at work in it' : inert(folder)
  return [
    `🪟 View: ${where}`,
    uncounted === undefined
      ? '   What lies there is counted, and goes, too.'
      : `   What lies there goes, too, and could not be counted: ${inert(uncounted)}`,
  ]
}

function whatGoes(result: Results['delete_session'], inert: Inert): string {
  const { status, changes, human_retries, freed_bytes } = result
  const retries = human_retries === null ? 'its retries' : count(human_retries, 'retry', 'retries')
  if (status !== 'COMMITTED' && status !== 'CANCELLED') {
    const files = changes === null ? 'what it holds' : `changes to ${count(changes, 'file')}`
    const leftOut = result.left_out ? `, ${count(result.left_out, 'file')} that was not brought in` : ''
    const commits = gitCommitsInWords(result, inert)
    return `${files}${commits === null ? '' : `, ${commits}`} and ${retries}${leftOut}, without a backup`
  }
  const entries = historyInWords(result)
  const history = entries === '' ? '' : ` (${entries})`
  return `its record, its history${history} and ${retries} (${sizeInWords(freed_bytes ?? 0)})`
}

function historyInWords({ commits, undos }: { commits: number; undos: number }): string {
  const parts = [
    ...(commits === 0 ? [] : [count(commits, 'commit')]),
    ...(undos === 0 ? [] : [count(undos, 'undo')]),
  ]
  return parts.join(', ')
}

/** What stands before the question whether to go on, at a terminal. */
export function renderPruneQuestion(result: Results['prune_sessions'], face: Face): string {
  return prunePreview(result, face, { asks: true })
}

export function renderPruneSessions(result: Results['prune_sessions'], face: Face): string {
  return prunePreview(result, face, { asks: false })
}

function prunePreview(result: Results['prune_sessions'], face: Face, { asks }: { asks: boolean }): string {
  const inert = inertFor(face)
  const { older_than, before, agent_id, pruned, sessions, freed_bytes, idle, archives } = result
  const history = historyInWords(result) || count(0, 'commit')
  const criteria = [
    'Criteria:',
    `  - Ended more than ${inert(sinceInWords(older_than))} ago (before ${inert(localMoment(before))})`,
    `  - Agent: ${agent_id === null ? '(all agents)' : inert(agent_id)}`,
  ]
  const left = section(
    `💤 Open sessions that nobody changed since then (${idle.length}), left as they are:`,
    folded(idle.map(inert), 10),
  )
  if (pruned) {
    return answer(
      [`✅ Deleted ${count(sessions.length, 'session')}`, `✅ Freed ${sizeInWords(freed_bytes)} of storage`],
      leftInGit(result.git_references, inert),
      left,
    )
  }
  const again = { older_than, ...(agent_id === null ? {} : { agent_id }), force: true }
  return answer(
    [asks ? '🧹 SESSION PRUNING' : '🧹 SESSION PRUNING (DRY RUN)'],
    criteria,
    [
      sessions.length === 0
        ? 'Nothing to delete.'
        : `${asks ? 'To be deleted:' : 'Would delete'} ${count(sessions.length, 'session')}${asks ? '' : ':'}`,
    ],
    sessions.length === 0 ? null : [pruneTable(sessions, inert)],
    section(
      '🗑️ These:',
      folded(
        sessions.map((session) => inert(prunedLine(session))),
        50,
      ),
    ),
    [
      `Total sessions: ${sessions.length} (${count(archives, 'archive')}, ${history})`,
      `Total storage: ~${sizeInWords(freed_bytes)}`,
    ],
    leftInGit(result.git_references, inert),
    left,
    sessions.length === 0 || asks
      ? null
      : ['💡 To actually delete:', `   ${spell(face, 'prune_sessions', again)}`],
  )
}

type Pruned = Results['prune_sessions']['sessions'][number]

function pruneTable(sessions: readonly Pruned[], inert: Inert): string {
  const agents = new Map<string, string[]>()
  for (const { agent_id, ended_at } of sessions)
    agents.set(agent_id, [...(agents.get(agent_id) ?? []), ended_at ?? ''].sort())
  const rows = [...agents].map(([agent, ends]) => [
    inert(agent || 'unknown'),
    String(ends.length),
    ageInWords(ends[0] ?? ''),
    ageInWords(ends.at(-1) ?? ''),
  ])
  return table(['AGENT', 'COUNT', 'OLDEST', 'NEWEST'], rows)
}

function prunedLine({ session_id, status, ended_at, size_bytes }: Pruned): string {
  return `${session_id}: ${status}, ended ${localMoment(ended_at ?? '')}, ${sizeInWords(size_bytes)}`
}
