import { count, sizeInWords } from '../text/words.js'
import { answer, type Block, folded, section } from './blocks.js'
import { type Face, inertFor } from './face.js'
import type { Results } from './results.js'
import { spell } from './spell.js'

type Report = Results['check_workspace']
type Finding = Report['findings'][number]

const headings = {
  error: '⛔ Errors',
  warning: '⚠️ Warnings',
  info: '🧹 Left lying about',
} as const

export function renderCheckWorkspace(report: Report, face: Face): string {
  const { findings } = report
  if (report.state_folder === null && findings.length === 0) {
    const start = spell(face, 'create_session', { name: { placeholder: 'name' } })
    return answer(['✅ Nothing to check: no session was ever started here'], [`💡 Start one: ${start}`])
  }
  const left = findings.filter(({ fixed }) => !fixed)
  const fixed = findings.filter((finding) => finding.fixed)
  return answer(
    [headline(report, left, fixed)],
    checked(report),
    section(
      `🔧 Mended (${fixed.length}):`,
      folded(fixed.map((finding) => `${place(finding)}: ${finding.detail}`).map(inertFor(face))),
    ),
    ...(['error', 'warning', 'info'] as const).map((severity) =>
      told(
        severity,
        left.filter((finding) => finding.severity === severity),
        face,
      ),
    ),
    space(report, face),
    nextSteps(left, face),
  )
}

function headline({ sound }: Report, left: readonly Finding[], fixed: readonly Finding[]): string {
  if (sound) return fixed.length > 0 ? '✅ WORKSPACE MENDED: it is sound' : '✅ WORKSPACE SOUND'
  const errors = left.filter(({ severity }) => severity === 'error').length
  const warnings = left.filter(({ severity }) => severity === 'warning').length
  const counts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ]
  return `🩺 WORKSPACE CHECKED: ${counts.join(', ')}`
}

function checked({ checked: { sessions, commits, archives } }: Report): Block {
  return [
    `Checked: ${count(sessions, 'session')}, ${count(commits, 'commit')}, ${count(archives, 'archive')}`,
  ]
}

/** Errors are never folded away. */
function told(severity: Finding['severity'], findings: readonly Finding[], face: Face): Block {
  const lines = findings.map((finding) => {
    const { detail, remedy, bytes, failure, mended_by } = finding
    const then = mended_by === 'fix' ? 'when mended, ' : ''
    const size = bytes === undefined ? '' : ` (${sizeInWords(bytes)})`
    const tried = failure === undefined ? '' : ` (tried: ${failure})`
    return inertFor(face)(`${place(finding)}: ${detail}${size}; ${then}${remedy}${tried}`)
  })
  const shown = severity === 'error' ? lines : folded(lines)
  return section(`${headings[severity]} (${findings.length}):`, shown)
}

function place({ path, session }: Finding): string {
  return session === undefined || path.includes(session) ? path : `${path} (${session})`
}

function space({ space: use, state_folder }: Report, face: Face): Block {
  if (state_folder === null) return null
  const inert = inertFor(face)
  const size = sizeInWords
  const byName = [...use.sessions].sort((one, other) => other.bytes - one.bytes).slice(0, mostSessions)
  const named = byName.map(({ name, bytes }) => `${inert(name)} ${size(bytes)}`).join(', ')
  const more = use.sessions.length > mostSessions ? ', …' : ''
  return section(`💾 Space: ${size(use.total_bytes)} in ${inert(state_folder)}/`, [
    `Sessions: ${size(use.sessions_bytes)}${named === '' ? '' : ` (${named}${more})`}`,
    `Bases of their changes: ${size(use.bases_bytes)}`,
    `History, to undo commits: ${size(use.history_bytes)}`,
    `Archived retries: ${size(use.archives_bytes)}`,
    `Trash: ${size(use.trash_bytes)}`,
    `Journal, index and log: ${size(use.other_bytes)}`,
  ])
}

const mostSessions = 10

function nextSteps(left: readonly Finding[], face: Face): Block {
  const isMendable = ({ mended_by, failure }: Finding) => mended_by === 'fix' && failure === undefined
  const crashed = left
    .filter(({ mended_by }) => mended_by === 'recover')
    .flatMap(({ session }) => session ?? [])
  const steps = [
    ...(left.some(isMendable)
      ? [`Mend what needs no person: ${spell(face, 'check_workspace', { fix: true })}`]
      : []),
    ...[...new Set(crashed)].map(
      (name) => `Recover what can be saved: ${spell(face, 'recover_session', { name })}`,
    ),
    ...(left.some(({ kind }) => kind === 'session_lock_damaged')
      ? [
          `Then say which session is yours: ${spell(face, face === 'chat' ? 'switch_session' : 'list_sessions')}`,
        ]
      : []),
  ]
  if (steps.length === 0) return [`💡 Sessions: ${spell(face, 'list_sessions')}`]
  return steps.length === 1 ? [`💡 ${steps[0]}`] : section('💡 Next steps:', steps, '   - ')
}
