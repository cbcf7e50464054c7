import { pointsOut, stillMarked } from '../errors.js'
import { count } from '../text/words.js'
import { answer, type Block, folded, section, shortNames } from './blocks.js'
import { type Face, type Inert, inertFor } from './face.js'
import { movesInWords, stayingInWords, tellMoves } from './moved.js'
import type { Results } from './results.js'
import { type Arguments, spell, spellCall } from './spell.js'
import { openViewBlocks } from './view-news.js'
import { barredSection, gitCommitsInWords, named, scratchLine, withReasons } from './wording.js'

type Preview = Results['commit_session']

/** Only what is added may be folded: every deletion, conflict and sensitive path is shown (T8). */
export function renderCommitPreview(preview: Preview, face: Face): string {
  const inert = inertFor(face)
  const {
    modified = [],
    created: allCreated = [],
    deleted: allDeleted = [],
    merged = [],
    conflicts = [],
    sensitive = [],
  } = preview
  const { ignored = 0, also_taken = [], remaining = [], digest, decided = [] } = preview
  const isEmpty = modified.length + allCreated.length + allDeleted.length + conflicts.length === 0
  const { created, newFolders, deleted, moved } = tellMoves(preview)
  const staying = stayingInWords(preview, inert)
  const marked = conflicts.filter(({ reason }) => reason === stillMarked)
  const links = conflicts.filter(({ reason }) => reason === pointsOut)
  const clashes = conflicts.filter((conflict) => ![...marked, ...links].includes(conflict))
  const made = gitCommitsInWords(preview, inert)
  const isNothing = isEmpty && decided.length + remaining.length + (preview.barred ?? []).length === 0
  return answer(
    [`⚠️ COMMIT SESSION: ${inert(preview.session)}`],
    [
      putsMarkers(preview)
        ? '📊 Changes of the session, none of them committed by this:'
        : '📊 Changes to be committed:',
    ],
    isEmpty ? ['   Nothing has changed.'] : null,
    files('Modified', modified.map(inert)),
    files('Created', folded(created.map(inert)), created.length),
    section(`   Created folders, empty (${newFolders.length}):`, folded(newFolders.map(inert)), '     • '),
    files('Deleted', deleted.map(inert)),
    files('Moved', movesInWords(preview, inert), moved.length),
    retries(preview, inert),
    section(`🔀 Merged with newer global versions (${merged.length}):`, merged.map(inert)),
    section(`⛔ Conflicts (${clashes.length}), global changed as well:`, withReasons(clashes, inert)),
    section(
      `⛔ Links that point out of the workspace (${links.length}), which no commit takes:`,
      links.map(({ path }) => inert(path)),
    ),
    section(`✏️ Still marked as conflicts (${marked.length}):`, withReasons(marked, inert)),
    barredSection(preview.barred, inert),
    section(
      `⚖️ Conflicts decided (${decided.length}):`,
      decided.map(({ path, reason, keeps }) => `${inert(path)}: ${inert(reason)}; ${kept[keeps]}`),
    ),
    section(
      `🔐 Sensitive (${sensitive.length}), look at these before you agree:`,
      withReasons(sensitive, inert),
    ),
    section(
      `🔗 Taken along (${also_taken.length}), not to be parted from what was named:`,
      also_taken.map(inert),
    ),
    section(`📌 Staying in the session (${staying.length}):`, folded(staying)),
    ignored === 0 ? null : ignoredFiles(preview, ignored, face),
    scratchLine(preview.scratch ?? 0),
    made === null ? null : [`🌿 ${made}: fetched into refs/cowrite/, merged into nothing`],
    ...openViewBlocks(preview.view, face, 'What was done there is part of this; a commit of all closes it'),
    section('📖 Files to open:', toOpen(preview, inert)),
    digest === undefined ? null : [`🔖 Digest: ${inert(digest)}`],
    isNothing ? nothingToCommit(preview, face) : null,
    isNothing
      ? null
      : [
          putsMarkers(preview)
            ? "❓ This will put conflict markers into the session's copies, where texts can be marked, and commit nothing. Global files stay as they are."
            : preview.barred === undefined
              ? '❓ This will OVERWRITE global files.'
              : '❓ A commit of all is refused: no commit takes what is barred.',
          ...(preview.needs_person === true ? ["🧍 This workspace asks for a person's word first."] : []),
          ...nextSteps(preview, face),
        ],
  )
}

const kept = { session: "the session's version stays", global: 'the global version stays' }

function files(what: string, items: string[], amount = items.length): Block {
  return section(`   ${what} files (${amount}):`, items, '     • ')
}

function retries({ human_retries = [] }: Preview, inert: Inert): Block {
  if (human_retries.length === 0) return null
  const nameOf = shortNames(human_retries.map((retry) => retry.file_path))
  const lines = human_retries.map(
    (retry) => `     • ${inert(nameOf(retry.file_path))}: ${inert(retry.reason)}`,
  )
  return [`   Human retries: ${human_retries.length}`, ...lines]
}

