import { ageInWords } from '../text/words.js'
import { answer, section } from './blocks.js'
import { type Face, inertFor } from './face.js'
import { newWorkspaceBlock } from './folder-lines.js'
import type { Results } from './results.js'
import { spell } from './spell.js'
import { recoveredLine } from './wording.js'

export function renderCreateSession(
  result: Results['create_session'],
  face: Face,
  now: Date = new Date(),
): string {
  const inert = inertFor(face)
  const { session_id, path, description, previous_session, resumed, stale_ended, recovered, handoff } = result
  const isFork = result.parent !== undefined && !resumed
  const kept = previous_session !== null && previous_session !== session_id
  return answer(
    [`✅ SESSION ${resumed ? 'RESUMED' : 'CREATED'}: ${inert(session_id)}`],
    description === '' ? null : [`📝 Description: ${inert(description)}`],
    ['📂 Session Path:', `   ${inert(path)}`],
    newWorkspaceBlock(result, face),
    [
      '⚡ Copy-on-Write Mode:',
      resumed
        ? '   • Its changes are as they were left'
        : isFork
          ? `   • Forked: it begins with all that ${inert(result.parent ?? '')} holds now`
          : result.template === undefined
            ? '   • Empty session created (~10 KB structure only)'
            : `   • It begins with what the template ${inert(result.template)} says`,
      '   • Files will copy on first write',
      isFork
        ? '   • What the two of them do from now on stays their own'
        : '   • Read operations use global files by default',
    ],
    recovered ? [recoveredLine] : null,
    [
      '🔒 Session activated (written to session.lock)',
      ...(kept
        ? [
            `   Previous session kept: ${inert(previous_session)}`,
            `   Back to it: ${spell(face, 'switch_session', { name: previous_session })}`,
          ]
        : []),
    ],
    section('💤 Stale sessions deactivated, their changes kept:', stale_ended.map(inert)),
    handoff === undefined
      ? null
      : [
          `📝 Handed over: ${inert(handoff.session_id)}, ${ageInWords(handoff.created_at, now)}`,
          `   • ${inert(handoff.path)}`,
          `   Take it up: ${spell(face, 'get_handoff_context', { session_id: handoff.session_id })}`,
        ],
    isFork ? [`💡 What it holds: ${spell(face, 'get_active_session', { session: session_id })}`] : null,
    [
      '💡 How CoW works:',
      '   1. Read "acts/.../plan.md" → Reads from global (not yet modified)',
      '   2. Write "acts/.../plan.md" → CoW: Copies to session, then modifies',
      '   3. Read "acts/.../plan.md" → Reads from session (now modified)',
    ],
    ['🚀 Ready to work in session!'],
  )
}
