/**
 * The files of a set-up as they would be: each is read once, changed in memory as often as need be, and what has
 * changed in the end is what there is to write.
 */
import { lstat, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Unreadable } from './jsonc-text.js'

/** Why something cannot be done. Its codes are those of the command line. */
export interface Obstacle {
  code: 'WRONG_KIND' | 'CANNOT_WRITE' | 'UNSUPPORTED'
  path: string
  message: string
  /** What a person can do about it. */
  step: string
  /** What was written before it was come upon, and could not be put back as it was: a sentence each. */
  left?: string[]
}

export class Obstructed extends Error {
  override readonly name = 'Obstructed'
  readonly obstacle: Obstacle

  constructor(obstacle: Obstacle) {
    super(obstacle.message)
    this.obstacle = obstacle
  }
}

export interface DraftFile {
  /** As the client knows it. */
  path: string
  /** Where it really is: behind links. */
  target: string
  before: string | null
  after: string | null
  /** How many folders above it go when it goes, if nothing else is in them. */
  foldersToo: number
}

export class Draft {
  readonly #files = new Map<string, DraftFile>()

  /** A file's text, as changed so far; null where there is none. Throws Obstructed. */
  async read(path: string): Promise<string | null> {
    return (await this.#file(path)).after
  }

  async write(path: string, text: string): Promise<void> {
    const file = await this.#file(path)
    file.after = text
    file.foldersToo = 0
  }

  async remove(path: string, foldersToo: number): Promise<void> {
    const file = await this.#file(path)
    file.after = null
    file.foldersToo = foldersToo
  }

  /** How many folders would have to be made for a file. */
  async missingFolders(path: string): Promise<number> {
    let missing = 0
    for (let folder = dirname(path); !(await this.#isFolder(folder)); folder = dirname(folder)) missing += 1
    return missing
  }

  /** In the order in which they were come upon. */
  changes(): DraftFile[] {
    return [...this.#files.values()].filter(({ before, after }) => before !== after)
  }

  async #file(path: string): Promise<DraftFile> {
    const known = this.#files.get(path)
    if (known) return known
    const target = await targetOf(path)
    const before = await textOf(path, target)
    const file = { path, target, before, after: before, foldersToo: 0 }
    this.#files.set(path, file)
    return file
  }

  async #isFolder(folder: string): Promise<boolean> {
    const willBe = [...this.#files.values()].some(
      ({ path, after }) => after !== null && path.startsWith(join(folder, '/')),
    )
    return willBe || folder === dirname(folder) || (await isThere(folder))
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** Through links, also where the last of them leads to nothing yet. */
async function targetOf(path: string): Promise<string> {
  for (let at = path, hops = 0; hops < 40; hops += 1) {
    const found = await lstat(at).catch(() => null)
    if (found === null) return at
    if (!found.isSymbolicLink()) return realpath(at)
    at = resolve(dirname(at), await readlink(at))
  }
  throw new Obstructed({
    code: 'WRONG_KIND',
    path,
    message: `${path} is a link that leads in a circle`,
    step: `Look at it: ls -l ${path}`,
  })
}

async function textOf(path: string, target: string): Promise<string | null> {
  const found = await stat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw cannotRead(path, error)
  })
  if (found === null) return null
  if (!found.isFile()) throw wrongKind(path, 'it is no file')
  const bytes = await readFile(target).catch((error: NodeJS.ErrnoException) => {
    throw cannotRead(path, error)
  })
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw wrongKind(path, 'it is not UTF-8')
  }
}

function cannotRead(path: string, error: NodeJS.ErrnoException): Obstructed {
  const message = `${path} cannot be read: ${error.code ?? error.message}`
  return new Obstructed({ code: 'CANNOT_WRITE', path, message, step: `Make it readable: ls -l ${path}` })
}

/** Nothing is put into what is not understood. */
export function wrongKind(path: string, why: string): Obstructed {
  const message = `Nothing can be put into ${path}: ${why}`
  return new Obstructed({ code: 'WRONG_KIND', path, message, step: `Mend ${path}, then the same again` })
}

/** Does something with a text; what is wrong with it is told with the file's name. */
export function reading<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof Unreadable) throw wrongKind(path, error.message)
    throw error
  }
}
