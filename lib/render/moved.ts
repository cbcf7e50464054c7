/** Changes as a person counts them: what was moved is one, and no creation and deletion besides. */
import { count } from '../text/words.js'
import type { Inert } from './face.js'

interface Changes {
  created?: string[] | undefined
  deleted?: string[] | undefined
  moved?: { from: string; to: string }[] | undefined
  /** As they were called before. */
  moved_folders?: string[] | undefined
  open?: { path: string }[] | undefined
}

export interface Told {
  created: string[]
  /** Folders in which nothing is; each with a `/` behind it. */
  newFolders: string[]
  deleted: string[]
  moved: { from: string; to: string }[]
}

export function tellMoves({ created = [], deleted = [], moved = [], open = [] }: Changes): Told {
  const came = new Set(moved.map(({ to }) => to))
  const went = new Set(moved.map(({ from }) => from))
  const isFile = new Set(open.map(({ path }) => path))
  const new_ = created.filter((path) => !came.has(path))
  return {
    created: new_.filter((path) => isFile.has(path)),
    newFolders: new_.filter((path) => !isFile.has(path)).map((path) => `${path}/`),
    deleted: deleted.filter((path) => !went.has(path)),
    moved,
  }
}

/** `acts/one/ → acts/two/ (4 files)` for a folder that went whole, and the other files one by one. */
export function movesInWords({ moved = [], moved_folders = [] }: Changes, inert: Inert): string[] {
  const isWithin = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)
  const folders = moved_folders.flatMap((folder) => {
    const inside = moved.filter(({ from }) => isWithin(from, folder))
    const [first] = inside
    if (first === undefined) return []
    const place = first.to.slice(0, folder.length - first.from.length)
    return [`${inert(folder)}/ → ${inert(place)}/ (${count(inside.length, 'file')})`]
  })
  const others = moved.filter(({ from }) => !moved_folders.some((folder) => isWithin(from, folder)))
  return [...folders, ...others.map(({ from, to }) => `${inert(from)} → ${inert(to)}`)]
}

/** What stays in a session: a move is one thing, told as one. */
export function stayingInWords(
  { remaining = [], remaining_moved: moved = [] }: Staying,
  inert: Inert,
): string[] {
  const ends = new Set(moved.flatMap(({ from, to }) => [from, to]))
  const others = remaining.filter((path) => !ends.has(path))
  return [...others.map(inert), ...moved.map(({ from, to }) => `${inert(from)} → ${inert(to)}`)]
}

interface Staying {
  remaining?: string[] | undefined
  remaining_moved?: { from: string; to: string }[] | undefined
}

/** How many files a commit is of: one that was moved counts once. */
export function filesInWords({ files, moved = 0 }: { files: string[]; moved?: number | undefined }): string {
  const all = count(files.length - moved, 'file')
  return moved === 0 ? all : `${all} (${moved} moved)`
}

interface Figures {
  modified: number | null
  created: number | null
  deleted: number | null
  moved?: number | null | undefined
  new_folders?: number | null | undefined
  ignored?: number | null | undefined
}

/** The figures of a status, a line each; null is what nobody could count. */
export function figuresInWords({ modified, created, deleted, ...further }: Figures): string[] {
  const line = (label: string, amount: number | null) => `   • ${label}: ${amount ?? 'unknown'}`
  const unless0 = (label: string, amount: number | null | undefined) =>
    amount === 0 || amount === undefined ? [] : [line(label, amount)]
  const { moved, new_folders, ignored } = further
  return [
    line('Modified files', modified),
    line('Created files', created),
    ...unless0('Deleted files', deleted),
    // Where the others are unknown, so are these.
    ...unless0('Moved files', moved ?? undefined),
    ...unless0('New empty folders', new_folders ?? undefined),
    ...unless0('Ignored files', ignored ?? undefined),
  ]
}
