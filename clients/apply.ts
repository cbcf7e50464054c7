/** Writes what was planned: looks whether all of it can be done, puts the new files beside the old, then in their place. */
import { randomBytes } from 'node:crypto'
import {
  access,
  chmod,
  chown,
  constants,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises'
import { dirname } from 'node:path'
import { type DraftFile, type Obstacle, Obstructed } from './draft.js'

/** All that stands in the way of writing these files. */
export async function findObstacles(files: readonly DraftFile[]): Promise<Obstacle[]> {
  const found = await Promise.all(files.map(obstacleFor))
  return found.filter((obstacle) => obstacle !== null)
}

/**
 * Writes the files, all of them or none: what fails on the way is put back as it was. Throws Obstructed.
 */
export async function apply(files: readonly DraftFile[]): Promise<void> {
  const [obstacle] = await findObstacles(files)
  if (obstacle) throw new Obstructed(obstacle)
  const undo: Undo = []
  try {
    const staged: { file: DraftFile; aside: string }[] = []
    for (const file of files) {
      if (file.after !== null) staged.push({ file, aside: await stage(file.target, file.after, undo) })
    }
    for (const { file, aside } of staged) {
      await rename(aside, file.target)
      undo.push(putBack(file))
    }
    for (const file of files.filter(({ after }) => after === null)) {
      await rm(file.target)
      undo.push(putBack(file))
    }
  } catch (error) {
    const left = await undone(undo)
    const { obstacle } = error instanceof Obstructed ? error : cannotWrite(files[0]?.path ?? '', error)
    throw new Obstructed(left.length === 0 ? obstacle : { ...obstacle, left })
  }
  for (const { path, after, foldersToo } of files) if (after === null) await removeEmpty(path, foldersToo)
}

async function obstacleFor(file: DraftFile): Promise<Obstacle | null> {
  const { path, target, before } = file
  try {
    if ((await present(target)) !== before) {
      const message = `${path} was changed by somebody else just now`
      return { code: 'CANNOT_WRITE', path, message, step: 'Look again: the same command once more' }
    }
    // A mode that forbids writing is heeded, also by those whom it does not bind.
    if (before !== null) await checkWritable(target)
    await checkWritable(await nearestFolder(target))
    return null
  } catch (error) {
    return cannotWrite(path, error).obstacle
  }
}

async function present(target: string): Promise<string | null> {
  try {
    return await readFile(target, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

async function checkWritable(path: string): Promise<void> {
  if (((await stat(path)).mode & 0o222) === 0) throw Object.assign(new Error('read-only'), { code: 'EACCES' })
  await access(path, constants.W_OK)
}

async function nearestFolder(path: string): Promise<string> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null)
    if (found?.isDirectory()) return folder
    if (found !== null) throw Object.assign(new Error(`${folder} is no folder`), { code: 'ENOTDIR' })
  }
}

function cannotWrite(path: string, error: unknown): Obstructed {
  const message = `${path} cannot be written: ${reasonOf(error)}`
  return new Obstructed({ code: 'CANNOT_WRITE', path, message, step: `Make it writable: ls -l ${path}` })
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message
}

interface UndoStep {
  path: string
  act(): Promise<unknown>
}

type Undo = UndoStep[]

/** Goes back as far as can be; what cannot be put back is told. */
async function undone(undo: Undo): Promise<string[]> {
  const left: string[] = []
  for (const { path, act } of undo.toReversed()) {
    try {
      await act()
    } catch (error) {
      left.push(`${path} could not be put back: ${reasonOf(error)}`)
    }
  }
  return left
}

/** The new content beside its place, with the mode and the owner of what it replaces. */
async function stage(target: string, text: string, undo: Undo): Promise<string> {
  const folder = dirname(target)
  const made = await mkdir(folder, { recursive: true })
  if (made !== undefined) undo.push({ path: made, act: () => rm(made, { recursive: true }) })
  const aside = `${target}.${randomBytes(6).toString('hex')}.tmp`
  const old = await stat(target).catch(() => null)
  const handle = await open(aside, 'wx', old === null ? 0o666 : 0o600)
  undo.push({ path: aside, act: () => rm(aside, { force: true }) })
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (old !== null) await takeAfter(aside, old)
  return aside
}

async function takeAfter(aside: string, old: { mode: number; uid: number; gid: number }): Promise<void> {
  const own = await stat(aside)
  if (own.uid !== old.uid || own.gid !== old.gid) {
    // Only the administrator may give files away, and only they have others' files here.
    await chown(aside, old.uid, old.gid).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPERM') throw error
    })
  }
  await chmod(aside, old.mode & 0o7777)
}

/** Has the old content again, should a later step fail. */
function putBack({ target, before }: DraftFile): UndoStep {
  const act = async () => {
    if (before === null) return rm(target, { force: true })
    await rename(await stage(target, before, []), target)
  }
  return { path: target, act }
}

async function removeEmpty(path: string, folders: number): Promise<void> {
  let folder = dirname(path)
  for (let left = folders; left > 0; left -= 1, folder = dirname(folder)) {
    try {
      await rmdir(folder)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? ''
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(code)) return
      throw error
    }
  }
}
