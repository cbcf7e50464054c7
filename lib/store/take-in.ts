/** A session's layers become its own. */

import { rebasedEntries } from './ancestors.js'
import { copyOnce } from './copying.js'
import { ensureFolder, linkOrNot } from './files.js'
import { inTurn } from './in-turn.js'
import { discardTemporary, renameIntoUpper, requireLive } from './landing.js'
import { type Effective, topmostEntries } from './layers.js'
import { mayBeMissing, missingUpper, type SessionStore } from './overlay.js'
import type { Entry } from './record.js'
import { basePath, temporaryPath } from './work-folders.js'

/**
 * Makes all that the layers hold the session's own: where a part of it leaves the session, what a layer has beneath
 * must not show again. The layers stay as they are; files get a second name, or are copied.
 */
export async function takeInLayers(store: SessionStore): Promise<void> {
  if (store.layers.length === 1) return
  const waiting: { path: string; temporary: { name: string; at: string } }[] = []
  try {
    await inTurn(store, async () => {
      store.record.refresh()
      const set: Entry[] = []
      const all = await rebasedEntries(store, topmostEntries(store.layers))
      const drop = hiddenAlone(store, all)
      for (const { entry, layer, begins } of all) {
        const {
          pending: _,
          through: __,
          ...rest
        } = { ...entry, ...(await keepBeginning(store, entry, begins)) }
        if (layer.layout === store.layout) {
          if (entry.through || begins !== undefined) set.push(rest)
          continue
        }
        await takeInBase(store, entry)
        if (entry.kind === 'folder') ensureFolder(store.port, store.layout.upper(entry.path))
        if (entry.kind === 'folder' || entry.kind === 'whiteout') set.push(rest)
        else {
          const temporary = temporaryPath(store)
          if (!(await bringUp(store, entry, layer.layout.upper(entry.path), temporary.at))) continue
          waiting.push({ path: entry.path, temporary })
          set.push({ ...rest, pending: temporary.name })
        }
      }
      requireLive(store)
      store.record.append({ set, drop, alone: true })
      for (const { path, temporary } of waiting) renameIntoUpper(store, temporary.at, path)
    })
  } finally {
    for (const { path, temporary } of waiting) discardTemporary(store, path, temporary)
  }
}

/** Deletions of what only a layer had: with the layer out of sight there is nothing that they hide. */
function hiddenAlone({ record }: SessionStore, all: readonly Effective[]): string[] {
  const changed = new Set(all.map(({ entry }) => entry.path))
  return [...record.entries.keys()].filter((path) => !changed.has(path))
}

/** What a parent brought to lower is what the change began with, and its layer goes out of sight. */
async function keepBeginning(
  store: SessionStore,
  { base }: Entry,
  begins: string | undefined,
): Promise<Pick<Entry, 'kept'> | null> {
  if (begins === undefined || base?.kind !== 'file') return null
  const { kept, at } = basePath(store)
  if (!linkOrNot(store.port, begins, at)) while ((await copyOnce(store, begins, at)) === null);
  return { kept }
}

/** False where there is nothing, and nobody was told that there would be. */
async function bringUp(store: SessionStore, entry: Entry, from: string, to: string): Promise<boolean> {
  const { port } = store
  const stat = port.stat(from)
  if (stat === null) {
    if (mayBeMissing(store, entry)) return false
    throw missingUpper(store, entry.path)
  }
  if (stat.isSymbolicLink()) port.symlink(port.readLink(from), to)
  else if (!linkOrNot(store.port, from, to)) while ((await copyOnce(store, from, to)) === null);
  return true
}

async function takeInBase(store: SessionStore, { kept }: Entry): Promise<void> {
  if (kept === null) return
  const places = store.layers.map(({ layout }) => `${layout.bases}/${kept}`)
  const [own = '', ...others] = places
  const from = others.find((place) => store.port.stat(place) !== null)
  if (from === undefined || store.port.stat(own) !== null) return
  if (!linkOrNot(store.port, from, own)) await copyOnce(store, from, own)
}
