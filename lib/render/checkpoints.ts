import { ageInWords, count } from '../text/words.js'
import { answer } from './blocks.js'
import { type Face, inertFor } from './face.js'
import type { Results } from './results.js'
import { spell } from './spell.js'

export function renderCreateCheckpoint(result: Results['create_checkpoint'], face: Face): string {
  const inert = inertFor(face)
  const { session, label, changes } = result
  return answer(
    [`📌 CHECKPOINT KEPT: ${inert(label)}`],
    [`Session: ${inert(session)}`, `   ${inWords(changes)}`],
    [`💡 Back to it: ${spell(face, 'restore_checkpoint', { label, session })}`],
  )
}

export function renderRestoreCheckpoint(result: Results['restore_checkpoint'], face: Face): string {
  const inert = inertFor(face)
  const { session, label, kept_as, changes } = result
  return answer(
    [`⏪ CHECKPOINT RESTORED: ${inert(label)}`],
    [`Session: ${inert(session)}`, `   ${inWords(changes)}`],
    ['📌 What it held until now is kept:', `   ${inert(kept_as)}`],
    [
      `💡 Take this back: ${spell(face, 'restore_checkpoint', { label: kept_as, session })}`,
      `   What it holds now: ${spell(face, 'get_active_session', { session })}`,
    ],
  )
}

export function renderListCheckpoints(
  result: Results['list_checkpoints'],
  face: Face,
  now: Date = new Date(),
): string {
  const inert = inertFor(face)
  const { session, checkpoints } = result
  const title = [`📌 CHECKPOINTS: ${inert(session)} (${checkpoints.length} total)`]
  const [first] = checkpoints
  if (first === undefined)
    return answer(title, [`💡 Keep one: ${spell(face, 'create_checkpoint', { session })}`])
  return answer(
    title,
    checkpoints.map(
      ({ label, created_at, changes }) =>
        `   • ${inert(label)}: ${inWords(changes)}, ${ageInWords(created_at, now)}`,
    ),
    [`💡 Back to one: ${spell(face, 'restore_checkpoint', { label: first.label, session })}`],
  )
}

function inWords(changes: Results['create_checkpoint']['changes']): string {
  const { modified, created, deleted, moved = 0, new_folders: folders = 0 } = changes
  const told = [
    ...(modified > 0 ? [`${modified} modified`] : []),
    ...(created > 0 ? [`${created} created`] : []),
    ...(deleted > 0 ? [`${deleted} deleted`] : []),
    ...(moved > 0 ? [`${moved} moved`] : []),
    ...(folders > 0 ? [count(folders, 'new folder')] : []),
  ]
  return told.length === 0 ? 'no changes' : told.join(', ')
}
