/** `cp`, by the rules of node's own: on the verbs of the session, so that nothing of it knows of layers. */
import type { BigIntStats, Stats } from 'node:fs'
import { posix } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import { wrongType } from './arguments.js'
import { argumentError } from './errors.js'
import { textOf } from './paths.js'
import type { SessionFs } from './types.js'

interface CopyOptions {
  dereference: boolean
  errorOnExist: boolean
  filter?: (source: string, destination: string) => boolean | Promise<boolean>
  force: boolean
  mode: number
  preserveTimestamps: boolean
  recursive: boolean
  verbatimSymlinks: boolean
}

const usual: CopyOptions = {
  dereference: false,
  errorOnExist: false,
  force: true,
  mode: 0,
  preserveTimestamps: false,
  recursive: false,
  verbatimSymlinks: false,
}

/** Where a copy is made, and how. */
interface Copying {
  fs: SessionFs
  root: string
  options: CopyOptions
}

export async function copyTree(
  fs: SessionFs,
  root: string,
  from: unknown,
  to: unknown,
  given?: unknown,
): Promise<void> {
  const options = { ...usual, ...((given ?? {}) as Partial<CopyOptions>) }
  if (options.filter !== undefined && typeof options.filter !== 'function')
    throw wrongType('options.filter', 'of type function', options.filter)
  if (options.dereference && options.verbatimSymlinks)
    throw argumentError(
      'ERR_INVALID_ARG_VALUE',
      `Option "dereference" cannot be used in combination with option "verbatimSymlinks"`,
    )
  const copying = { fs, root, options }
  const [source, destination] = [textOf(from, 'src'), textOf(to, 'dest')]
  const looked = await look(copying, source, destination)
  if (looked === null) return
  if (looked.source.isDirectory()) await refuseInside(copying, source, destination)
  await makeParent(copying, destination)
  await copyOne(copying, source, destination, looked.there)
}

/** What stands at both ends; null where the filter leaves it out. */
async function look(copying: Copying, source: string, destination: string) {
  const { fs, options } = copying
  if (options.filter && !(await options.filter(source, destination))) return null
  const lookAt = (path: string) =>
    (options.dereference ? fs.stat : fs.lstat)(path, { bigint: true }) as Promise<BigIntStats>
  const [from, there] = await Promise.all([lookAt(source), lookAt(destination).catch(nullIfMissing)])
  if (there !== null) {
    if (isSame(from, there)) throw refusal('EINVAL', 'src and dest cannot be the same', destination)
    if (from.isDirectory() && !there.isDirectory())
      throw refusal(
        'EISDIR',
        `cannot overwrite non-directory ${destination} with directory ${source}`,
        destination,
        'ERR_FS_CP_DIR_TO_NON_DIR',
      )
    if (!from.isDirectory() && there.isDirectory())
      throw refusal(
        'ENOTDIR',
        `cannot overwrite directory ${destination} with non-directory ${source}`,
        destination,
        'ERR_FS_CP_NON_DIR_TO_DIR',
      )
  }
  if (from.isDirectory() && isInside(copying.root, source, destination))
    throw refusal('EINVAL', `cannot copy ${source} to a subdirectory of self ${destination}`, destination)
  return { source: from, there }
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.ino === other.ino && one.dev === other.dev
}

/** By the paths alone. */
function isInside(root: string, folder: string, path: string): boolean {
  const relative = posix.relative(posix.resolve(root, folder), posix.resolve(root, path))
  return relative !== '..' && !relative.startsWith('../')
}

/** By where the paths really lead: a copy into itself through a link would never end. */
async function refuseInside({ fs, root }: Copying, source: string, destination: string): Promise<void> {
  const real = await fs.realpath(source).catch(nullIfMissing)
  let folder = posix.dirname(posix.resolve(root, destination))
  let there = await fs.realpath(folder).catch(nullIfMissing)
  while (there === null && folder !== root) {
    folder = posix.dirname(folder)
    there = await fs.realpath(folder).catch(nullIfMissing)
  }
  if (real !== null && there !== null && isInside(root, real, there))
    throw refusal('EINVAL', `cannot copy ${source} to a subdirectory of self ${destination}`, destination)
}

