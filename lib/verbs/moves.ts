/** What was moved: as the record tells it, and where it tells nothing, as the content shows it. */
import type { MovedFolder } from '../api.js'
import { nameOf, parentOf, type WorkspacePath } from '../paths.js'
import { hashFile } from '../store/fingerprint.js'
import type { SessionStore } from '../store/overlay.js'
import type { Entry } from '../store/record.js'
import type { Examined } from './examined.js'
import { comparePaths } from './path-order.js'
import { movedFrom } from './units.js'

/** Where what is at a path was before. */
export type Moves = ReadonlyMap<WorkspacePath, WorkspacePath>

/** One side of what may be a move. */
export interface Moved {
  path: WorkspacePath
  /** What it is, as far as that costs nothing: only what is alike in this can be the same. */
  likeness: string
  /** What it holds; null where that cannot be told, or not at a fair price. */
  content(): Promise<string | null>
}

/** Nothing is read of what is larger: whoever looks at a session must not wait for it. */
export const largestCompared = 8 * 1024 * 1024

/** Moves among these changes. Files are read only where one went and one of the same size came. */
export async function movesAmong(store: SessionStore, examined: readonly Examined[]): Promise<Moves> {
  // Nothing was moved where nothing went.
  if (!examined.some(({ entry }) => entry.kind === 'whiteout')) return new Map()
  const moves = toldMoves(examined.map(({ entry }) => entry))
  const told = new Set(moves.values())
  const left = leaves(examined)
  const went = left.flatMap((change) => (told.has(change.path) ? [] : (departure(store, change) ?? [])))
  const came = left.flatMap((change) => (moves.has(change.path) ? [] : (arrival(store, change) ?? [])))
  for (const [to, from] of await pairUp(went, came, moves)) moves.set(to, from)
  return moves
}

/** Those that the record tells. */
export function toldMoves(entries: readonly Entry[]): Map<WorkspacePath, WorkspacePath> {
  const all = new Map(entries.map((entry) => [entry.path, { entry }]))
  return new Map(
    entries.flatMap((entry) => {
      const from = movedFrom(entry, all)
      return from === undefined ? [] : [[entry.path, from] as const]
    }),
  )
}

/** Without the folders in which something is that is changed in the same way: those are not worth a word of their own. */
export function leaves<Change extends Pick<Examined, 'path' | 'change' | 'kind'>>(
  examined: readonly Change[],
): Change[] {
  if (!examined.some(({ kind }) => kind === 'folder')) return [...examined]
  const around = new Set<string>()
  for (const { path, change } of examined) {
    for (let at = parentOf(path); at !== ''; at = parentOf(at)) around.add(`${change} ${at}`)
  }
  return examined.filter(({ path, change, kind }) => kind !== 'folder' || !around.has(`${change} ${path}`))
}

function departure(store: SessionStore, { path, entry, target, verdict }: Examined): Moved | null {
  const { base, kind } = entry
  if (kind !== 'whiteout' || base === null || verdict === 'none') return null
  if (base.kind !== 'file') return apparent(path, base.kind, base.target)
  const known = base.sha256 ?? target?.expected?.sha256 ?? null
  const isLower = verdict === 'clean'
  return {
    path,
    likeness: `file ${base.size}`,
    async content() {
      if (known !== null) return known
      return isLower && base.size <= largestCompared
        ? ((await hashFile(store.port, path))?.sha256 ?? null)
        : null
    },
  }
}

function arrival(store: SessionStore, change: Examined): Moved | null {
  const { path, entry, at, target, copy, size, verdict } = change
  if (entry.base !== null || entry.kind === 'whiteout' || verdict === 'none') return null
  const wanted = target?.wanted
  if (entry.kind !== 'file')
    return apparent(path, entry.kind, wanted?.kind === 'symlink' ? wanted.target : undefined)
  if (copy === undefined || size === undefined || at === null) return null
  const read = async () => (size > largestCompared ? null : (await hashFile(store.port, at))?.sha256)
  return { path, likeness: `file ${size}`, content: async () => copy.sha256 ?? (await read()) ?? null }
}

/** What is known without a look at it. */
export function apparent(path: WorkspacePath, kind: string, pointsTo: string | undefined): Moved | null {
  if (kind === 'symlink' && pointsTo === undefined) return null
  const likeness = kind === 'symlink' ? `symlink ${pointsTo}` : kind
  return { path, likeness, content: async () => likeness }
}

/** Empty files and folders are all the same: they went along with something, or nobody can tell. */
const saysNothing = new Set(['file 0', 'folder'])

