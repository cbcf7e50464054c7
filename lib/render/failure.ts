import { type CowriteError, isCowriteError } from '../errors.js'
import { answer, type Block, section } from './blocks.js'
import type { OperationName } from './commands.js'
import { type Face, inertFor } from './face.js'
import { noWorkspaceBlock } from './folder-lines.js'
import { type About, nextSteps, type Step } from './next-steps.js'
import { inFaceWords, spell } from './spell.js'
import { barredSection, sceneNumber, withReasons } from './wording.js'

/** An error as people read it: what happened, what belongs to it, what to do, and its code and kind. */
export function renderFailure(
  error: CowriteError,
  face: Face,
  options: { operation?: OperationName | undefined; about?: About; kind: string },
): string {
  const { operation, about = {}, kind } = options
  return answer(
    [`❌ ERROR: ${headline(error, face, operation, about)}`],
    ...details(error, face),
    advice(error, face, nextSteps(error, operation, about)),
    [`🔖 Code: ${error.code} (${kind})`],
  )
}

function headline(
  error: CowriteError,
  face: Face,
  operation: OperationName | undefined,
  { inputs = [] }: About,
): string {
  const inert = inertFor(face)
  if (isCowriteError(error, 'NO_ACTIVE_SESSION')) {
    const { ended } = error.data
    const none = ended === undefined ? 'No active session' : `No active session: '${inert(ended)}' has ended`
    if (operation !== 'cancel_session') return none
    return `${none}. Specify: ${spell(face, operation, { name: { placeholder: 'name' } })}`
  }
  if (isCowriteError(error, 'SESSION_NOT_FOUND')) {
    if (error.data.ended !== undefined) return inert(error.message)
    const sentence = `Session '${inert(error.data.session)}' not found`
    return operation === 'switch_session' ? `${sentence}. Run ${spell(face, 'list_sessions')}` : sentence
  }
  if (isCowriteError(error, 'SESSION_CRASHED')) {
    const { session } = error.data
    if (operation !== 'switch_session') return `Session '${inert(session)}' is CRASHED`
    return `Session is CRASHED. Recover first: ${spell(face, 'recover_session', { name: session })}`
  }
  if (isCowriteError(error, 'NOT_FOUND') && error.data.checked && !error.data.candidates?.length) {
    return `File not found: ${inert(error.data.path)}`
  }
  if (isCowriteError(error, 'INVALID_INPUT') && operation !== undefined) {
    return inert(inFaceWords(error.message, face, operation, inputs))
  }
  return inert(error.message)
}

function details(error: CowriteError, face: Face): Block[] {
  const inert = inertFor(face)
  if (isCowriteError(error, 'SESSION_CRASHED')) {
    return [['Session process died unexpectedly.'], section('🔍 Found:', error.data.findings.map(inert))]
  }
  if (isCowriteError(error, 'NOT_FOUND')) {
    const { checked, candidates = [] } = error.data
    if (candidates.length > 0) return [section('Could be:', candidates.map(inert))]
    if (!checked) return []
    const places = [
      ...(checked.session === null ? [] : [`Session: ${inert(checked.session)}`]),
      `Global: ${inert(checked.global)}`,
    ]
    return [section('Checked paths:', places)]
  }
  if (isCowriteError(error, 'WRONG_KIND') && error.data.candidates) {
    return [section('📄 Files in it, the first ones:', error.data.candidates.map(inert))]
  }
  if (isCowriteError(error, 'PATH_PROTECTED') && (error.data.barred ?? []).length > 1) {
    return [barredSection(error.data.barred, inert)]
  }
  if (isCowriteError(error, 'NO_ACTIVE_SESSION')) return [noWorkspaceBlock(error.data.no_workspace, face)]
  if (isCowriteError(error, 'CONFLICT')) {
    return [section('⛔ In conflict:', withReasons(error.data.conflicts, inert))]
  }
  if (
    isCowriteError(error, 'INVALID_INPUT') &&
    error.data.known?.length &&
    !error.message.includes('Known: ')
  ) {
    return [[`Known: ${error.data.known.map(inert).join(', ')}`]]
  }
  return []
}

/** One step stands on the line of its sign, several below a heading. */
function advice(error: CowriteError, face: Face, steps: Step[]): Block {
  const inert = inertFor(face)
  const lines = steps.map(({ label, spelled }) => `${label}: ${spelled(face)}`)
  if (isCowriteError(error, 'SESSION_CRASHED')) {
    const byHand = `Or investigate manually: ${inert(error.data.metadataPath)}`
    return section('💡 Action required:', [...lines, byHand], '   - ')
  }
  if (isCowriteError(error, 'NOT_FOUND')) {
    const scene = sceneNumber(error.data.path)
    const [look = ''] = lines
    if (lines.length > 1) return section('💡 Next steps:', lines, '   - ')
    if (scene === undefined || error.data.candidates?.length) return [`💡 ${look}`]
    return [`💡 Generate scene first: "Generate scene ${scene}"`, `   ${look}`]
  }
  return lines.length === 1 ? [`💡 ${lines[0]}`] : section('💡 Next steps:', lines, '   - ')
}
