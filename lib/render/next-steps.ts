import type { CowriteError, ErrorCode, ErrorData } from '../errors.js'
import { forTerminal } from '../text/escape.js'
import type { OperationName } from './commands.js'
import type { Face } from './face.js'
import { type Argument, type Arguments, spell, spellMaking, spellPlain, spellProgram } from './spell.js'

/** What to do about an error: a word on why, and the command or call. */
export interface Step {
  label: string
  /** As it stands in an answer. */
  spelled(face: Face): string
  /** As it is typed, with nothing escaped. */
  plain(face: Face): string
}

/** What is known about the call that failed. */
export interface About {
  /** The names of the operation's inputs. */
  inputs?: readonly string[]
  /** What was given, but for defaults. */
  given?: Record<string, unknown>
  /** A session whose name is near the one that was asked for. */
  near?: string
  /** The undo that, undone, brings back what was asked to be undone. */
  bringBack?: string
  /** A destination inside the folder that is in the way. */
  inside?: string
}

type StepsFor = {
  [Code in ErrorCode]: (data: ErrorData[Code], operation: OperationName | undefined, about: About) => Step[]
}

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
function programStep(label: string, spelled: (face: Face) => string): Step {
  return { label, spelled: (face) => forTerminal(spelled(face)), plain: spelled }
}
const setUp = programStep('Set the workspace up, in a terminal', () => spellProgram('init'))
/** Outside of the operations, a shell's one question is whether to set a workspace up. */
const setUpOrCommit = programStep('When you have decided', (face) =>
  face === 'shell' ? spellProgram('init') : spellPlain(face, 'commit_session'),
)

/** What to use where a program cannot work in the session by itself. */
const withoutViews: Step[] = [
  programStep('Show the session as a folder, and work there', () => `${spellProgram('view')} <NAME>`),
  step('Change files one by one', 'write_session_file', { file_path: placeholder('file') }),
  programStep('Or give an agent the tools for it', () => spellProgram('mcp', { tools: 'session,files' })),
]

/** What to do about a workspace that cannot be opened, by the reason. */
const unavailable: Record<string, (root: string) => Step> = {
  ENOENT: (root) => makeFolder(root),
  'state folder taken': (root) =>
    programStep('Let it keep its records in a folder of another name', () =>
      spellProgram('init', { workspace: root, 'state-folder': '.cowrite' }),
    ),
  'state folder': (root) =>
    programStep('Work on the folder that it belongs to', () => spellProgram('init', { workspace: root })),
  'marker gone': () => step('See what is there', 'check_workspace'),
  'newer format': () => programStep('Get the newer version', () => 'npm install --global cowrite@latest'),
}