/** Who of `came` is who of `went`: of those that hold the same, the ones whose paths end the same. */
export async function pairUp(
  went: readonly Moved[],
  came: readonly Moved[],
  known: Moves = new Map(),
): Promise<Map<WorkspacePath, WorkspacePath>> {
  const pairs = new Map<WorkspacePath, WorkspacePath>()
  const arrivals = groupedBy(came, ({ likeness }) => likeness)
  const departures = groupedBy(
    went.filter(({ likeness }) => arrivals.has(likeness)),
    ({ likeness }) => likeness,
  )
  for (const [likeness, gone] of departures) {
    if (saysNothing.has(likeness)) continue
    const [before, after] = [await byContent(gone), await byContent(arrivals.get(likeness) ?? [])]
    for (const [content, paths] of before) {
      for (const [to, from] of alike(paths, after.get(content) ?? [])) pairs.set(to, from)
    }
  }
  const ways = new Set([...known, ...pairs].flatMap(([to, from]) => [...waysOf(from, to)]))
  for (const likeness of saysNothing) {
    const gone = departures.get(likeness)?.map(({ path }) => path) ?? []
    const there = arrivals.get(likeness)?.map(({ path }) => path) ?? []
    for (const [to, from] of alike(gone, there, 1)) {
      if ([...waysOf(from, to)].some((way) => ways.has(way))) pairs.set(to, from)
    }
  }
  return pairs
}

function groupedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

async function byContent(some: readonly Moved[]): Promise<Map<string, WorkspacePath[]>> {
  const known: { path: WorkspacePath; content: string }[] = []
  for (const one of some) {
    const content = await one.content()
    if (content !== null) known.push({ path: one.path, content })
  }
  const groups = groupedBy(known, ({ content }) => content)
  return new Map([...groups].map(([content, group]) => [content, group.map(({ path }) => path)]))
}

/** Those first whose last names are the same as far up as can be; `least`: so many of them must be. */
function alike(
  went: readonly WorkspacePath[],
  came: readonly WorkspacePath[],
  least = 0,
): [to: WorkspacePath, from: WorkspacePath][] {
  const pairs: [WorkspacePath, WorkspacePath][] = []
  let [gone, there] = [[...went].sort(comparePaths), [...came].sort(comparePaths)]
  const deepest = Math.max(0, ...gone.map((path) => path.split('/').length))
  for (let names = deepest; names >= least && gone.length > 0 && there.length > 0; names--) {
    const waiting = groupedBy(gone, (path) => ending(path, names))
    const found = new Set<WorkspacePath>()
    there = there.filter((to) => {
      const from = waiting.get(ending(to, names))?.shift()
      if (from === undefined) return true
      pairs.push([to, from])
      found.add(from)
      return false
    })
    gone = gone.filter((path) => !found.has(path))
  }
  return pairs
}

function ending(path: WorkspacePath, names: number): string {
  return names === 0 ? '' : path.split('/').slice(-names).join('/')
}

/** From which folder into which a move may have gone: those at which its paths begin to end the same, and below. */
function* waysOf(from: WorkspacePath, to: WorkspacePath): Generator<string> {
  let [left, right] = [from, to]
  while (left !== '' && right !== '' && nameOf(left) === nameOf(right)) {
    left = parentOf(left)
    right = parentOf(right)
    if (left !== right) yield `${left}\0${right}`
  }
}

/** Folders of which everything that is gone came to another, and nothing is left: the topmost ones. */
export function movedFolders(examined: readonly Examined[], moves: Moves): MovedFolder[] {
  const goneFolders = new Set(
    examined
      .filter(
        ({ entry, verdict }) =>
          entry.base?.kind === 'folder' && entry.kind === 'whiteout' && verdict !== 'conflict',
      )
      .map(({ path }) => path),
  )
  if (goneFolders.size === 0) return []
  const within = new Map<WorkspacePath, number>()
  for (const { path, change, kind } of examined) {
    if (change !== 'deleted' || kind === 'folder') continue
    for (let at = parentOf(path); at !== ''; at = parentOf(at)) within.set(at, (within.get(at) ?? 0) + 1)
  }
  const counts = new Map<string, number>()
  const kinds = new Map(examined.map(({ path, kind }) => [path, kind]))
  for (const [to, from] of moves) {
    if (kinds.get(from) === 'folder') continue
    for (const way of waysOf(from, to)) counts.set(way, (counts.get(way) ?? 0) + 1)
  }
  const whole = [...counts].flatMap(([way, files]): MovedFolder[] => {
    const [from = '', to = ''] = way.split('\0')
    return goneFolders.has(from) && to !== '' && within.get(from) === files ? [{ from, to, files }] : []
  })
  const ways = new Set(whole.map(({ from, to }) => `${from}\0${to}`))
  return whole
    .filter(({ from, to }) => {
      const isInOne = nameOf(from) === nameOf(to) && ways.has(`${parentOf(from)}\0${parentOf(to)}`)
      return !isInOne
    })
    .sort((one, other) => comparePaths(one.from, other.from))
}
