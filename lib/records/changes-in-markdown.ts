/** What a session did to texts, for whoever has nothing but the document: prose compared by sentence and word. */
import type { FileDiff } from '../api.js'
import { isCowriteError } from '../errors.js'
import type { RecordDetails } from '../records-api.js'
import { fenced, forMarkdown, linesForTerminal } from '../text/escape.js'
import { sizeInWords } from '../text/words.js'
import type { Site } from '../verbs/site.js'
import { type ChangedText, committedTexts } from './what-changed.js'

/** In characters, of one comparison and of all in a document. */
const longestPatch = 16 * 1024
const longestPatches = 256 * 1024

/** The room that comparisons have in one document. */
export class PatchRoom {
  #left = longestPatches

  /** Fenced, as far as there is room for it; null where there is none left. */
  take(patch: string): string[] | null {
    if (this.#left <= 0) return null
    const room = Math.min(longestPatch, this.#left)
    const isWhole = patch.length <= room
    const shown = isWhole ? patch : beginningOf(patch, room)
    this.#left -= shown.length
    const block = fenced(linesForTerminal(shown.replace(/\n+$/, '\n')))
    return isWhole ? [block] : [block, `*The first ${sizeInWords(shown.length)} of the comparison.*`]
  }

  get isFull(): boolean {
    return this.#left <= 0
  }
}

/** Up to the last line that ends in it, where lines are not as long as books. */
function beginningOf(patch: string, room: number): string {
  const end = patch.lastIndexOf('\n', room - 1) + 1
  return patch.slice(0, end > room / 2 ? end : room)
}

/** `changesIn` gives the changes of an open session. */
export async function changesInMarkdown(
  site: Site,
  { name, status, endedAt, files, commits }: RecordDetails,
  changesIn: (session: string) => Promise<FileDiff[]>,
  room: PatchRoom,
): Promise<string[]> {
  const texts: string[][] = []
  const ids = commits.map(({ commitId }) => commitId)
  const add = (one: ChangedText) => texts.push(textInMarkdown(one, commits, room))
  for (const one of committedTexts(site, ids)) {
    if (room.isFull) break
    add(one)
  }
  const open = endedAt === null ? await openChanges(name, changesIn) : []
  if (open === null) texts.push(['*The session is damaged: what it holds now cannot be compared.*'])
  for (const one of open ?? []) {
    if (room.isFull) break
    add(one)
  }
  if (room.isFull) texts.push(['*There is more, which is left out, since the texts above are long.*'])
  if (status === 'CANCELLED' && files.length > 0)
    texts.push(['*What it held when it was cancelled was thrown away: nothing is left to compare.*'])
  if (status === 'COMMITTED' && files.length > 0 && commits.length === 0)
    texts.push(['*What its commits replaced is not kept any more: nothing is left to compare.*'])
  if (texts.length === 0) return []
  return [
    '## What changed in the texts',
    'In prose, words marked `[-so-]` went, and words marked `{+so+}` came.',
    ...texts.flat(),
  ]
}

async function openChanges(
  name: string,
  changesIn: (session: string) => Promise<FileDiff[]>,
): Promise<ChangedText[] | null> {
  try {
    const diffs = await changesIn(name)
    return diffs
      .filter(({ change, patch, binary }) => change !== 'deleted' && (binary || patch !== ''))
      .map(({ filePath: path, change, movedFrom, binary, patch }) => ({
        ...{ path, change, commitId: null, patch: binary ? null : patch },
        ...(movedFrom === undefined ? {} : { movedFrom }),
      }))
  } catch (error) {
    if (isCowriteError(error, 'SESSION_CRASHED')) return null
    throw error
  }
}

function textInMarkdown(
  { path, change, movedFrom, commitId, patch }: ChangedText,
  commits: RecordDetails['commits'],
  room: PatchRoom,
): string[] {
  const how = movedFrom === undefined ? change : `moved from ${forMarkdown(movedFrom)}`
  const isUndone = commits.some((one) => one.commitId === commitId && one.undone)
  const by = commitId === null ? 'not committed' : `commit ${commitId}${isUndone ? ', undone since' : ''}`
  const heading = `### ${forMarkdown(path)} (${how}; ${by})`
  if (patch === null) return [heading, '*No text, too large, or not there any more: nothing to compare.*']
  return [heading, ...(room.take(textOfNew(patch) ?? patch) ?? [])]
}

/** A text that is new stands there as it is; null of any other. */
function textOfNew(patch: string): string | null {
  const [from, , place, ...lines] = patch.trimEnd().split('\n')
  const isNew = from === '--- /dev/null' && place?.startsWith('@@') === true
  if (!isNew || !lines.every((line) => /^[+\\]/.test(line))) return null
  return `${lines.flatMap((line) => (line.startsWith('+') ? [line.slice(1)] : [])).join('\n')}\n`
}
