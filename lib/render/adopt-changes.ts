import { codeSpan } from '../text/escape.js'
import { count } from '../text/words.js'
import { answer, type Block, folded, section } from './blocks.js'
import { type Face, inertFor } from './face.js'
import type { Results } from './results.js'
import { spell, spellPlain } from './spell.js'
import { withReasons } from './wording.js'

type Around = NonNullable<Results['get_active_session']['around']>

/** What a status says of live files that were written around the session: blocks, none where there are none. */
export function aroundInWords(name: string, around: Around, face: Face): Block[] {
  const inert = inertFor(face)
  const seen = around.filter(({ tool }) => tool !== null)
  const unseen = around.filter(({ tool }) => tool === null)
  if (around.length === 0) return []
  const adopt = (given = {}) => command(face, { name, ...given })
  return [
    section(
      '⚠️ Written around the session, to the real files:',
      folded(
        seen.map(
          ({ path, tool, can_put_back }) =>
            `${inert(path)} (by ${inert(tool ?? '')}${can_put_back ? '' : '; what was there before is not known'})`,
        ),
      ),
    ),
    section(
      '⚠️ Changed in the real files meanwhile, by you or by a tool that nobody saw:',
      folded(
        unseen.map(({ path }) => inert(path)),
        20,
      ),
    ),
    around.some(({ can_put_back }) => can_put_back)
      ? [`💡 Bring it into the session: ${adopt()}`, `   If it was meant to be so: ${adopt({ leave: true })}`]
      : [`💡 What was there before is not known. If it may stay so: ${adopt({ leave: true })}`],
  ]
}

/** For a chat that did something else. */
export function renderNewsAround(name: string, news: readonly { path: string }[]): string {
  const inert = inertFor('chat')
  return answer(
    section(
      `⚠️ CHANGED AROUND SESSION ${inert(name)}, in the real files:`,
      folded(
        news.map(({ path }) => inert(path)),
        20,
      ),
    ),
    [
      `💡 Tell the user, and ask. Bring it into the session: ${command('chat', { name })}`,
      `   If it was meant to be so: ${command('chat', { name, leave: true })}`,
    ],
  )
}

/** In a chat, too, it is a command: the tool is not among those that are there by default. */
function command(face: Face, given: { name: string; leave?: boolean }): string {
  if (face === 'shell') return spell(face, 'adopt_changes', given)
  return codeSpan(spellPlain('shell', 'adopt_changes', given))
}

export function renderAdoptChanges(result: Results['adopt_changes'], face: Face): string {
  const inert = inertFor(face)
  const { session, adopted, left, conflicts, unknown, settled, commit_id } = result
  const done = adopted.length + left.length + settled.length
  const nothing = done + conflicts.length + unknown.length === 0
  if (nothing) return answer([`✅ Nothing was written around session ${inert(session)}`])
  return answer(
    [`${done > 0 ? '✅' : '⚠️'} ADOPTED INTO ${inert(session)}: ${count(adopted.length, 'file')}`],
    section('📥 In the session by now; the real files are what they were:', adopted.map(inert), '   ✓ '),
    section('📁 Left as they are in the real files:', left.map(inert), '   ✓ '),
    section('📁 What they were again, or gone:', settled.map(inert), '   ✓ '),
    section('⛔ Changed in the session, too; a commit decides:', withReasons(conflicts, inert)),
    section(
      '❓ What was there before is not known, so they stay as they are, and the session sees them so:',
      unknown.map(inert),
    ),
    next(result, face, commit_id),
  )
}

function next(
  { session: name, conflicts, unknown }: Results['adopt_changes'],
  face: Face,
  commitId: string | null,
): Block {
  const lines = [
    ...(commitId === null ? [] : [`Take it back: ${spell(face, 'undo_commit', { commit_id: commitId })}`]),
    ...(conflicts.length === 0
      ? []
      : [`Ways out of the conflicts: ${spell(face, 'commit_session', { name })}`]),
    ...(unknown.length === 0 ? [] : [`If they may stay so: ${command(face, { name, leave: true })}`]),
  ]
  return lines.length === 0 ? null : ['💡 Next steps:', ...lines.map((line) => `   - ${line}`)]
}
