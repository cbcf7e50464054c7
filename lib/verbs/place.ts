/** Where a program that knows nothing of sessions finds a session's file on the disk. */
import { join } from 'node:path'
import type { Place } from '../api.js'
import { parsePath } from '../paths.js'
import { resolveLinks, type SessionStore, statMerged } from '../store/overlay.js'
import { copyUp } from '../store/writing.js'
import { adoptAt } from './adopt.js'
import { prepareWrite } from './documents.js'

/** What is to be read at `path`. Throws PATH_PROTECTED and what else reading does, but for NOT_FOUND. */
export async function placeToRead(store: SessionStore, path: string): Promise<Place> {
  const asked = parsePath(path)
  await adoptAt(store, asked)
  store.guard.checkRead(asked)
  const filePath = resolveLinks(store, asked, true)
  store.guard.checkRead(filePath)
  const there = statMerged(store, filePath)
  if (there === null) return { filePath, at: null, source: null }
  return { filePath, at: join(store.port.root, there.at), source: there.source }
}

/**
 * The session's own copy of what is at `path`, made where there is none yet (C2); where nothing is, the place at which
 * a file counts as the session's once it is there. Throws as writing does.
 */
export async function placeToWrite(store: SessionStore, path: string): Promise<Place> {
  await adoptAt(store, parsePath(path))
  const filePath = prepareWrite(store, path)
  const isThere = statMerged(store, filePath) !== null
  if (isThere) await copyUp(store, filePath)
  const at = join(store.port.root, store.layout.upper(filePath))
  return { filePath, at, source: isThere ? 'session' : null }
}
