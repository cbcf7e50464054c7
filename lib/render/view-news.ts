/** What an answer about a session tells of its view. */
import { count } from '../text/words.js'
import { type Block, folded, section } from './blocks.js'
import { type Face, type Inert, inertFor } from './face.js'
import { spellProgram } from './spell.js'
import type { KeptTold, ViewTold } from './view-shapes.js'
import { providerInWords } from './views.js'
import { withReasons } from './wording.js'

/** Of a session that goes on; `note` is what else there is to say of its view. */
export function openViewBlocks(view: ViewTold | undefined, face: Face, note: string | null = null): Block[] {
  if (view === undefined) return []
  const inert = inertFor(face)
  if (view.waiting !== undefined) {
    return [
      [
        `⚠️ View: what a command wrote there is no part of this yet: ${inert(view.waiting)}`,
        '   It comes in by itself as soon as there is room; what is not needed may be deleted there',
      ],
    ]
  }
  const where =
    view.folder === null
      ? 'a command is at work in it'
      : `${inert(view.folder)} (${providerInWords(view.provider)})`
  return [
    [`🪟 View: ${where}`, ...(note === null ? [] : [`   ${note}`])],
    section(
      `🚧 Lies in the view, and does not come in (${view.left_out.length}):`,
      leftOutItems(view, inert),
    ),
  ]
}

/** Of a session that was committed, or thrown away. */
export function endedViewBlocks(
  view: ViewTold | undefined,
  how: 'committed' | 'thrown away',
  face: Face,
): Block[] {
  if (view === undefined) return []
  const inert = inertFor(face)
  return [
    viewLines(view, how, inert),
    section(`🚧 Lay in the view, and did not come in (${view.left_out.length}):`, leftOutItems(view, inert)),
  ]
}

export function leftOutKeptBlock(kept: KeptTold, face: Face): Block {
  if (kept === undefined) return null
  const files = count(kept.files, 'file')
  if (kept.folder === null) return [`🚧 Not brought into the session, and gone, too: ${files}`]
  return [`🚧 Not brought into the session, and kept (${files}):`, `   ${inertFor(face)(kept.folder)}`]
}

function leftOutItems({ left_out }: ViewTold, inert: Inert): string[] {
  return folded(withReasons(left_out, inert), 20)
}

function viewLines(view: ViewTold, how: 'committed' | 'thrown away', inert: Inert): Block {
  const { folder, became, uncounted, processes = [], reason = '' } = view
  const [place, of] = folder === null ? ['the command wrote', ''] : ['lay there', `${inert(folder)}: `]
  const before =
    uncounted === undefined
      ? how === 'committed'
        ? `what ${place} was brought in first`
        : `what ${place} was counted, and went, too`
      : `what ${place} could not be counted (${inert(uncounted)}), and went, too`
  const sign = uncounted === undefined && became !== 'stuck' ? '🪟' : '⚠️'
  const at =
    processes.length === 0
      ? ''
      : ` (${count(processes.length, 'process', 'processes')}: ${folded(processes.map(String), 5).join(', ')})`
  if (folder === null) {
    if (became !== 'in_use') return uncounted === undefined ? null : [`${sign} View: ${before}`]
    return [
      `${sign} View: ${before}`,
      `   It is still at work${at}; what it writes from now on comes into a session of its own`,
    ]
  }
  const close = `   To take it down: ${inert(spellProgram('view', { close: folder }))}`
  switch (became) {
    case 'open':
      return [`${sign} View ${of}${before}`, '   It stays open, as its session does']
    case 'in_use':
      return [
        `${sign} View ${of}${before}`,
        `   It stays, since somebody is at work there${at}; what is written from now on comes into a session of its own`,
        close,
      ]
    case 'stuck':
      return [`${sign} View ${of}${before}`, `   It could not be taken down: ${inert(reason)}`, close]
    default:
      return [`${sign} View ${of}${before}`, '   It is closed, and its folder is gone']
  }
}
