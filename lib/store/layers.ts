/** What a session reads through: its own layer over those that it took from its parents, frozen. */
import type { FilePort } from '../port/port.js'
import { type SessionLayout, sessionLayout } from './layout.js'
import type { Layer } from './overlay.js'
import { type Entry, SessionRecord } from './record.js'

/** The session's own layer first, then the frozen ones, nearest first. Nothing is appended to those: they are read once. */
export function openLayers(port: FilePort, own: SessionLayout, record: SessionRecord): Layer[] {
  const layers: Layer[] = [{ record, layout: own }]
  for (const id of record.header.layers) {
    const layout = sessionLayout(own.layer(id))
    const frozen = SessionRecord.open(port, layout)
    frozen.close()
    layers.push({ record: frozen, layout })
  }
  return layers
}

export interface Effective {
  entry: Entry
  layer: Layer
}

/** Every path that the layers hold something at, and what the topmost of them holds there. */
export function effectiveEntries(layers: readonly Layer[]): Effective[] {
  return topmostEntries(layers).filter((each) => !isOnlyHidden(layers, each))
}

/** As `effectiveEntries`, with what only hides a layer's: nothing, unless that layer's session has been committed. */
export function topmostEntries(layers: readonly Layer[]): Effective[] {
  const topmost = new Map<string, Effective>()
  for (const layer of [...layers].reverse())
    for (const entry of layer.record.entries.values()) topmost.set(entry.path, { entry, layer })
  return [...topmost.values()]
}

/** What a layer has created and one above it deleted: lower never had it, and nothing becomes of it. */
export function isOnlyHidden(layers: readonly Layer[], { entry, layer }: Effective): boolean {
  if (entry.kind !== 'whiteout' || entry.base !== null) return false
  return layers.slice(layers.indexOf(layer) + 1).some(({ record }) => record.entries.has(entry.path))
}

/** Those that a person counts: a folder only where nothing in it is one. */
export function countedEntries(layers: readonly Layer[]): Effective[] {
  return effectiveEntries(layers).filter(
    ({ entry }) => !isOfFolder(entry) || !layers.some(({ record }) => record.hasBelow(entry.path)),
  )
}

/** Whether an entry makes, changes or takes away a folder. */
export function isOfFolder({ kind, base }: Entry): boolean {
  return kind === 'folder' || (kind === 'whiteout' && base?.kind === 'folder')
}