/** The next steps for each code; every one names a command or a call that exists. */
const stepsFor: StepsFor = {
  INVALID_INPUT: ({ suggestion, argument, known }, operation, about) => {
    if (operation === undefined) return [aboutServer(argument, known) ?? showSessions]
    const given = asGiven(about)
    const { file_path, session } = given
    if (operation === 'edit_session_file' && argument === 'old_string' && file_path !== undefined) {
      return [step('Read it first', 'read_session_file', { file_path, session })]
    }
    if (operation === 'commit_session' && argument === 'expect') {
      const { force: _force, expect: _expect, ...asked } = given
      return [step('See it first, with the digest', 'commit_session', asked)]
    }
    if (argument === undefined) return [step('Mend it and call again', operation, given)]
    const isKnown = suggestion !== undefined || about.inputs?.includes(argument)
    const mended = isKnown ? { [argument]: suggestion ?? placeholder(argument) } : {}
    return [step('Mend it and call again', operation, { ...given, ...mended })]
  },
  CANCELLED: ({ why }, operation, about) => {
    if (operation === undefined) return [setUpOrCommit]
    if (operation === 'delete_session') {
      return [step('Delete it without a question', 'delete_session', { ...asGiven(about), force: true })]
    }
    if (why === 'unasked') return [step('A person can, at a terminal', 'commit_session')]
    return [
      operation === 'commit_session' ? step('See what would be committed', 'commit_session') : seeStatus,
    ]
  },
  PATH_ESCAPE: () => [lookAround],
  PATH_PROTECTED: () => [lookAround],
  WRONG_KIND: ({ path, found }) => [
    /^(a )?folder$/.test(found) && path !== ''
      ? step('See what is in it', 'list_session_files', { folder: path })
      : lookAround,
  ],
  ALREADY_EXISTS: ({ session, path }, operation, { given, inside }) =>
    operation === 'create_checkpoint'
      ? [step('Choose another label', 'create_checkpoint', { label: placeholder('label') })]
      : inside !== undefined
        ? [
            step('Move it into that folder', 'move_session_file', {
              source: String(given?.source),
              destination: inside,
            }),
          ]
        : session === undefined
          ? [
              path === undefined
                ? lookAround
                : step('Read what is there', 'read_session_file', { file_path: path }),
            ]
          : [
              step('Switch to it', 'switch_session', { name: session }),
              step('Or choose another name', 'create_session', { name: placeholder('name') }),
            ],
  UNSUPPORTED: ({ what }) => (what === 'run' ? withoutViews : [seeStatus]),
  CONFLICT: ({ session, digest, etag, conflicts, ways, commit }, operation, about) => {
    const [first] = conflicts
    if (etag !== undefined) {
      const file_path = first?.path ?? placeholder('file')
      return [step('Read it again, then repeat the change', 'read_session_file', { file_path })]
    }
    if (operation === 'undo_commit') {
      return [
        ...undoTheRest(ways, about, commit),
        ...bringBack(about),
        step('See the commits, newest first', 'list_commits'),
      ]
    }
    if (operation === 'merge_sessions') return decideMerge(digest, ways ?? [], about)
    const preview = step('See it and the ways out', 'commit_session', { name: session })
    if (digest === undefined || conflicts.length === 0) return [preview]
    const decided = { name: session, force: true, expect: digest }
    const decisions: Record<string, Step> = {
      keep_session: step("Keep the session's version", 'commit_session', {
        ...decided,
        on_conflict: 'keep_session',
      }),
      keep_global: step('Keep the global version', 'commit_session', {
        ...decided,
        on_conflict: 'keep_global',
      }),
      markers: step("Mark both in the session's copies", 'commit_session', {
        name: session,
        force: true,
        on_conflict: 'markers',
      }),
    }
    const open = Object.entries(decisions).filter(([way]) => ways?.includes(way) ?? true)
    return [preview, ...open.map(([, decision]) => decision)]
  },
  WORKSPACE_UNAVAILABLE: ({ root, reason }) => [unavailable[reason ?? '']?.(root) ?? setUp],
  SESSION_CRASHED: ({ session }) => [
    step('Recover what can be saved', 'recover_session', { name: session }),
    step('Cancel corrupted session', 'cancel_session', { name: session }),
  ],
  LOCKED: ({ session, holder }) => [
    ...(holder === 'view' && session !== undefined
      ? [
          programStep('Close the view, what was done there is kept', () =>
            spellProgram('view', { close: session }),
          ),
        ]
      : []),
    session === undefined
      ? step('Wait a moment, then look', 'list_sessions')
      : step('Wait a moment, then look', 'get_active_session', { session }),
  ],
  NOT_FOUND: ({ path, candidates = [], view }, operation, about) => {
    if (view !== undefined) return [programStep('Views that stand', () => spellProgram('view'))]
    if (operation === 'undo_commit') {
      return [...bringBack(about), step('Commits that can be undone', 'list_commits')]
    }
    if (operation === 'restore_checkpoint')
      return [step('Checkpoints there are', 'list_checkpoints', { session: asGiven(about).session })]
    if (operation === 'restore_retry') return [step('Retries there are', 'list_retries')]
    if (operation === 'list_retries') {
      return [step('Retries there are', 'list_retries', path === '' ? {} : { file_path: path })]
    }
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
  SESSION_NOT_FOUND: ({ session }, operation, about) => [
    ...didYouMean(session, operation, about),
    showSessions,
  ],
  NO_ACTIVE_SESSION: (_, operation) =>
    operation === 'cancel_session'
      ? [showSessions]
      : [step('Create new session', 'create_session', { name: placeholder('name') }), switchToExisting],
  SERVER_FAILED: () => [tryRecovery],
  CANNOT_WRITE: () => [step('Make room or give leave to write, then look', 'get_active_session')],
  TOOL_FAILED: () => [seeStatus],
  CORRUPT: (_, operation) => [
    operation === 'undo_commit' ? step('Commits that can be undone', 'list_commits') : tryRecovery,
  ],
  IO: () => [tryRecovery],
}

export function nextSteps(error: CowriteError, operation?: OperationName, about: About = {}): Step[] {
  const steps = stepsFor[error.code] as (data: unknown, operation: unknown, about: About) => Step[]
  return steps(error.data, operation, about)
}

/** What was given, as far as a step can repeat it: not a whole chapter. */
function asGiven({ given = {} }: About): Arguments {
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, Argument & (string | number)] =>
      isShort(entry[1]),
    ),
  )
}

