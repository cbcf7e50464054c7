import {
  type Conflict,
  type CowriteError,
  type ErrorCode,
  type ErrorData,
  folderGone,
  stillMarked,
} from '../errors.js'
import { commands, type OperationName } from './commands.js'
import { writeElsewhere } from './export-steps.js'
import { another, anotherName, didYouMean, seeWhatIsKept } from './name-steps.js'
import { spellMaking, spellPlain, spellProgram } from './spell.js'
import {
  type About,
  asGiven,
  inSession,
  lookAround,
  placeholder,
  programStep,
  type Step,
  seeStatus,
  sessionOf,
  setUp,
  showAllSessions,
  showSessions,
  step,
  switchToExisting,
  takesEnded,
  tryRecovery,
} from './steps.js'
import { named } from './wording.js'

export type { About, Step } from './steps.js'

type StepsFor = {
  [Code in ErrorCode]: (data: ErrorData[Code], operation: OperationName | undefined, about: About) => Step[]
}

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

const copyInstead = programStep(
  'Have a copy instead, which every machine can make',
  () => `${spellProgram('view', { provider: 'copy' })} <NAME>`,
)

/** What to do about a workspace that cannot be opened, by the reason. */
const unavailable: Record<string, (root: string) => Step> = {
  ENOENT: (root) => makeFolder(root),
  'state folder taken': (root) =>
    programStep('Let it keep its records in a folder of another name', () =>
      spellProgram('init', { workspace: root, 'state-folder': '.cowrite' }),
    ),
  'state folder': (root) =>
    programStep('Work on the folder that it belongs to', () => spellProgram('init', { workspace: root })),
  [folderGone]: () =>
    programStep(
      'Go to a folder that is there, or name the workspace by its whole path',
      () => `${spellPlain('shell', 'get_active_session')} --workspace <FOLDER>`,
    ),
  'marker gone': () => step('See what is there', 'check_workspace'),
  'newer format': () => programStep('Get the newer version', () => 'npm install --global cowrite@latest'),
}

