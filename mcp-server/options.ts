import { parseArgs } from 'node:util'
import { CowriteError } from '../lib/errors.js'
import type { Group } from '../lib/operations/operation.js'

/** What a client's model is shown: text alone, text and structured parts, or whatever suits the client. */
export type Results = 'auto' | 'text' | 'both'

/** As the command line has them. */
export interface ServerOptions {
  workspace?: string | undefined
  session?: string | undefined
  /** Groups, with commas between. Default `session,files`. */
  tools?: string | undefined
  results?: string | undefined
}

const groups: readonly Group[] = ['session', 'files', 'records']
const resultsKinds: readonly Results[] = ['auto', 'text', 'both']

/** Reads the options of `cowrite mcp`. Throws INVALID_INPUT. */
export function readArguments(argv: readonly string[]): ServerOptions {
  const option = { type: 'string' } as const
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { workspace: option, session: option, tools: option, results: option },
    })
    return values
  } catch (error) {
    throw new CowriteError('INVALID_INPUT', (error as Error).message, {
      known: ['--workspace', '--session', '--tools', '--results'],
    })
  }
}

export function readGroups(tools = 'session,files'): Group[] {
  return tools.split(',').map((word) => oneOf('tools', word.trim(), groups))
}

export function readResults(results = 'auto'): Results {
  return oneOf('results', results, resultsKinds)
}

function oneOf<Value extends string>(argument: string, value: string, known: readonly Value[]): Value {
  const found = known.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw new CowriteError('INVALID_INPUT', `--${argument} knows ${known.join(', ')}, not '${value}'`, {
    argument,
    value,
    known: [...known],
  })
}