function isShort(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.length < 10 && value.every(isText)
  return isText(value) || typeof value === 'number' || typeof value === 'boolean'
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 200 && !value.includes('\n')
}

function decideMerge(digest: string | undefined, ways: readonly string[], about: About): Step[] {
  const { force: _force, expect: _expect, on_conflict: _way, ...asked } = asGiven(about)
  const decided = (way: string) => ({
    ...asked,
    force: true,
    on_conflict: way,
    ...(digest ? { expect: digest } : {}),
  })
  const labels: Record<string, string> = {
    keep_source: 'Keep the version of the session that is merged',
    keep_target: 'Keep the version of the session that it is merged into',
    markers: 'Mark both in the copies of that one',
  }
  return [
    step('See it and the ways out', 'merge_sessions', asked),
    ...ways.map((way) => step(labels[way] ?? way, 'merge_sessions', decided(way))),
  ]
}

function undoTheRest(ways: readonly string[] | undefined, about: About, commit: string | undefined): Step[] {
  if (!ways?.includes('skip_changed')) return []
  const rest = { ...asGiven(about), commit_id: commit, skip_changed: true }
  return [step('Undo the rest, and leave these as they are', 'undo_commit', rest)]
}

function bringBack({ bringBack: commit_id }: About): Step[] {
  return commit_id === undefined ? [] : [step('Bring back what was undone', 'undo_commit', { commit_id })]
}

function didYouMean(asked: string, operation: OperationName | undefined, about: About): Step[] {
  if (about.near === undefined) return []
  const { force: _notOnAGuess, ...given } = asGiven(about)
  const input = Object.keys(given).find((key) => ['name', 'session'].includes(key) && given[key] === asked)
  return operation === undefined || input === undefined
    ? [step('Did you mean', 'switch_session', { name: about.near })]
    : [step('Did you mean', operation, { ...given, [input]: about.near })]
}

/** For an option of the server that knows only some words. */
function aboutServer(argument: string | undefined, known: readonly string[] = []): Step | null {
  const values: Record<string, string> = { tools: known.join(','), results: known[0] ?? '' }
  const value = argument === undefined || !Object.hasOwn(values, argument) ? '' : values[argument]
  if (argument === undefined || !value) return null
  return programStep('Start it with what there is', () => spellProgram('mcp', { [argument]: value }))
}

function makeFolder(root: string): Step {
  return programStep('Check the path, or make the folder, in a terminal', () => spellMaking(root))
}
