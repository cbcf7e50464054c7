import type { OperationName } from '../lib/render/commands.js'
import type { Call, Globals } from './call.js'

/** What a parsed command line asks for. */
export interface Plan {
  /** The operation it runs, if it is one. */
  operation?: OperationName
  globals: Globals
  run(call: Call): Promise<void>
}

/** Told of the plan once a command line was understood. */
export type OnPlan = (plan: Plan) => void

/** Thrown for `help WORDS…`, which is `WORDS… --help`. */
export class HelpWanted extends Error {
  readonly words: string[]

  constructor(words: string[]) {
    super('help')
    this.words = words
  }
}
