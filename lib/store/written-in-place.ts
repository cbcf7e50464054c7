/** Which of a session's files somebody has open to write in place: those get no second name. */
import { errnoOf } from '../errors.js'
import { nameOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { namesIn, processMark, readIfThere, removeIfThere, uniqueName, writeNewFile } from './files.js'
import { statLower } from './fingerprint.js'
import { isDead, readHolders } from './holders.js'
import { layoutOf, type StateFolderName } from './layout.js'
import type { SessionStore } from './overlay.js'

/** Notes that `path` is about to be opened for writing. What it returns takes the note down. */
export function noteWriting({ port, layout }: SessionStore, path: WorkspacePath): () => void {
  const note = `${layout.writing}/${uniqueName()}`
  try {
    writeNewFile(port, note, path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    makeFolder(port, layout.writing)
    writeNewFile(port, note, path)
  }
  return () => {
    try {
      removeIfThere(port, note)
    } catch (error) {
      // Where it cannot be removed, the file is copied when it could have been shared.
      if (errnoOf(error) === undefined) throw error
    }
  }
}

/** Alone, and not those on the way to it: a session that has ended must not come back. */
function makeFolder(port: FilePort, folder: string): void {
  try {
    port.makeFolder(folder)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}

/** Whether a living process has it open, or is about to. */
export function isWrittenInPlace({ port, layout }: SessionStore, path: WorkspacePath): boolean {
  const living = readHolders(port, layout).filter((holder) => !isDead(holder))
  const marks = new Set(living.map(({ file }) => processMark(nameOf(file))))
  return namesIn(port, layout.writing).some(
    (name) =>
      marks.has(processMark(name)) && readIfThere(port, `${layout.writing}/${name}`)?.toString() === path,
  )
}

/** Whether a view has a name for the session's file at `at`: what runs in there writes to it by that. */
export function isShownInView(
  { port, layout, name }: SessionStore,
  path: WorkspacePath,
  at: string,
): boolean {
  const state = layout.folder.split('/', 1)[0] as StateFolderName
  const shown = statLower(port, layoutOf(state).view(name).at(path))
  return shown !== null && shown.ino === port.stat(at)?.ino
}
