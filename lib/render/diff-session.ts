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
    ...files.map((file) => [`📄 ${inert(file.file_path)}: ${inWords(file)}`, ...patchOf(file.patch, face)]),
    [`💡 Commit: ${spell(face, 'commit_session', { name: session })}`],
  )
}

function inWords({ change, binary, additions, deletions, unit }: FileDiff): string {
  return binary ? `${change}, not text` : `${change}, +${additions} −${deletions} ${unit}`
}

/** A patch as the face shows text of several lines; nothing for an empty one. */
export function patchOf(patch: string, face: Face): string[] {
  if (patch === '') return []
  const shown = linesForTerminal(patch).trimEnd()
  return [face === 'chat' ? fenced(shown, 'diff') : shown]
}
