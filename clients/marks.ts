/** Entries of ours in somebody's JSON, each with a mark that says what was made for it and so goes with it. */
import { type Draft, reading } from './draft.js'
import { addEntry, missingAbove, type Path, removeEntry } from './jsonc.js'

/** What init made: the entry with some objects above it, the whole text of an empty file, or the file with folders. */
export interface Mark {
  made: 'entry' | 'document' | 'file'
  /** Objects for an entry, folders for a file. */
  above: number
}

export function spellMark({ made, above }: Mark): string {
  return above === 0 ? made : `${made}+${above}`
}

/** Null for what is no mark of ours. */
export function readMark(spelled: unknown): Mark | null {
  const [, made, above = '0'] =
    /^(entry|document|file)(?:\+(\d))?$/.exec(typeof spelled === 'string' ? spelled : '') ?? []
  return made === undefined ? null : { made: made as Mark['made'], above: Number(above) }
}

/** Puts an entry into a file that may not be there yet. `entry` makes it, with the mark in it. */
export async function putEntry(
  draft: Draft,
  path: string,
  at: Path,
  entry: (mark: string) => unknown,
): Promise<void> {
  const text = await draft.read(path)
  const body = bodyOf(text ?? '')
  const mark = spellMark({
    made: text === null ? 'file' : body.trim() === '' ? 'document' : 'entry',
    above: text === null ? await draft.missingFolders(path) : reading(path, () => missingAbove(body, at)),
  })
  const put = reading(path, () => addEntry(body, at, entry(mark)))
  await draft.write(path, text === null ? `${put}\n` : bomOf(text) + put)
}

/** Takes an entry out, with what was made for it, as far as nothing of anybody's is in that. */
export async function takeEntry(draft: Draft, path: string, at: Path, mark: Mark): Promise<void> {
  const text = (await draft.read(path)) ?? ''
  const above = mark.made === 'entry' ? mark.above : at.length
  const rest = reading(path, () => removeEntry(bodyOf(text), at, above))
  if (mark.made === 'file' && rest.trim() === '') await draft.remove(path, mark.above)
  else await draft.write(path, bomOf(text) + rest)
}

/** A byte order mark is no part of what JSON is read from. */
export function bomOf(text: string): string {
  return text.startsWith('\uFEFF') ? '\uFEFF' : ''
}

export function bodyOf(text: string): string {
  return text.slice(bomOf(text).length)
}
