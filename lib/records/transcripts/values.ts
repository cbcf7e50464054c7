/** Looking into values of which nothing is known. */

export type Fields = Record<string, unknown>

export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** A count; 0 for what is none. */
export function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
}

/** A moment as ISO 8601, of text or of milliseconds; null for what is no time. */
export function momentOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  // As all clients write it, thousands of times in a transcript.
  if (typeof value === 'string' && /^20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z$/.test(value))
    return value
  const time = new Date(value)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

/** JSON that somebody put into a string; null where it is no object. */
export function parsedFields(value: unknown): Fields | null {
  if (typeof value !== 'string') return fieldsOf(value)
  try {
    return fieldsOf(JSON.parse(value))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return null
  }
}

/** The text of a message: plain, or the parts of it that are text. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  const parts = listOf(content).map((part) =>
    typeof part === 'string' ? part : textOf(fieldsOf(part)?.text),
  )
  return parts.filter((part) => part !== null && part !== '').join('\n')
}

const longestAbout = 200
const telling = [
  'file_path',
  'notebook_path',
  'absolute_path',
  'path',
  'command',
  'cmd',
  'pattern',
  'query',
  'url',
  'description',
  'subject',
  'skill',
  'name',
]

/** What a tool was called for, by the argument that tells most. */
export function aboutOf(input: Fields | null): string | null {
  for (const field of telling) {
    const value = input?.[field]
    const text = Array.isArray(value) ? value.filter((word) => typeof word === 'string').join(' ') : value
    if (typeof text === 'string' && text !== '') return text.slice(0, longestAbout)
  }
  return null
}

const states = new Map<unknown, 'pending' | 'in_progress' | 'completed'>([
  ['in_progress', 'in_progress'],
  ['completed', 'completed'],
  ['done', 'completed'],
])

/** A list of things to do as clients write them; entries that say nothing are left out. */
export function todosOf(value: unknown, ...names: string[]) {
  return listOf(value).flatMap((entry) => {
    const fields = fieldsOf(entry)
    const text = names.map((name) => textOf(fieldsOf(entry)?.[name])).find((found) => found?.trim())
    if (!fields || !text || fields.status === 'cancelled' || fields.status === 'deleted') return []
    return [{ text, status: states.get(fields.status) ?? ('pending' as const) }]
  })
}
