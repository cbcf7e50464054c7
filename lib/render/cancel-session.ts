import { answer } from './blocks.js'
import { type Face, inertFor } from './face.js'
import { figuresInWords } from './moved.js'
import type { Results } from './results.js'
import { endedViewBlocks, leftOutKeptBlock } from './view-news.js'
import { gitCommitsInWords, scratchLine } from './wording.js'

export function renderCancelSession(result: Results['cancel_session'], face: Face): string {
  const inert = inertFor(face)
  const { discarded, archive, folders } = result
  const made = gitCommitsInWords(result, inert)
  const untouched =
    folders.length === 0 ? '' : ` (${folders.map((folder) => `${inert(folder)}/`).join(', ')})`
  return answer(
    ['🛑 SESSION CANCELLED'],
    [`Session: ${inert(result.session)}`],
    [
      '📊 Discarded changes:',
      ...figuresInWords(discarded),
      `   • Human retries: ${discarded.human_retries ?? 'unknown'}`,
      ...(made === null ? [] : [`   • Git: ${made}`]),
    ],
    scratchLine(result.scratch_dropped),
    archive === null ? null : ['📦 Human retries backed up:', `   ${inert(archive)}`],
    ...endedViewBlocks(result.view, 'thrown away', face),
    leftOutKeptBlock(result.left_out_kept, face),
    ['🗑️ Session directory removed', ...(result.lock_cleared ? ['🔓 Session lock cleared'] : [])],
    [`💡 Global files${untouched} unchanged`],
  )
}
