/** What may be done in one session, beyond what the workspace's config says. */
import { CowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { type Guard, matcher } from './guard.js'
import type { Limits } from './record.js'

const noLimits: Limits = { allowedPaths: [], readOnlyPaths: [], allowedTools: [] }
const mostEntries = 100
const longestEntry = 1_000

/** Null where nothing is limited. Throws INVALID_INPUT for what could never match, or is no pattern. */
export function parseLimits(given: Partial<Limits>): Limits | null {
  const limits: Limits = {
    allowedPaths: patternsOf('allowed_paths', given.allowedPaths),
    readOnlyPaths: patternsOf('read_only_paths', given.readOnlyPaths),
    allowedTools: textsOf('allowed_tools', given.allowedTools),
  }
  return Object.values(limits).every((list) => list.length === 0) ? null : limits
}

function patternsOf(argument: string, given: readonly string[] | undefined): string[] {
  const patterns = textsOf(argument, given).map((pattern) => pattern.replace(/^(\.\/)+/, ''))
  const odd = patterns.find(
    (pattern) => pattern.startsWith('/') || /(^|\/)\.\.(\/|$)/.test(pattern) || pattern === '',
  )
  if (odd !== undefined)
    throw invalid(argument, `${argument} must be paths or globs within the workspace, not ${odd}`, odd)
  // A glob that is none says so.
  matcher(patterns)('a')
  return patterns
}

function textsOf(argument: string, given: readonly string[] = []): string[] {
  const isFit = (one: unknown) => typeof one === 'string' && one.trim() !== '' && one.length <= longestEntry
  if (given.length > mostEntries || !given.every(isFit))
    throw invalid(
      argument,
      `${argument} must be up to ${mostEntries} texts of up to ${longestEntry} characters`,
      given,
    )
  return given.map((one) => one.trim())
}

function invalid(argument: string, message: string, value: unknown): CowriteError {
  return new CowriteError('INVALID_INPUT', `${message}.`, { argument, value })
}

/** The workspace's guard, and the limits of one session: they hold for whoever writes in it. */
export function limitedGuard(guard: Guard, session: string, limits: Limits = noLimits): Guard {
  if (limits.allowedPaths.length + limits.readOnlyPaths.length === 0) return guard
  const isAllowed = limits.allowedPaths.length === 0 ? () => true : matcher(limits.allowedPaths)
  const isReadOnly = matcher(limits.readOnlyPaths)

  function refuse(path: WorkspacePath, why: string): never {
    throw new CowriteError('PATH_PROTECTED', `${path} ${why}.`, { path, reason: why })
  }
  function checkLimits(path: WorkspacePath): void {
    if (!isAllowed(path))
      refuse(path, `is outside of what session '${session}' may write: ${limits.allowedPaths.join(', ')}`)
    if (isReadOnly(path)) refuse(path, `is read-only in session '${session}'`)
  }
  return {
    // The config may change while the session is open.
    isProtected: (path) => guard.isProtected(path),
    checkRead: (path) => guard.checkRead(path),
    checkWrite(path) {
      guard.checkWrite(path)
      checkLimits(path)
    },
    checkLimits,
  }
}

/** The tools of clients that do what one of ours does: to allow one of the two is to allow both. */
const counterparts: Record<string, string> = {
  read_session_file: 'read',
  write_session_file: 'write',
  edit_session_file: 'edit',
  list_session_files: 'glob',
  search_session_text: 'grep',
  run: 'bash',
}

/** Throws UNSUPPORTED for a tool that the session does not allow. */
export function checkTool(session: string, { allowedTools }: Limits = noLimits, tool: string): void {
  if (allowedTools.length === 0) return
  const allowed = new Set(allowedTools.map(plainName))
  const name = plainName(tool)
  const others = Object.entries(counterparts).flatMap(([ours, theirs]) =>
    ours === name ? [theirs] : theirs === name ? [ours] : [],
  )
  if ([name, ...others].some((one) => allowed.has(one))) return
  const message = `${tool} is not among the tools that session '${session}' allows: ${allowedTools.join(', ')}.`
  throw new CowriteError('UNSUPPORTED', message, { what: 'tool' })
}

function plainName(tool: string): string {
  return tool.toLowerCase().replace(/^mcp__cowrite__/, '')
}
