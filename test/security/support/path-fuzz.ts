/** Path parsing against what node:path and the disk make of the same words. */
import { lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix, win32 } from 'node:path'
import * as fc from 'fast-check'
import { isCowriteError } from '../../../lib/errors.js'
import { parsePath } from '../../../lib/paths.js'
import { openDiskPort } from '../../../lib/port/disk.js'
import { anyText } from '../../support/any-text.js'

const pieces = fc.constantFrom(
  ...[
    '..',
    '.',
    '',
    'a',
    'b',
    'deep',
    'notes.txt',
    '...',
    '.. ',
    ' ..',
    '..\u200b',
    '．．',
    '․․',
    '%2e%2e',
    '~',
    '-',
    '*',
  ],
  ...[
    '\\',
    '..\\',
    'C:',
    'c:x',
    '\\\\server',
    '\0',
    'CON',
    'nul.txt',
    '.git',
    'GIT~1',
    ':x',
    'x:',
    'é',
    'e\u0301',
    '\u202e',
  ],
  ...['\ud800', '🙂', 'x'.repeat(255), 'x'.repeat(256), 'é'.repeat(128), '__proto__', '\n', ' ', '／', '∕'],
)
const separators = fc.constantFrom('/', '/', '/', '/', '//', '\\', '')
const built = fc
  .array(fc.tuple(pieces, separators), { maxLength: 12 })
  .map((parts) => parts.map(([piece, separator]) => piece + separator).join(''))
const anyPath = fc.oneof(
  { weight: 8, arbitrary: built },
  { weight: 1, arbitrary: anyText({ maxLength: 40 }) },
  { weight: 1, arbitrary: built.map((path) => `/${path}`) },
)

export interface Counts {
  cases: number
  inside: number
  refused: number
  /** Cases that the disk was asked about, too. */
  onDisk: number
}

export interface Fuzzing {
  seed?: number
  /** What is looked at; the product's own parser, unless a control brings another. */
  parse?: (input: string) => string
}

/** Throws at the first path that is neither inside nor refused, or that is read otherwise than it is by the system. */
export function fuzzPaths(cases: number, { seed, parse = parsePath }: Fuzzing = {}): Counts {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'cowrite-paths-'))
  const root = join(folder, 'root')
  mkdirSync(join(root, 'a/b/deep'), { recursive: true })
  for (const name of ['a', 'b', 'notes.txt']) writeFileSync(join(folder, name), 'outside')
  for (const name of ['notes.txt', 'a/notes.txt', 'a/b/notes.txt', 'b', '...'])
    writeFileSync(join(root, name), name)
  const port = openDiskPort(root)
  const counts: Counts = { cases: 0, inside: 0, refused: 0, onDisk: 0 }
  try {
    fc.assert(
      fc.property(anyPath, (input) => {
        counts.cases += 1
        const path = parsed(input, parse)
        if (path === null) {
          counts.refused += 1
          return
        }
        counts.inside += 1
        requireInside(input, path, parse)
        if (counts.inside % 4 !== 0) return
        counts.onDisk += 1
        requireSameOnDisk(root, input, path, port.stat(path)?.ino)
      }),
      { numRuns: cases, includeErrorInReport: true, ...(seed === undefined ? {} : { seed }) },
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return counts
}

/** Null where it was refused, which must be for a reason that node:path sees, too. */
function parsed(input: string, parse: (input: string) => string): string | null {
  try {
    return parse(input)
  } catch (error) {
    if (isCowriteError(error, 'PATH_ESCAPE')) {
      // With \ in it, it is no path here, wherever another system would be led by it.
      if (leaves(input) || input.includes('\\')) return null
      throw new Error(`${JSON.stringify(input)} was refused though it stays inside`)
    }
    if (!isCowriteError(error, 'INVALID_INPUT')) throw error
    const names = input.split('/')
    const isTooLong = input.length > 4000 || names.some((name) => Buffer.byteLength(name) > 255)
    if (input === '' || /[\0\\]/.test(input) || isTooLong) return null
    throw new Error(`${JSON.stringify(input)} was refused though nothing is wrong with it`)
  }
}

function leaves(input: string): boolean {
  const path = posix.normalize(input)
  return posix.isAbsolute(input) || /^[A-Za-z]:/.test(input) || /^(\.\.(\/|$)|[A-Za-z]:)/.test(path)
}

function requireInside(input: string, path: string, parse: (input: string) => string): void {
  const told = `${JSON.stringify(input)} became ${JSON.stringify(path)}`
  if (leaves(input)) throw new Error(`${told}, and leaves`)
  if (path !== '' && parse(path) !== path) throw new Error(`${told}, and that something else`)
  if (path !== '' && (posix.normalize(path) !== path || path.endsWith('/')))
    throw new Error(`${told}, which is not normalized`)
  const [here, there] = [posix.resolve('/root', path), posix.resolve('/root', input)]
  if (here !== there) throw new Error(`${told}, which is not ${there}`)
  const onWindows = win32.resolve('C:\\root', path)
  if (onWindows !== 'C:\\root' && !onWindows.startsWith('C:\\root\\'))
    throw new Error(`${told}: ${onWindows} on Windows`)
}

/** The system walks the words as they are; where it comes to something, it must be the same. */
function requireSameOnDisk(root: string, input: string, path: string, ino: bigint | undefined): void {
  const walked = inodeAt(`${root}/${input}`)
  if (walked !== undefined && ino !== undefined && walked !== ino)
    throw new Error(`${JSON.stringify(input)} is another file to the system than ${JSON.stringify(path)}`)
  if (walked !== undefined && ino === undefined)
    throw new Error(`${JSON.stringify(input)} is there, and ${JSON.stringify(path)} is not`)
  if (ino !== undefined && ino !== inodeAt(path === '' ? root : `${root}/${path}`))
    throw new Error(`${JSON.stringify(path)} is another file to the port`)
}

function inodeAt(name: string): bigint | undefined {
  try {
    return lstatSync(name, { bigint: true, throwIfNoEntry: false })?.ino
  } catch {
    return undefined // A name that the system cannot even look for: a file on the way, or a name too long.
  }
}
