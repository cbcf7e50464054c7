/** What the operations on one session's files answer. */
import * as z from 'zod'
import { changeOrNone, source } from './change-shapes.js'

const text = z.string()
const number = z.number()
const flag = z.boolean()
const texts = z.array(text)

/** The arguments that go on where a list was cut; left out at its end. */
const page = { glob: text.optional(), limit: number, offset: number, session: text.optional() }
const nextFiles = z.strictObject({ folder: text.optional(), recursive: flag.optional(), ...page }).optional()
const nextMatches = z.strictObject({ query: text, regex: flag.optional(), ...page }).optional()

export const fileShapes = {
  read_session_file: () =>
    z.strictObject({
      file_path: text,
      content: text,
      encoding: z.enum(['utf-8', 'base64']),
      size_bytes: number,
      etag: text,
      source,
      truncated: flag,
    }),
  write_session_file: () =>
    z.strictObject({
      file_path: text,
      change: changeOrNone,
      copied_up: flag,
      etag: text,
      also_changed_in: texts,
    }),
  edit_session_file: () =>
    z.strictObject({
      file_path: text,
      replacements: number,
      etag: text,
      patch: text,
      also_changed_in: texts,
    }),
  /** `files` is how many a folder held. */
  delete_session_file: () =>
    z.strictObject({ file_path: text, change: changeOrNone, files: number.optional() }),
  move_session_file: () => z.strictObject({ source: text, destination: text, change: text }),
  list_session_files: () =>
    z.strictObject({
      entries: z.array(
        z.strictObject({
          file_path: text,
          kind: z.enum(['file', 'folder', 'symlink', 'other']),
          size_bytes: number,
          source,
        }),
      ),
      total: number,
      next: nextFiles,
    }),
  search_session_text: () =>
    z.strictObject({
      matches: z.array(z.strictObject({ file_path: text, line: number, text })),
      total: number,
      next: nextMatches,
    }),
}
