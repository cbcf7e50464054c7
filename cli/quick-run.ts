/**
 * `cowrite run` as it is mostly typed, understood without the parser and the list of operations: to load them takes as
 * long as the view takes to be made. What is not as plain as that is left to the parser, which says what is wrong.
 */
import type { Globals } from './call.js'

export interface QuickRun {
  program: string
  args: string[]
  /** In seconds. */
  wait?: number
  globals: Globals
}

/** Null for every other command line. */
export function quickRun([command, ...words]: readonly string[]): QuickRun | null {
  if (command !== 'run') return null
  const options: Record<string, string> = {}
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (word === '--') return made(words.slice(at + 1), options)
    if (!word.startsWith('-')) return made(words.slice(at), options)
    const [, name, joined] = /^--(session|workspace|wait)(?:=(.*))?$/s.exec(word) ?? []
    const value = joined ?? words[++at]
    if (name === undefined || value === undefined || value === '' || value.startsWith('-')) return null
    options[name] = value
  }
  return null
}

function made([program, ...args]: readonly string[], options: Record<string, string>): QuickRun | null {
  const { wait, ...globals } = options
  if (program === undefined || program === '') return null
  if (wait !== undefined && !/^\d{1,6}(\.\d+)?$/.test(wait)) return null
  return { program, args, globals, ...(wait === undefined ? {} : { wait: Number(wait) }) }
}
