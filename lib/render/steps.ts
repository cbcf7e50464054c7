/** What a next step is, and those that several errors share. */
import { forTerminal } from '../text/escape.js'
import type { OperationName } from './commands.js'
import type { Face } from './face.js'
import { type Argument, type Arguments, spell, spellPlain, spellProgram } from './spell.js'

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

export function step(label: string, operation: OperationName, given: Arguments = {}): Step {
  return {
    label,
    spelled: (face) => spell(face, operation, given),
    plain: (face) => spellPlain(face, operation, given),
  }
}

export const placeholder = (name: string) => ({ placeholder: name })
export const showSessions = step('Available sessions', 'list_sessions')
export const showAllSessions = step('Sessions there are, ended ones too', 'list_sessions', { all: true })

/** What looks at records takes sessions that have ended. */
export function takesEnded({ inputs }: About): boolean {
  return inputs?.includes('session_id') === true
}

export const lookAround = (about: About) => step('See what is there', 'list_session_files', inSession(about))
export const tryRecovery = step('Check and repair', 'recover_session')

/** A session's own state where the call was about one, else all of them. */
export function seeStatus(
  operation: OperationName | undefined,
  about: About,
  label = 'See where things stand',
): Step {
  const session = sessionOf(about)
  return operation === undefined ||
    operation === 'create_session' ||
    (session === undefined && !about.inputs?.includes('session'))
    ? step(label, 'list_sessions')
    : step(label, 'get_active_session', { session })
}

/** The session that a call was to work in, or that it was about, where that was said. */
export function sessionOf(about: About): string | undefined {
  const { session, name } = asGiven(about)
  const said = session ?? name
  return typeof said === 'string' ? said : undefined
}

export function inSession(about: About): Arguments {
  return { session: asGiven(about).session }
}

export const switchToExisting: Step = (() => {
  const spelled = (face: Face) => `${spell(face, 'list_sessions')} → ${spell(face, 'switch_session')}`
  return { label: 'Switch to existing', spelled, plain: spelled }
})()

export function programStep(label: string, spelled: (face: Face) => string): Step {
  return { label, spelled: (face) => forTerminal(spelled(face)), plain: spelled }
}
export const setUp = programStep('Set the workspace up, in a terminal', () => spellProgram('init'))

/** What was given, as far as a step can repeat it: not a whole chapter. */
export function asGiven({ given = {} }: About): Arguments {
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
