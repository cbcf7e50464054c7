import { fenced, linesForTerminal } from '../text/escape.js'
import { count } from '../text/words.js'
import { answer, type Block, section } from './blocks.js'
import { patchOf } from './diff-session.js'
import { type Face, inertFor } from './face.js'
import type { Results } from './results.js'
import { spell } from './spell.js'

type Retry = Results['list_retries']['retries'][number]

export function renderListRetries(result: Results['list_retries'], face: Face): string {
  const { retries } = result
  const kept = retries.filter((one) => one.kept).length
  const besides = kept === 0 ? '' : `, and ${count(kept, 'version')} kept without one`
  const heading = [`🔄 HUMAN RETRIES (${retries.length - kept} total${besides})`]
  if (retries.length === 0) return answer(heading, [`💡 Record one: ${spell(face, 'record_human_retry')}`])

  const byFile = new Map<string, Retry[]>()
  for (const retry of retries) byFile.set(retry.file_path, [...(byFile.get(retry.file_path) ?? []), retry])
  const restorable = retries.find((retry) => retry.archived_in === undefined)
  return answer(
    heading,
    ...[...byFile].map(([path, ofFile]) => fileBlock(path, ofFile, face)),
    ...retries.flatMap((retry) => versionBlocks(retry, face)),
    restorable
      ? [
          `💡 Bring a rejected version back: ${spell(face, 'restore_retry', {
            file_path: restorable.file_path,
            retry: restorable.retry,
            session: restorable.session,
          })}`,
        ]
      : null,
  )
}

function fileBlock(path: string, retries: Retry[], face: Face): Block {
  const inert = inertFor(face)
  const lines = retries.flatMap((retry) => {
    const { reason, session, auto_detected, open_at, archived_in } = retry
    const source = auto_detected ? ', auto-detected' : ''
    const ended = archived_in === undefined ? '' : ', archived'
    return [
      `   - ${retry.kept ? 'Kept' : 'Retry'} ${retry.retry}: "${inert(reason)}" (session ${inert(session)}${source}${ended})`,
      `     ${inert(open_at)}`,
    ]
  })
  return [`📁 ${inert(path)}`, ...lines]
}

function versionBlocks({ retry, kept, rejected, changed_since }: Retry, face: Face): Block[] {
  if (rejected === undefined) return []
  const shown = linesForTerminal(rejected)
  const version: Block = [
    `📄 ${kept ? 'Kept' : 'Rejected'} version ${retry}:`,
    face === 'chat' ? fenced(shown) : shown,
  ]
  if (changed_since === undefined) return [version]
  return [
    version,
    changed_since
      ? ['🔍 What changed since:', ...patchOf(changed_since, face)]
      : ['🔍 Nothing changed since'],
  ]
}

export function renderRestoreRetry(result: Results['restore_retry'], face: Face): string {
  const inert = inertFor(face)
  const { file_path, retry } = result
  return answer(
    ['⏪ REJECTED VERSION RESTORED'],
    [`📁 File: ${inert(file_path)}`, `🔢 Retry Number: ${retry}`],
    section('💡 Next:', [`See the change: ${spell(face, 'diff_session', { files: [file_path] })}`], '   - '),
  )
}
