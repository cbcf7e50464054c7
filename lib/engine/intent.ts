import { CowriteError } from '../errors.js'
import { isWithin, nameOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { readIfThere, replaceFileSafely } from '../store/files.js'
import { type Fingerprint, sha256Of } from '../store/fingerprint.js'
import { checkFormat, layoutOf, type StateFolderName, transactionNames } from '../store/layout.js'

/** What a file is called that is staged beside its target, on another device than the transaction's folder. */
export const stagedName = (id: string, at: number): string => `.cowrite-${id}-${at}.tmp`
export const stagedPattern = /^\.cowrite-(\d{4,})-\d+\.tmp$/

/** What a path shall hold. */
export type Wanted =
  | {
      kind: 'file'
      mode: number
      content: { at: string } | { bytes: Uint8Array }
      sha256?: string
      /** Which file the content is, and when it was last written, where nobody has read it yet. */
      identity?: string
    }
  | { kind: 'symlink'; target: string }
  | { kind: 'folder'; mode: number | null }

/** One path of a transaction: what it must hold now, and what it shall hold then (null: nothing). */
export interface Target {
  path: WorkspacePath
  expected: Fingerprint | null
  wanted: Wanted | null
}

/** A target as the intent records it: everything that finishing it needs. */
export interface IntentTarget {
  path: WorkspacePath
  expected: Fingerprint | null
  next: Next | null
  /** Where the old file is kept, in the transaction's folder. */
  kept: string | null
}

export type Next =
  | {
      kind: 'file'
      mode: number
      /** Null where it shares its blocks with a file that nobody has read yet. */
      sha256: string | null
      size: number
      staged: string
      /** By which a large file is known again without being read: see `markOf`. */
      mark: string
    }
  | { kind: 'symlink'; target: string; staged: string }
  | { kind: 'folder'; mode: number | null }

/** By which a session's copy is known again: by its content, or where that is too large to be read, by its identity. */
export type CopyMark = Pick<Fingerprint, 'sha256' | 'identity'>

/** What happens to sessions once the files are in place. */
export type Afterwards =
  | { do: 'nothing' }
  /** As `keep`, and then the session ends, unless somebody has edited a copy of it meanwhile. */
  | { do: 'close'; session: string; drop?: WorkspacePath[]; copies?: Record<WorkspacePath, CopyMark> }
  | {
      do: 'keep'
      session: string
      drop: WorkspacePath[]
      /** The session's copies that were committed: what is another by then is somebody's edit. */
      copies?: Record<WorkspacePath, CopyMark>
    }

export type TransactionKind = 'commit' | 'undo' | 'cancel'

/** The redo record. Once it is durable the transaction has happened, and only remains to be carried out. */
export interface Intent {
  version: number
  id: string
  kind: TransactionKind
  session: string
  createdAt: string
  agentId: string
  /** Which folder it was written into: see `requireFromHere`. */
  home?: string
  /** For an undo: the commit it puts back. */
  undoes: string | null
  /** Which paths of that it puts back; all of them, where nothing is said. */
  putsBack?: WorkspacePath[]
  merged: WorkspacePath[]
  /** What was moved, for whoever looks at it later; both paths are targets. */
  moved?: { from: WorkspacePath; to: WorkspacePath }[]
  targets: IntentTarget[]
  afterwards: Afterwards
}

/**
 * Puts the intent in place: the commit point, once its folder is synced, too. Throws PATH_PROTECTED, and writes nothing,
 * for one that could not be read again.
 */
export async function writeIntent(port: FilePort, folder: string, intent: Intent): Promise<void> {
  const refused = intent.targets.find((target) => !isPossible(target, folder))
  if (refused !== undefined)
    throw refusal(refused.path, 'cannot be committed: it is no file of the workspace')
  const json = JSON.stringify({ ...intent, home: homeOf(port, folder) })
  await replaceFileSafely(port, `${folder}/${transactionNames.intent}`, `${sha256Of(json)}\n${json}\n`)
}

/**
 * Null where there is none, or none that is whole, or one that no commit anywhere can have made.
 * Throws WORKSPACE_UNAVAILABLE for one of a newer version.
 */
export function readIntent(port: FilePort, folder: string): Intent | null {
  const path = `${folder}/${transactionNames.intent}`
  const text = readIfThere(port, path)?.toString()
  if (text === undefined) return null
  const [checksum, json] = text.split('\n')
  if (checksum === undefined || json === undefined || sha256Of(json) !== checksum) return null
  const intent = JSON.parse(json) as Intent
  checkFormat(intent.version, path, port.root)
  return intent.targets.every((target) => isPossible(target, folder)) ? intent : null
}

/** Whether a target lies outside of cowrite's own folder, and its content is the transaction's own. */
function isPossible({ path, next }: IntentTarget, folder: string): boolean {
  const layout = layoutOf(folder.slice(0, folder.indexOf('/')) as StateFolderName)
  if (path === '' || isWithin(path, layout.state)) return false
  if (next === null || next.kind === 'folder') return true
  // Also of one that lies in the history by now.
  return isWithin(next.staged, layout.journalEntry(nameOf(folder))) || stagedPattern.test(nameOf(next.staged))
}

const keptName = /(^|\/)\.(git|cowrite)(\/|$)/i

/**
 * A folder that came from elsewhere may bring a journal along, and what it says is carried out before anybody is asked: a
 * repository cannot be given hooks by being cloned, and not by this either. What a view has made there is committed as
 * any other folder, by a journal that was written here. Throws PATH_PROTECTED.
 */
export function requireFromHere(port: FilePort, folder: string, { home, targets }: Intent): void {
  const inRepository = targets.find(({ path }) => keptName.test(path))
  if (inRepository === undefined || home === homeOf(port, folder)) return
  throw refusal(
    inRepository.path,
    `is named by ${folder}, an unfinished commit that was not begun in this folder, but came with it. Finish it where it was begun, or remove ${folder}`,
  )
}

/** A folder's number and the moment it was made, which none has that is copied, cloned or unpacked. */
function homeOf(port: FilePort, folder: string): string | undefined {
  const stat = port.stat(folder)
  return stat === null ? undefined : `${stat.ino}-${stat.birthtimeNs}`
}

function refusal(path: WorkspacePath, reason: string): CowriteError {
  return new CowriteError('PATH_PROTECTED', `${path} ${reason}.`, { path, reason })
}