async function makeParent({ fs }: Copying, destination: string): Promise<void> {
  const parent = posix.dirname(destination)
  if ((await fs.stat(parent).catch(nullIfMissing)) === null) await fs.mkdir(parent, { recursive: true })
}

async function copyOne(
  copying: Copying,
  source: string,
  destination: string,
  there: BigIntStats | null,
): Promise<void> {
  const { fs, options } = copying
  const stats = await (options.dereference ? fs.stat : fs.lstat)(source)
  if (stats.isDirectory()) {
    if (!options.recursive)
      throw refusal('EISDIR', `${source} is a directory (not copied)`, source, 'ERR_FS_EISDIR')
    return copyFolder(copying, source, stats, destination, there)
  }
  if (stats.isSymbolicLink()) return copyLink(copying, source, destination, there)
  if (stats.isFile()) return copyOneFile(copying, source, stats, destination, there)
  if (stats.isFIFO())
    throw refusal('EINVAL', `cannot copy a FIFO pipe: ${destination}`, destination, 'ERR_FS_CP_FIFO_PIPE')
  if (stats.isSocket())
    throw refusal('EINVAL', `cannot copy a socket file: ${destination}`, destination, 'ERR_FS_CP_SOCKET')
  throw refusal(
    'EINVAL',
    `cannot copy an unknown file type: ${destination}`,
    destination,
    'ERR_FS_CP_UNKNOWN',
  )
}

async function copyOneFile(
  { fs, options }: Copying,
  source: string,
  stats: Stats,
  destination: string,
  there: BigIntStats | null,
): Promise<void> {
  if (there !== null && !options.force) {
    if (!options.errorOnExist) return
    throw refusal('EEXIST', `${destination} already exists`, destination, 'ERR_FS_CP_EEXIST')
  }
  if (there !== null) await fs.unlink(destination)
  await fs.copyFile(source, destination, options.mode)
  if (options.preserveTimestamps) {
    const { atime, mtime } = await fs.stat(source)
    await fs.utimes(destination, atime, mtime)
  }
  await fs.chmod(destination, stats.mode)
}

async function copyFolder(
  copying: Copying,
  source: string,
  stats: Stats,
  destination: string,
  there: BigIntStats | null,
): Promise<void> {
  const { fs } = copying
  if (there === null) await fs.mkdir(destination)
  for (const name of await fs.readdir(source)) {
    const [from, to] = [posix.join(source, name), posix.join(destination, name)]
    const looked = await look(copying, from, to)
    if (looked !== null) await copyOne(copying, from, to, looked.there)
  }
  if (there === null) await fs.chmod(destination, stats.mode)
}

async function copyLink(
  { fs, root, options }: Copying,
  source: string,
  destination: string,
  there: BigIntStats | null,
): Promise<void> {
  const pointsTo = await fs.readlink(source)
  const target = options.verbatimSymlinks ? pointsTo : fromLink(root, source, pointsTo)
  const replaced = there === null ? null : await fs.readlink(destination).catch(nullIfNoLink)
  if (replaced === null) return fs.symlink(target, destination)
  const present = fromLink(root, destination, replaced)
  if (isInside(root, target, present))
    throw refusal('EINVAL', `cannot copy ${target} to a subdirectory of self ${present}`, destination)
  if ((await fs.stat(source)).isDirectory() && isInside(root, present, target))
    throw refusal(
      'EINVAL',
      `cannot overwrite ${present} with ${target}`,
      destination,
      'ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY',
    )
  await fs.unlink(destination)
  await fs.symlink(target, destination)
}

function nullIfNoLink(error: NodeJS.ErrnoException): null {
  if (error.code === 'EINVAL') return null
  throw error
}

/** Where a link points, as an absolute path. */
function fromLink(root: string, link: string, target: string): string {
  return posix.isAbsolute(target) ? target : posix.resolve(root, posix.dirname(link), target)
}

/** As node says it: its own code, and the system's number. */
function refusal(errno: string, why: string, path: string, code = 'ERR_FS_CP_EINVAL'): Error {
  const [number, [, words]] = [...getSystemErrorMap()].find(([, [name]]) => name === errno) ?? [
    -1,
    [errno, errno],
  ]
  const error = new Error(`${why}: cp returned ${errno} (${words}) ${path}`)
  error.name = 'SystemError'
  return Object.assign(error, { code, errno: number, syscall: 'cp', path })
}
