/** Globs of people and agents against paths of anybody. */
import picomatch from 'picomatch'
import { CowriteError } from '../errors.js'
import { inTime, outOfTime } from './in-time.js'

/** For all names that are held against a glob at once, in milliseconds. */
const longestMatching = 2_000
const longestGlob = 2_000

export interface GlobOptions {
  ignoreCase?: boolean
  /** Whether a glob without a slash is held against the last name alone. */
  lastName?: boolean
}

export type GlobTest = (path: string) => boolean

/**
 * Tells whether a path matches one of the globs. Most globs cannot take long whatever the name, and cost what they
 * cost; the others are given a time. Throws INVALID_INPUT for a glob that is too long, or takes too long.
 */
export function globTest(globs: readonly string[], argument: string, options: GlobOptions = {}): GlobTest {
  const tests = globs.map((glob): GlobTest => {
    const matches = compile(glob, argument, options)
    return isQuick(glob) ? matches : (path) => watched(argument, () => matches(path))
  })
  return (path) => tests.some((matches) => matches(path))
}

/** Those of `items` whose path matches, in one go. Throws as `globTest`. */
export function filterByGlob<Item>(
  items: readonly Item[],
  glob: string,
  argument: string,
  pathOf: (item: Item) => string,
): Item[] {
  const matches = compile(glob, argument, { lastName: true })
  return watched(argument, () => items.filter((item) => matches(pathOf(item))))
}

function compile(glob: string, argument: string, { ignoreCase = false, lastName = false }: GlobOptions) {
  if (glob.length > longestGlob)
    throw refusal(argument, `A glob has at most ${longestGlob} characters; this one has ${glob.length}.`)
  const options = { dot: true, nocase: ignoreCase, basename: lastName && !glob.includes('/') }
  const make = (): GlobTest => {
    const matches = picomatch(glob, options)
    return (path) => matches(path)
  }
  return isQuick(glob) ? make() : watched(argument, make)
}

/** A star or two in a name, and one `**`, no groups that repeat: then there are few ways to match any path. */
function isQuick(glob: string): boolean {
  if (glob.length > 200 || /[()+]/.test(glob)) return false
  if (glob.includes('{')) return glob.split('*').length <= 4
  return glob.split('**').length <= 2 && glob.split('/').every((part) => part.split('*').length <= 3)
}

function watched<Result>(argument: string, work: () => Result): Result {
  const result = inTime(longestMatching, work)
  if (result === outOfTime) throw refusal(argument, 'The glob takes too long to match: make it simpler.')
  return result
}

function refusal(argument: string, message: string): CowriteError {
  return new CowriteError('INVALID_INPUT', message, { argument })
}
