/** Why clients were not set up, told in the manner of every other error: all that stands in the way, each with its step. */
import { CowriteError } from '../lib/errors.js'
import { linesForTerminal } from '../lib/render/at-terminal.js'
import type { Failure } from './io.js'

export interface Obstacle {
  code: 'WRONG_KIND' | 'CANNOT_WRITE' | 'UNSUPPORTED'
  path: string
  message: string
  step: string
  left?: string[]
}

/** Its code is that of the first. */
export class SetupError extends CowriteError<Obstacle['code']> {
  readonly obstacles: readonly Obstacle[]

  constructor(first: Obstacle, others: readonly Obstacle[]) {
    const after = first.left ? `Not all could be undone: ${first.left.join('; ')}` : 'Nothing was written'
    super(first.code, `${first.message}. ${after}.`, dataOf(first))
    this.obstacles = [first, ...others]
  }
}

/** Throws where something stands in the way. */
export function refuse([first, ...others]: readonly Obstacle[]): void {
  if (first) throw new SetupError(first, others)
}

function dataOf({ code, path, message }: Obstacle) {
  if (code === 'WRONG_KIND') return { path, expected: 'settings that can be read', found: message }
  if (code === 'CANNOT_WRITE') return { path, reason: message }
  return { what: message }
}

export function describeSetup({ code, message, data, obstacles }: SetupError): Failure & { text: string } {
  const steps = [...new Set(obstacles.map(({ step }) => step))]
  const text = [
    `❌ ERROR: ${message}`,
    ...obstacles.slice(1).map((obstacle) => `   Also: ${obstacle.message}`),
    '',
    '💡 Next steps:',
    ...steps.map((step) => `   - ${step}`),
    '',
    `🔖 Code: ${code} (${code === 'CANNOT_WRITE' ? 'it broke' : 'mend your arguments'})`,
  ]
  return { code, message, data, next_steps: steps, text: linesForTerminal(text.join('\n')) }
}
