/** `session.fs`: node:fs/promises over the merged view. */
import { constants } from 'node:fs'
import { isCowriteError } from '../errors.js'
import type { SessionStore } from '../store/overlay.js'
import { chmod, chown, lchown, lutimes, utimes } from './attributes.js'
import { copyTree } from './copy-tree.js'
import { copyFile } from './copying.js'
import { mkdir, mkdtemp, rmdir } from './folders.js'
import { opendir, readdir } from './listing.js'
import { link, rename, rm, symlink, unlink } from './names.js'
import { open } from './opening.js'
import { access, lstat, readFile, readlink, realpath, stat } from './reading.js'
import { createReadStream, createWriteStream } from './streams.js'
import type { SessionFs, Writing } from './types.js'
import type { View } from './view.js'
import { appendFile, truncate, writeFile } from './writing.js'

export type { NodePromisesSubset, SessionFs, Writing } from './types.js'

const calls = {
  access,
  appendFile,
  chmod,
  chown,
  copyFile,
  createReadStream,
  createWriteStream,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  open,
  opendir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
}

/**
 * The calls of node:fs/promises on an open session. `writing` is what every change runs in;
 * `assertOpen` throws where the session's handle was closed.
 */
export function makeSessionFs(store: SessionStore, writing: Writing, assertOpen: () => void): SessionFs {
  const view: View = { store, writing, assertOpen, isOpen: answers(assertOpen), openForWriting: new Map() }
  const bound = Object.entries(calls).map(([name, call]) => [
    name,
    (...given: unknown[]) => (call as (view: View, ...given: unknown[]) => unknown)(view, ...given),
  ])
  const fs = Object.fromEntries(bound) as Record<string, unknown>
  fs.cp = (from: unknown, to: unknown, options?: unknown) =>
    copyTree(fs as unknown as SessionFs, store.port.root, from, to, options)
  fs.constants = constants
  fs.promises = fs
  return fs as unknown as SessionFs
}

function answers(assert: () => void): () => boolean {
  return () => {
    try {
      assert()
      return true
    } catch (error) {
      if (!isCowriteError(error, 'SESSION_NOT_FOUND')) throw error
      return false
    }
  }
}