/** What an ignored file's change comes to: nothing in a commit of a part, and where the session ends nothing but a copy. */
function ignoredFiles(preview: Preview, ignored: number, face: Face): string[] {
  const inert = inertFor(face)
  const { session, options = {}, ignored_changes: changes = [] } = preview
  const dropped = options.files === undefined ? ignored - changes.length : 0
  return [
    `🙈 Ignored: ${count(ignored, 'file')} not committed`,
    ...(changes.length === 0
      ? []
      : ["   These live files stay as they are, the session's versions are archived:"]),
    ...folded(changes.map(inert)).map((path) => `     • ${path}`),
    ...(dropped === 0 ? [] : [`   Dropped with the session: ${count(dropped, 'file')}`]),
    `   To commit them, too: ${spell(face, 'commit_session', { name: session, ...options, include_ignored: true })}`,
  ]
}

/** What was modified first, and all of it; of what is new, as much as the list above shows. */
function toOpen({ open = [], created = [] }: Preview, inert: Inert): string[] {
  const isNew = new Set(created)
  const places = (wanted: boolean) =>
    open.filter(({ path }) => isNew.has(path) === wanted).map(({ open_at }) => inert(open_at))
  return [...places(false), ...folded(places(true))]
}

function nothingToCommit({ session }: Preview, face: Face): string[] {
  const end =
    face === 'chat'
      ? `Use MCP tool ${spellCall('commit_session', { name: session, force: true })}`
      : spell(face, 'commit_session', { name: session, force: true })
  return [
    '❓ Nothing has changed: global files stay as they are.',
    `💡 To end the session, its retries archived: ${end}`,
    `   Or cancel it: ${spell(face, 'cancel_session', { name: session })}`,
  ]
}

function nextSteps(preview: Preview, face: Face): string[] {
  const { session, conflicts = [], digest, options = {} } = preview
  const call = (more: Arguments) => {
    const all: Arguments = { name: session, force: true, ...options, ...more }
    return face === 'chat'
      ? `Use MCP tool ${spellCall('commit_session', all)}`
      : spell(face, 'commit_session', all)
  }
  const diff = spell(face, 'diff_session', { name: session })
  if (preview.barred !== undefined) return withoutBarred(preview, call)
  // Away from a terminal --force would be refused; at one the command shows this and asks.
  if (preview.needs_person && face === 'shell' && conflicts.length === 0) {
    const atTerminal = spell(face, 'commit_session', { name: session, ...options })
    return [`💡 This workspace wants a person to confirm: run it at a terminal: ${atTerminal}`]
  }
  const isPlain = conflicts.length === 0 && ['markers', undefined].includes(options.on_conflict)
  if (isPlain || putsMarkers(preview)) return [`💡 To proceed: ${call({})}`]
  if (conflicts.length === 0) {
    return [`💡 To proceed: ${call({ expect: digest })}`, `   What changed, word by word: ${diff}`]
  }
  const { ways = ['keep_session', 'keep_global', 'markers'] } = preview
  const decisions: [way: string, sentence: string, more: Arguments][] = [
    ['keep_session', "Keep the session's version", { expect: digest }],
    ['keep_global', 'Keep the global version', { expect: digest }],
    ['markers', "Mark both in the session's copies, and commit nothing yet", {}],
  ]
  return [
    '💡 To proceed, decide the conflicts in one of these ways:',
    ...decisions
      .filter(([way]) => ways.includes(way))
      .map(([way, sentence, more]) => `   - ${sentence}: ${call({ on_conflict: way, ...more })}`),
    ...(ways.includes('keep_session') ? [] : [`   - ${wayToKeep(preview)}`]),
    `   What changed, word by word: ${diff}`,
  ]
}

/** What is barred stays in the session where the others are named, and is given up by keep_global. */
function withoutBarred(preview: Preview, call: (more: Arguments) => string): string[] {
  const { conflicts = [], digest } = preview
  const others = othersOf(preview)
  return [
    '💡 To proceed, in one of these ways:',
    ...(others.length === 0
      ? []
      : [`   - Commit the others, this stays in the session: ${call({ files: named(others) })}`]),
    ...(conflicts.length > 0
      ? []
      : [
          `   - Give it up, kept as a retry, and commit the rest: ${call({ on_conflict: 'keep_global', expect: digest })}`,
        ]),
  ]
}

function othersOf({ modified = [], created = [], deleted = [] }: Preview): string[] {
  return [...modified, ...created, ...deleted]
}

/** Whether what is asked for puts markers, rather than committing. */
function putsMarkers({ options = {}, ways = ['markers'], conflicts = [] }: Preview): boolean {
  return options.on_conflict === 'markers' && conflicts.length > 0 && ways.includes('markers')
}

const resolveMarkers =
  "Write what it is to be between the markers in the session's copy, take them out, and commit again"

/** What a person has to do first where the session's version cannot win as it is. */
function wayToKeep({ conflicts = [] }: Preview): string {
  if (conflicts.some(({ reason }) => reason === stillMarked)) return resolveMarkers
  return conflicts.some(({ reason }) => reason === pointsOut) ? pointInside : makeRoom
}

const pointInside =
  'To keep what else the session has, let the links point to something in the workspace, or delete them, and commit again'

const makeRoom =
  "To keep the session's version, move what is in its way in global elsewhere, and commit again"
