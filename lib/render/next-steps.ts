import type { CowriteError, ErrorCode, ErrorData } from '../errors.js'
import type { OperationName } from './commands.js'
import type { Face } from './face.js'
import { type Arguments, spell, spellPlain, spellProgram } from './spell.js'

/** What to do about an error: a word on why, and the command or call. */
export interface Step {
  label: string
  /** As it stands in an answer. */
  spelled(face: Face): string
  /** As it is typed, with nothing escaped. */
  plain(face: Face): string
}

type StepsFor = { [Code in ErrorCode]: (data: ErrorData[Code], operation?: OperationName) => Step[] }

function step(label: string, operation: OperationName, given: Arguments = {}): Step {
  return {
    label,
    spelled: (face) => spell(face, operation, given),
    plain: (face) => spellPlain(face, operation, given),
  }
}

const placeholder = (name: string) => ({ placeholder: name })
const showSessions = step('Available sessions', 'list_sessions')
const lookAround = step('See what is there', 'list_session_files')
const tryRecovery = step('Check and repair', 'recover_session')
const seeStatus = step('See where things stand', 'get_active_session')

const listThenSwitch = (face: Face) => `${spell(face, 'list_sessions')} → ${spell(face, 'switch_session')}`
const switchToExisting: Step = {
  label: 'Switch to existing',
  spelled: listThenSwitch,
  plain: listThenSwitch,
}
const setUp: Step = {
  label: 'Set the workspace up, in a terminal',
  spelled: () => spellProgram('init'),
  plain: () => spellProgram('init'),
}

/** The next steps for each code; every one names a command or a call that exists. */
const stepsFor: StepsFor = {
  INVALID_INPUT: ({ suggestion, argument }, operation) => {
    if (operation === undefined) return [showSessions]
    const given = suggestion !== undefined && argument !== undefined ? { [argument]: suggestion } : {}
    return [step('Mend it and call again', operation, given)]
  },
  CANCELLED: (_, operation) => [
    operation === undefined || operation === 'commit_session'
      ? step('See what would be committed', 'commit_session')
      : seeStatus,
  ],
  PATH_ESCAPE: () => [lookAround],
  PATH_PROTECTED: () => [lookAround],
  WRONG_KIND: () => [lookAround],
  ALREADY_EXISTS: ({ session, path }) =>
    session === undefined
      ? [
          path === undefined
            ? lookAround
            : step('Read what is there', 'read_session_file', { file_path: path }),
        ]
      : [
          step('Switch to it', 'switch_session', { name: session }),
          step('Or choose another name', 'create_session', { name: placeholder('name') }),
        ],
  UNSUPPORTED: () => [seeStatus],
  CONFLICT: ({ session, digest, etag, conflicts }, operation) => {
    const [first] = conflicts
    if (etag !== undefined) {
      const file_path = first?.path ?? placeholder('file')
      return [step('Read it again, then repeat the change', 'read_session_file', { file_path })]
    }
    if (operation === 'undo_commit') return [step('See the commits, newest first', 'list_commits')]
    const preview = step('See it and the ways out', 'commit_session', { name: session })
    if (digest === undefined || conflicts.length === 0) return [preview]
    const decided = { name: session, force: true, expect: digest }
    return [
      preview,
      step("Keep the session's version", 'commit_session', { ...decided, on_conflict: 'keep_session' }),
      step('Keep the global version', 'commit_session', { ...decided, on_conflict: 'keep_global' }),
      step("Mark both in the session's copies", 'commit_session', {
        name: session,
        force: true,
        on_conflict: 'markers',
      }),
    ]
  },
  WORKSPACE_UNAVAILABLE: () => [setUp],
  SESSION_CRASHED: ({ session }) => [
    step('Recover what can be saved', 'recover_session', { name: session }),
    step('Cancel corrupted session', 'cancel_session', { name: session }),
  ],
  LOCKED: ({ session }) => [
    session === undefined
      ? step('Wait a moment, then look', 'list_sessions')
      : step('Wait a moment, then look', 'get_active_session', { session }),
  ],
  NOT_FOUND: ({ path, candidates = [] }, operation) => {
    if (operation === 'undo_commit') return [step('Commits that can be undone', 'list_commits')]
    if (operation === 'restore_retry') return [step('Retries there are', 'list_retries')]
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/[*?[\]{}()!\\]/g, '?')
    return [
      step(
        candidates.length > 0 ? 'Name one of them in full; all files' : 'Look for it',
        'list_session_files',
        {
          glob: `**/${name}`,
          recursive: true,
        },
      ),
    ]
  },
  SESSION_NOT_FOUND: () => [showSessions],
  NO_ACTIVE_SESSION: (_, operation) =>
    operation === 'cancel_session'
      ? [showSessions]
      : [step('Create new session', 'create_session', { name: placeholder('name') }), switchToExisting],
  SERVER_FAILED: () => [tryRecovery],
  CANNOT_WRITE: () => [step('Make room or give leave to write, then look', 'get_active_session')],
  TOOL_FAILED: () => [seeStatus],
  CORRUPT: () => [tryRecovery],
  IO: () => [tryRecovery],
}

export function nextSteps(error: CowriteError, operation?: OperationName): Step[] {
  const steps = stepsFor[error.code] as (data: unknown, operation?: OperationName) => Step[]
  return steps(error.data, operation)
}