/** The next steps for each code; every one names a command or a call that exists. */
const stepsFor: StepsFor = {
  INVALID_INPUT: ({ suggestion, argument, known, value }, operation, about) => {
    if (argument !== undefined && isConfig(argument)) return [lookAtConfig]
    if (operation === undefined && argument === 'place')
      return [
        programStep(
          'Without --place it stands where your own programs keep what is theirs',
          () => `${spellProgram('view')} <NAME>`,
        ),
      ]
    if (operation === undefined) return [aboutServer(argument, known) ?? showSessions]
    const given = asGiven(about)
    const { file_path, session } = given
    if (argument === 'name' && suggestion !== undefined)
      return anotherName(value, suggestion, operation, about)
    if (operation === 'edit_session_file' && argument === 'old_string' && file_path !== undefined) {
      return [step('Read it first', 'read_session_file', { file_path, session })]
    }
    if (operation === 'commit_session' && argument === 'expect') {
      const { force: _force, expect: _expect, ...asked } = given
      return [step('See it first, with the digest', 'commit_session', asked)]
    }
    if (argument === 'name' && operation !== 'create_session') return [showSessions]
    if (operation === 'restore_checkpoint' && argument === 'label')
      return [step('Checkpoints there are', 'list_checkpoints', inSession(about))]
    if (argument === undefined) return [step('Mend it and call again', operation, given)]
    if (suggestion === undefined && !mustStand(operation, argument)) {
      const { [argument]: _left, ...rest } = given
      return [step('Mend it and call again', operation, rest)]
    }
    const mended = { [argument]: suggestion ?? placeholder(argument) }
    return [step('Mend it and call again', operation, { ...given, ...mended })]
  },
  CANCELLED: ({ why }, operation, about) => {
    if (operation === undefined) return [setUpOrCommit]
    if (operation === 'delete_session') {
      return [step('Delete it without a question', 'delete_session', { ...asGiven(about), force: true })]
    }
    const { force: _force, expect: _expect, ...asked } = asGiven(about)
    if (operation === 'prune_sessions')
      return [step('See what would go', operation, { ...asked, dry_run: true })]
    if (why === 'unasked')
      return [
        step('A person can, at a terminal', 'commit_session', operation === 'commit_session' ? asked : {}),
      ]
    if (operation === 'commit_session') return [step('See what would be committed', operation, asked)]
    if (operation === 'merge_sessions') return [step('See what would be merged', operation, asked)]
    return [seeStatus(operation, about)]
  },
  PATH_ESCAPE: (_, _operation, about) => [lookAround(about)],
  PATH_PROTECTED: ({ session, others = [], digest }, operation, about) => {
    if (operation !== 'commit_session' || session === undefined) return [lookAround(about)]
    const { force: _force, expect: _expect, on_conflict: _way, ...rest } = asGiven(about)
    const asked = { ...rest, name: session }
    const forced = { ...asked, force: true }
    return [
      step('See it and the ways out', operation, asked),
      ...(others.length === 0
        ? []
        : [
            step('Commit the others, this stays in the session', operation, {
              ...forced,
              files: named(others),
            }),
          ]),
      ...(digest === undefined
        ? []
        : [
            step('Give it up, kept as a retry, and commit the rest', operation, {
              ...forced,
              on_conflict: 'keep_global',
              expect: digest,
            }),
          ]),
    ]
  },
  WRONG_KIND: ({ path, found, candidates: [first] = [] }, operation, about) => [
    ...(first !== undefined && operation === 'record_human_retry'
      ? [step('Reject one of them', operation, { ...asGiven(about), file_path: first })]
      : []),
    /^(a )?folder$/.test(found) && path !== ''
      ? step('See what is in it', 'list_session_files', { folder: path, ...inSession(about) })
      : lookAround(about),
  ],
  ALREADY_EXISTS: ({ session, path }, operation, about) => {
    const given = asGiven(about)
    if (operation === 'create_checkpoint') {
      const label = typeof given.label === 'string' ? another(given.label) : placeholder('label')
      return [step('Choose another label', operation, { ...given, label })]
    }
    if (about.inside !== undefined) {
      const moved = { source: String(given.source), destination: about.inside, ...inSession(about) }
      return [step('Move it into that folder', 'move_session_file', moved)]
    }
    if (session !== undefined) {
      return [
        step('Switch to it', 'switch_session', { name: session }),
        step('Or choose another name', 'create_session', {
          ...(operation === 'create_session' ? given : {}),
          name: another(session),
        }),
      ]
    }
    if (path === undefined) return [lookAround(about)]
    return [step('Read what is there', 'read_session_file', { file_path: path, ...inSession(about) })]
  },
  UNSUPPORTED: ({ what }, operation, about) =>
    what === 'run' ? withoutViews : what === 'view' ? [copyInstead] : [seeStatus(operation, about)],
  CONFLICT: ({ session, digest, etag, conflicts, ways, commit }, operation, about) => {
    const [first] = conflicts
    if (etag !== undefined) {
      const file_path = first?.path ?? placeholder('file')
      const read = { file_path, ...inSession(about) }
      return [step('Read it again, then repeat the change', 'read_session_file', read)]
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
    return [preview, ...takeMarkersOut(conflicts, session), ...open.map(([, decision]) => decision)]
  },
  WORKSPACE_UNAVAILABLE: ({ root, reason }) => [unavailable[reason ?? '']?.(root) ?? setUp],
  SESSION_CRASHED: ({ session }) => [
    step('Recover what can be saved', 'recover_session', { name: session }),
    step('Cancel corrupted session', 'cancel_session', { name: session }),
  ],
  LOCKED: ({ session, holder, again }) => [
    ...(again === undefined ? [] : [programStep('Wait for it', () => again)]),
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
    if (operation === 'restore_retry') return [step('Retries there are', 'list_retries', inSession(about))]
    if (operation === 'list_retries') {
      return [step('Retries there are', 'list_retries', path === '' ? {} : { file_path: path })]
    }
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/[*?[\]{}()!\\]/g, '?')
    // Named, it is found whichever session is active, and where none is.
    const session = sessionOf(about)
    if (operation === 'diff_session' || operation === 'commit_session')
      return [step('See what it changed', 'get_active_session', { session })]
    return [
      step(
        candidates.length > 0 ? 'Name one of them in full; all files' : 'Look for it',
        'list_session_files',
        {
          glob: `**/${name}`,
          recursive: true,
          session,
        },
      ),
    ]
  },
  SESSION_NOT_FOUND: ({ session, ended }, operation, about) => [
    ...(ended === undefined ? didYouMean(session, operation, about) : [seeWhatIsKept(session)]),
    takesEnded(about) ? showAllSessions : showSessions,
  ],
  NO_ACTIVE_SESSION: (_, operation, about) =>
    operation === 'cancel_session' || takesEnded(about)
      ? [takesEnded(about) ? showAllSessions : showSessions]
      : [step('Create new session', 'create_session', { name: placeholder('name') }), switchToExisting],
  SERVER_FAILED: () => [tryRecovery],
  CANNOT_WRITE: ({ path, reason }, operation, about) =>
    operation === 'export_session' && path !== undefined
      ? [writeElsewhere(path, reason, about)]
      : [
          seeStatus(operation, about, 'Make room or give leave to write, then look'),
          ...(isRunOnFullDisk(reason, operation) ? [deleteOwn] : []),
        ],
  TOOL_FAILED: (_, operation, about) => [seeStatus(operation, about)],
  CORRUPT: ({ path }, operation) =>
    isConfig(path)
      ? [lookAtConfig]
      : [operation === 'undo_commit' ? step('Commits that can be undone', 'list_commits') : tryRecovery],
  IO: () => [tryRecovery],
}

const deleteOwn = step("Or delete a file of the session's own", 'delete_session_file', {
  file_path: placeholder('file'),
})

function isRunOnFullDisk(reason: string, operation: string | undefined): boolean {
  return operation === undefined && reason === 'the disk is full'
}

/** No recovery mends what only a person can have meant. */
const lookAtConfig = step('Mend that file, then look whether all is well', 'check_workspace')

function isConfig(path: string): boolean {
  return /^(workspace|\.cowrite)\/config\.json$/.test(path)
}

export function nextSteps(error: CowriteError, operation?: OperationName, about: About = {}): Step[] {
  const steps = stepsFor[error.code] as (data: unknown, operation: unknown, about: About) => Step[]
  return steps(error.data, operation, about)
}

/** What may be left out is left out rather than left blank, so that the step can be taken as it stands. */
function mustStand(operation: OperationName, input: string): boolean {
  return (
    commands[operation].usage.includes(`<${input}>`) || (operation === 'create_session' && input === 'name')
  )
}

/** Of texts that still hold markers: no way of deciding keeps what the session wrote, but for writing what it is to be. */
function takeMarkersOut(conflicts: readonly Conflict[], session: string | undefined): Step[] {
  const first = conflicts.find(({ reason }) => reason === stillMarked)
  if (first === undefined) return []
  const label = 'Decide what stands between the markers, take them out, and commit again'
  return [step(label, 'read_session_file', { file_path: first.path, session })]
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
