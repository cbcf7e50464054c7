/**
 * The commands that are called most, understood without the parser and the schemas: to load those takes longer than the
 * commands do. What is not as plain as here is left to them, who say what is wrong.
 */
import type { QuickName } from '../lib/operations/quick/index.js'
import type { Globals } from './call.js'

export interface QuickCommand {
  operation: QuickName
  raw: Record<string, string>
  globals: Globals
}

/** The words of each, and the inputs that stand after them. */
const grammar: readonly (readonly [QuickName, words: readonly string[], places: readonly string[]])[] = [
  ['get_active_session', ['session', 'status'], []],
  ['list_sessions', ['session', 'list'], []],
  ['read_session_file', ['file', 'read'], ['file_path']],
  ['record_human_retry', ['retry'], ['file_path', 'reason']],
]

/** Null for every other command line. */
export function quickCommand(argv: readonly string[]): QuickCommand | null {
  for (const [operation, words, places] of grammar) {
    if (!words.every((word, at) => argv[at] === word)) continue
    const typed = typedAfter(argv.slice(words.length))
    if (typed === null || typed.places.length !== places.length) return null
    const raw = Object.fromEntries(places.map((input, at) => [input, typed.places[at] as string]))
    return { operation, raw, globals: typed.globals }
  }
  return null
}

/** What stands in its place, and the options of everywhere; null where there is more, or less. */
function typedAfter(words: readonly string[]): { places: string[]; globals: Globals } | null {
  const places: string[] = []
  const globals: Globals = {}
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (word === '--json') globals.json = true
    else if (!word.startsWith('-')) places.push(word)
    else {
      const [, name, joined] = /^--(session|workspace)(?:=(.*))?$/s.exec(word) ?? []
      const value = joined ?? words[++at]
      if (name === undefined || value === undefined || value === '' || value.startsWith('-')) return null
      globals[name as 'session' | 'workspace'] = value
    }
  }
  return places.includes('') ? null : { places, globals }
}
