import * as z from 'zod'
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import {
  renderDeleteSessionFile,
  renderEditSessionFile,
  renderListSessionFiles,
  renderMoveSessionFile,
  renderReadSessionFile,
  renderSearchSessionText,
  renderWriteSessionFile,
} from '../render/files.js'
import type { SessionApi } from '../workspace-api.js'
import { define } from './define.js'
import { given } from './given.js'
import { filePath, limit, offset, session as sessionInput } from './inputs.js'
import { nextPage } from './next-page.js'
import { readSessionFile as runReadSessionFile } from './quick/read-session-file.js'
import { snakeCased } from './snake-case.js'

export const readSessionFile = define('read_session_file', {
  group: 'files',
  title: 'Read a file',
  summary:
    'Reads a file as the session sees it: its own copy, else the live one. Binary files come as base64.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    file_path: filePath,
    offset: offset.optional().describe('First line, from 0; of a binary file, byte'),
    limit: limit.optional().describe('Lines; of a binary file, bytes'),
    session: sessionInput,
  }),
  examples: ['cowrite file read acts/act-1/scene-0101.md'],
  run: runReadSessionFile,
  render: renderReadSessionFile,
})

export const writeSessionFile = define('write_session_file', {
  group: 'files',
  title: 'Write a file',
  summary: 'Writes a whole file into the session; the live file stays until commit.',
  kind: 'write',
  idempotent: true,
  input: z.strictObject({
    file_path: filePath,
    content: z.string(),
    if_match: z.string().min(1).optional().describe('An etag: refuses if the file changed since'),
    session: sessionInput,
  }),
  examples: ['cowrite file write acts/act-1/scene-0101.md < draft.md'],
  async run(context, { file_path, content, if_match, session }) {
    return snakeCased(
      await (await context.session(session)).write(file_path, content, given({ ifMatch: if_match })),
    )
  },
  render: renderWriteSessionFile,
})

export const editSessionFile = define('edit_session_file', {
  group: 'files',
  title: 'Edit a file',
  summary: 'Replaces a text that stands once in a file of the session (replace_all: every time).',
  kind: 'write',
  idempotent: false,
  input: z.strictObject({
    file_path: filePath,
    old_string: z.string().min(1),
    new_string: z.string(),
    replace_all: z.boolean().default(false),
    session: sessionInput,
  }),
  examples: ['cowrite file edit acts/act-1/scene-0101.md "Call me Ismael" "Call me Ishmael"'],
  async run(context, { file_path, old_string, new_string, replace_all, session }) {
    const work = await context.session(session)
    return snakeCased(await work.edit(file_path, old_string, new_string, { replaceAll: replace_all }))
  },
  render: renderEditSessionFile,
})

export const deleteSessionFile = define('delete_session_file', {
  group: 'files',
  title: 'Delete a file or folder',
  summary: 'Deletes a file or a whole folder in the session; the live ones stay until commit.',
  kind: 'destructive',
  idempotent: false,
  input: z.strictObject({ file_path: filePath, session: sessionInput }),
  examples: ['cowrite file rm acts/act-1/old.md'],
  async run(context, { file_path, session }) {
    const work = await context.session(session)
    const files = await filesIn(work, file_path)
    return { ...snakeCased(await work.remove(file_path)), ...given({ files }) }
  },
  render: renderDeleteSessionFile,
})

export const moveSessionFile = define('move_session_file', {
  group: 'files',
  title: 'Move a file',
  summary: 'Moves or renames a file or folder in the session.',
  kind: 'write',
  idempotent: false,
  input: z.strictObject({ source: filePath, destination: filePath, session: sessionInput }),
  examples: ['cowrite file mv acts/act-1/old.md acts/act-2/new.md'],
  async run(context, { source, destination, session }) {
    const work = await context.session(session)
    try {
      return snakeCased(await work.move(source, destination))
    } catch (error) {
      throw isIntoItself(error) ? intoItself(source, destination, error) : error
    }
  },
  render: renderMoveSessionFile,
})

export const listSessionFiles = define('list_session_files', {
  group: 'files',
  title: 'List files',
  summary: 'Lists files as the session sees them, each its own or the live one.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    folder: z.string().default('').describe('Default: the workspace'),
    glob: z.string().min(1).optional(),
    recursive: z.boolean().default(false),
    limit: limit.default(200),
    offset: offset.default(0),
    session: sessionInput,
  }),
  examples: ['cowrite file ls acts/act-1', "cowrite file ls --glob '**/*.md' --recursive"],
  async run(context, { folder, glob, recursive, limit, offset, session }) {
    const work = await context.session(session)
    const listed = await work.files({ folder, recursive, limit, offset, ...given({ glob }) })
    const asked = given({ folder: folder || undefined, glob, recursive: recursive || undefined, session })
    return {
      ...snakeCased(listed),
      ...nextPage(asked, { limit, offset, shown: listed.entries.length, total: listed.total }),
    }
  },
  render: renderListSessionFiles,
})

export const searchSessionText = define('search_session_text', {
  group: 'files',
  title: 'Search in files',
  summary: 'Finds lines with a text in the files as the session sees them.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    query: z.string().min(1),
    regex: z.boolean().default(false).describe('A regular expression (RE2)'),
    glob: z.string().min(1).optional(),
    limit: limit.default(100),
    offset: offset.default(0),
    session: sessionInput,
  }),
  examples: ['cowrite file search Ishmael', "cowrite file search 'whal(e|ing)' --regex --glob 'acts/**'"],
  async run(context, { query, regex, glob, limit, offset, session }) {
    const work = await context.session(session)
    const { signal } = context
    const found = await work.search(query, { regex, limit, offset, ...given({ glob, signal }) })
    const asked = { query, ...given({ regex: regex || undefined, glob, session }) }
    return {
      ...snakeCased(found),
      ...nextPage(asked, { limit, offset, shown: found.matches.length, total: found.total }),
    }
  },
  render: renderSearchSessionText,
})

/** How many files a folder holds; nothing for what is no folder. What cannot be looked at, `remove` refuses better. */
async function filesIn(work: SessionApi, path: string): Promise<number | undefined> {
  try {
    const stats = await (work.fs as Pick<typeof import('node:fs/promises'), 'lstat'>).lstat(path)
    if (!stats.isDirectory()) return undefined
    return (await work.files({ folder: path, recursive: true, glob: '**', limit: 1 })).total
  } catch {
    return undefined
  }
}

function isIntoItself(error: unknown): boolean {
  return errnoOf(error) === 'EINVAL' || (isCowriteError(error, 'IO') && error.data.errno === 'EINVAL')
}

function intoItself(source: string, destination: string, cause: unknown): CowriteError {
  const message = `${source} cannot be moved into itself: ${destination} lies in it.`
  return new CowriteError(
    'INVALID_INPUT',
    message,
    { argument: 'destination', value: destination },
    { cause },
  )
}
