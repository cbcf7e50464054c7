import { fenced, linesForTerminal } from '../text/escape.js'
import { count } from '../text/words.js'
import { answer } from './blocks.js'
import { type Face, inertFor } from './face.js'
import type { Results } from './results.js'
import { spell } from './spell.js'

type FileDiff = Results['diff_session']['files'][number]

export function renderDiffSession(result: Results['diff_session'], face: Face): string {
  const { session, files } = result
  const inert = inertFor(face)
  if (files.length === 0) {
    return answer([`🔍 CHANGES: ${inert(session)}`], ['Nothing has changed.'])
  }
  return answer(
    [`🔍 CHANGES: ${inert(session)} (${count(files.length, 'file')})`],
    ...files.map((file) => [
      `📄 ${inert(file.file_path)}: ${inWords(file, inert)}`,
      ...patchOf(file.patch, face),
    ]),
    [`💡 Commit: ${spell(face, 'commit_session', { name: session })}`],
  )
}

function inWords(file: FileDiff, inert: (text: string) => string): string {
  const { change, binary, additions, deletions, unit, moved_from, moved_to } = file
  if (moved_to !== undefined) return `moved to ${inert(moved_to)}`
  const how = moved_from === undefined ? change : `moved from ${inert(moved_from)}`
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
