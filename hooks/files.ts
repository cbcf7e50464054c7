/** The client's own tools for files: what they read and write is the session's. */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { isCowriteError, type Place } from '../lib/index.js'
import { context, deny, givenFile, type HookAnswer, type HookEvent, inputText } from './event.js'
import { readInstead, toBeEdited, writtenInstead } from './leading.js'
import { partOf, whyOutside } from './paths.js'
import type { AtWork } from './work.js'

export async function beforeRead(event: HookEvent, at: AtWork): Promise<HookAnswer | null> {
  const part = partOf(event, inputText(event, 'file_path'), at)
  if (part?.kind !== 'live') return null
  const { session } = at
  try {
    const place = await session.place(part.path, 'read')
    if (place.source === 'session' && place.at !== null) {
      return readInstead(event, session.name, standingAt(place, at))
    }
    return place.at === null && part.isThere
      ? deny(event, `${part.path} is deleted in session ${session.name}.`)
      : null
  } catch (error) {
    // Reading harms nobody, and what is out of the session's sight has one form only.
    if (isCowriteError(error)) return null
    throw error
  }
}

export async function beforeWrite(event: HookEvent, at: AtWork): Promise<HookAnswer | null> {
  const part = partOf(event, inputText(event, 'file_path'), at)
  if (part === null) return null
  if (part.kind === 'kept') return deny(event, part.why)
  return leading(event, part.path, at, (place) =>
    part.kind === 'copy' ? null : writtenInstead(event, at.session.name, standingAt(place, at)),
  )
}

/** Where the chat has the file: in its view, or among the session's copies. */
function standingAt({ at, filePath }: Place, { view }: AtWork): string {
  return view === null ? (at ?? '') : join(view, filePath)
}

/** The client looks at the file before it asks a hook, so that the model has to name the copy by itself. */
export async function beforeEdit(event: HookEvent, at: AtWork): Promise<HookAnswer | null> {
  const given = givenFile(event)
  const part = partOf(event, given, at)
  if (part === null) return null
  if (part.kind === 'kept') return deny(event, part.why)
  return leading(event, part.path, at, (place) =>
    part.kind === 'copy' ? null : toBeEdited(event, at.session.name, standingAt(place, at)),
  )
}

/** To where the session has it; refused where that is outside of the workspace, as a path through such a folder is. */
async function leading(
  event: HookEvent,
  path: string,
  { session, view, world }: AtWork,
  answer: (place: Place) => HookAnswer | null,
): Promise<HookAnswer | null> {
  try {
    return answer(await session.place(path, view === null ? 'write' : 'read'))
  } catch (error) {
    const place = isCowriteError(error, 'PATH_ESCAPE') ? placeBehind(join(world.root, path)) : null
    if (place === null) throw error
    return deny(event, whyOutside(path, place, session.name))
  }
}

/** Through the link that a path is; null where it is none, or one that leads nowhere. */
function placeBehind(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

const mostNamed = 10

/** They look at the real files; where the session's differ, the model has to know. */
export async function beforeSearch(
  event: HookEvent,
  { session, view, world }: AtWork,
): Promise<HookAnswer | null> {
  if (view !== null) return null
  const { modified, created, deleted } = (await session.status()).changes
  const written = [...modified, ...created].map(({ path }) => path)
  const gone = deleted.map(({ path }) => path)
  if (written.length + gone.length === 0) return null
  const lines = [`Session ${session.name} differs from the files that are searched here.`]
  if (written.length > 0) {
    lines.push(`Changed (search ${world.root}/${session.path} too, where the copies lie): ${named(written)}`)
  }
  if (gone.length > 0) lines.push(`Deleted, although they are found here: ${named(gone)}`)
  return context(event, lines.join('\n'))
}

function named(paths: readonly string[]): string {
  const more = paths.length > mostNamed ? `, and ${paths.length - mostNamed} more` : ''
  return `${paths.slice(0, mostNamed).join(', ')}${more}`
}
