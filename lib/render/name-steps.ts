/** What to do about a name: of a session that is not there, has ended, or cannot be called so. */
import { codeSpan, forMarkdown, forTerminal } from '../text/escape.js'
import type { OperationName } from './commands.js'
import { type Argument, spellPlain } from './spell.js'
import { type About, asGiven, type Step, showAllSessions, showSessions, step, takesEnded } from './steps.js'

/** A name that would do in the place of one that cannot be any: of a session that there is, but to begin one. */
export function anotherName(
  value: unknown,
  suggestion: string,
  operation: OperationName,
  about: About,
): Step[] {
  const { inputs = ['name'] } = about
  const { force: _notOnAGuess, ...given } = asGiven(about)
  const refused = Object.keys(given).find((input) => isNameIn(given[input], value))
  const input =
    refused ??
    ['session', 'name', 'session_id'].find((each) => inputs.includes(each) && given[each] === undefined)
  if (input === undefined) return [showSessions]
  const isNew = operation === 'create_session' && input === 'name'
  if (isNew) return [step('Mend it and call again', operation, { ...given, [input]: suggestion })]
  const { near } = about
  const others = takesEnded(about) ? showAllSessions : showSessions
  if (near === undefined || (near !== suggestion && isNoGuess(suggestion, near, operation))) return [others]
  return [step('Did you mean', operation, { ...given, [input]: near }), others]
}

/** What is told of a name that was refused is its beginning. */
function isNameIn(given: Argument, refused: unknown): boolean {
  return (
    typeof given === 'string' && typeof refused === 'string' && refused !== '' && given.startsWith(refused)
  )
}

/** `draft-2` where there is a `draft`, `draft-3` where there is a `draft-2`. */
export function another(name: string): string {
  const [, stem = name, number] = /^(.*?)(?:-(\d{1,6}))?$/s.exec(name) ?? []
  const ending = `-${number === undefined ? 2 : Number(number) + 1}`
  return stem.slice(0, longestName - ending.length) + ending
}

const longestName = 64

/** Of a session that has ended. A chat need not have the tool for it, but whoever reads it has a terminal. */
export function seeWhatIsKept(session_id: string): Step {
  const plain = spellPlain('shell', 'get_session', { session_id })
  const inChat = forMarkdown(plain) === plain ? plain : codeSpan(plain)
  return {
    label: 'See what is kept of it',
    spelled: (face) => (face === 'shell' ? forTerminal(plain) : `${inChat}, in a terminal`),
    plain: () => plain,
  }
}

/**
 * Whether a name is not to be proposed for another. What is deleted is gone for good, and the name asked for may be of
 * one that was there a moment ago; and `n1` and `n3` are two of a kind rather than one mistyped.
 */
function isNoGuess(asked: string, near: string, operation: OperationName | undefined): boolean {
  if (operation === 'delete_session') return true
  const endsIt =
    operation === 'cancel_session' || operation === 'commit_session' || operation === 'merge_sessions'
  const bare = (name: string) => name.toLowerCase().replace(/\d+/g, '#')
  return endsIt && asked !== near && asked.toLowerCase() !== near.toLowerCase() && bare(asked) === bare(near)
}

export function didYouMean(asked: string, operation: OperationName | undefined, about: About): Step[] {
  if (about.near === undefined || isNoGuess(asked, about.near, operation)) return []
  const { force: _notOnAGuess, ...given } = asGiven(about)
  const input = Object.keys(given).find(
    (key) =>
      ['name', 'session', 'session_id', 'from', 'source', 'into', 'other'].includes(key) &&
      given[key] === asked,
  )
  return operation === undefined || input === undefined
    ? [step('Did you mean', 'switch_session', { name: about.near })]
    : [step('Did you mean', operation, { ...given, [input]: about.near })]
}
