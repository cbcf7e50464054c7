import { fenced, linesForTerminal } from '../text/escape.js'
import { count } from '../text/words.js'
import { answer } from './blocks.js'
import { type Face, inertFor } from './face.js'
import type { Results } from './results.js'
import { spell } from './spell.js'

type FileDiff = Results['diff_session']['files'][number]

export function renderDiffSession(result: Results['diff_session'], face: Face): string {
  const { session, other, files } = result
  const inert = inertFor(face)
  if (other !== undefined) return renderComparison(result, other, face)
  if (files.length === 0) {
    return answer([`🔍 CHANGES: ${inert(session)}`], ['No file has changed.'])
  }
  const told = withoutDepartures(files)
  const ignored = told.filter((file) => file.ignored).length
  return answer(
    [
      `🔍 CHANGES: ${inert(session)} (${count(told.length - ignored, 'file')}${ignored === 0 ? '' : `, and ${ignored} ignored`})`,
    ],
    ...told.map((file) => [
      `📄 ${inert(file.file_path)}: ${inWords(file, inert)}`,
      ...patchOf(file.patch, face),
      ...conflictOf(file, face),
    ]),
    [`💡 Commit: ${spell(face, 'commit_session', { name: session })}`],
  )
}

/** What was moved is told where it is now. */
function withoutDepartures(files: readonly FileDiff[]): FileDiff[] {
  const shown = new Set(files.map(({ file_path }) => file_path))
  return files.filter(({ moved_to }) => moved_to === undefined || !shown.has(moved_to))
}

function renderComparison(
  { session, files, mergeable = [] }: Results['diff_session'],
  other: string,
  face: Face,
): string {
  const inert = inertFor(face)
  const title = `🔍 DIFFERENCES: ${inert(session)} → ${inert(other)}`
  if (files.length === 0) return answer([title], ['Both show the same.'])
  const told = withoutDepartures(files)
  const onlyIn = { created: `only in ${inert(other)}`, deleted: `only in ${inert(session)}`, modified: null }
  return answer(
    [`${title} (${count(told.length, 'file')})`],
    ...told.map((file) => {
      const { moved_from } = file
      if (moved_from !== undefined)
        return [`📄 ${inert(file.file_path)}: in ${inert(session)} it is ${inert(moved_from)}`]
      const only = onlyIn[file.change]
      const how = file.binary ? 'not text' : `+${file.additions} −${file.deletions} ${file.unit}`
      return [
        `📄 ${inert(file.file_path)}: ${only === null ? how : `${only}, ${how}`}`,
        ...patchOf(file.patch, face),
      ]
    }),
    mergeSteps(mergeable, [session, other], face),
  )
}

/** The other side of a conflict: both begin with the same. */
function conflictOf({ conflict, global_patch, change, patch }: FileDiff, face: Face): string[] {
  if (conflict === undefined) return []
  const reason = `⛔ In conflict: ${inertFor(face)(conflict)}`
  // Of what is only deleted no text is kept: what stands above is what would go now.
  if (global_patch === undefined && change === 'deleted' && patch !== '')
    return [
      reason,
      '🌍 Global, since the session deleted it, became the text above; what it was then was not kept.',
    ]
  if (global_patch === undefined) return [reason]
  return [reason, '🌍 Global, since the session began with it:', ...patchOf(global_patch, face)]
}

function mergeSteps(sources: readonly string[], [one, other]: [string, string], face: Face): string[] {
  const inert = inertFor(face)
  return sources.map((source, at) => {
    const into = source === one ? other : one
    return `${at === 0 ? '💡 ' : '   '}Bring what ${inert(source)} changed into ${inert(into)}: ${spell(face, 'merge_sessions', { source, into })}`
  })
}

function inWords(file: FileDiff, inert: (text: string) => string): string {
  const { change, binary, additions, deletions, unit, moved_from, moved_to, ignored } = file
  if (moved_to !== undefined) return `moved to ${inert(moved_to)}`
  const what = moved_from === undefined ? change : `moved from ${inert(moved_from)}`
  const how = ignored ? `🙈 ignored, not committed: ${what}` : what
  if (binary) return `${how}, not text`
  if (moved_from !== undefined && additions + deletions === 0) return how
  return `${how}, +${additions} −${deletions} ${unit}`
}

/** A patch as the face shows text of several lines; nothing for an empty one. */
export function patchOf(patch: string, face: Face): string[] {
  if (patch === '') return []
  const shown = linesForTerminal(patch).trimEnd()
  return [face === 'chat' ? fenced(shown, 'diff') : shown]
}
