import { CowriteError } from './errors.js'

/** A path inside the workspace: relative, `/`-separated, normalized; `''` is the workspace itself. */
export type WorkspacePath = string

const longestPath = 4000
const longestName = 255
const drive = /^[A-Za-z]:/
const utf8 = new TextEncoder()

/**
 * Checks a caller's path (P1) and normalizes it lexically.
 * Throws INVALID_INPUT or PATH_ESCAPE; touches no file.
 */
export function parsePath(input: unknown): WorkspacePath {
  if (typeof input !== 'string') throw invalid(undefined, 'A path must be text.')
  if (input.length > longestPath) throw invalid(input.slice(0, 80), 'The path is too long.')
  if (input === '') throw invalid(input, 'The path is empty.')
  return normalize(input)
}

/** As `parsePath`, for a folder: `.` and the empty path are the workspace itself. */
export function parseFolder(input: unknown): WorkspacePath {
  if (input === undefined || input === '' || input === '/') return ''
  return parsePath(input)
}

function normalize(input: string): WorkspacePath {
  if (input.includes('\0')) throw invalid(input, 'The path holds a NUL character.')
  if (input.includes('\\')) throw refuseBackslash(input)
  if (input.startsWith('/') || drive.test(input)) throw absolute(input)

  const segments: string[] = []
  for (const segment of input.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') {
      if (segments.length === 0) {
        throw new CowriteError('PATH_ESCAPE', `${input} leads out of the workspace.`, { path: input })
      }
      segments.pop()
      continue
    }
    if (segment.length * 3 > longestName && utf8.encode(segment).length > longestName) {
      throw invalid(input.slice(0, 80), 'A name in the path is too long.')
    }
    segments.push(segment)
  }
  const path = segments.join('/')
  // Also where the drive came to stand first: what is answered must be a path that can be given again.
  if (drive.test(path)) throw absolute(input)
  return path
}

function absolute(input: string): CowriteError<'PATH_ESCAPE'> {
  const message = `${input} is absolute: name files relative to the workspace.`
  return new CowriteError('PATH_ESCAPE', message, { path: input })
}

function refuseBackslash(input: string): CowriteError {
  if (input.startsWith('\\\\') || drive.test(input)) return absolute(input)
  if (input.split(/[\\/]/).includes('..')) {
    return new CowriteError('PATH_ESCAPE', `${input} leads out of the workspace.`, { path: input })
  }
  return invalid(input, 'A path is written with / between its parts, not with \\.')
}

function invalid(value: unknown, message: string): CowriteError<'INVALID_INPUT'> {
  return new CowriteError('INVALID_INPUT', message, { argument: 'file_path', value })
}

export function parentOf(path: WorkspacePath): WorkspacePath {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? '' : path.slice(0, slash)
}

export function nameOf(path: WorkspacePath): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function joinPath(folder: WorkspacePath, name: string): WorkspacePath {
  return folder === '' ? name : `${folder}/${name}`
}

/** Whether `path` is `folder` or lies in it. */
export function isWithin(path: WorkspacePath, folder: WorkspacePath): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}

/** The folders on the way to `path`, outermost first, without the workspace itself and `path`. */
export function ancestorsOf(path: WorkspacePath): WorkspacePath[] {
  const ancestors: WorkspacePath[] = []
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    ancestors.push(path.slice(0, slash))
  }
  return ancestors
}

const deviceName = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)$/i
// Control characters, those that turn the direction of text, and what Windows refuses.
const illegalCharacter = /[\p{Cc}\p{Bidi_Control}\u2028\u2029<>:"|?*]/u
const shortAlias = /^(git|cowrit|worksp)~[0-9]+$/i

export function isShortAlias(name: string): boolean {
  return shortAlias.test(name)
}

/** Disks of Apple's leave out what has no width: there it is another's name. */
function isDisguised(name: string): boolean {
  const seen = name.replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  return seen !== name && /^\.(git|cowrite)[. ]*$/i.test(seen)
}

/** Why a name would break on another system (P5), or null. */
export function portabilityProblem(name: string): string | null {
  const stem = (name.split('.')[0] ?? name).trimEnd()
  if (deviceName.test(stem)) return 'it is the name of a device on Windows'
  if (/[. ]$/.test(name)) return 'it ends in a dot or a space, which Windows drops'
  if (illegalCharacter.test(name)) return 'it holds a character that other systems do not allow in names'
  if (isDisguised(name)) return 'it is a protected name to a system that does not see some of its characters'
  if (isShortAlias(name)) return 'it is a short alias of a protected name on Windows'
  if (/\p{Surrogate}/u.test(name)) return 'it is no valid Unicode'
  return null
}

const sessionName = /^[A-Za-z0-9_-]{1,64}$/

export function isSessionName(name: string): boolean {
  return sessionName.test(name) && !deviceName.test(name)
}

/** Checks a session's name (S1). Throws INVALID_INPUT, with a name that would do. */
export function parseSessionName(input: unknown): string {
  if (typeof input === 'string' && isSessionName(input)) return input
  const suggestion = typeof input === 'string' ? slugOf(input.slice(0, 1_000)) : undefined
  const shown = typeof input === 'string' ? `'${input.slice(0, 80)}'` : 'This'
  throw new CowriteError(
    'INVALID_INPUT',
    `${shown} cannot be a session's name: use letters, digits, - and _ (1 to 64).`,
    {
      argument: 'name',
      value: typeof input === 'string' ? input.slice(0, 80) : undefined,
      ...(suggestion ? { suggestion } : {}),
    },
  )
}

/** A name that would do in the place of one that cannot be any, if there is one. */
export function slugOf(text: string): string | undefined {
  const slug = text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^A-Za-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
    .replace(/-+$/, '')
  if (slug === '') return undefined
  return deviceName.test(slug) ? `${slug}-session` : slug
}
