/** Questions to a person at a terminal. The prompts are loaded when the first one is asked. */
import type { Io } from './io.js'

/**
 * A person's yes: the whole answer must be `y` or `yes`, since a question that takes single keys finds one in any word.
 * Every other answer is a no; so are Enter alone, Escape, Ctrl-C and the end of input.
 */
export async function confirm(io: Io, message: string): Promise<boolean> {
  const prompts = await import('@clack/prompts')
  const answer = await untilInputEnds(io, (signal) =>
    prompts.text({ message: `${message} (y/N)`, withGuide: false, ...streams(io), signal }),
  )
  return typeof answer === 'string' && /^y(es)?$/i.test(answer.trim())
}

export interface Choice<Value extends string> {
  value: Value
  label: string
}

/** What a person chose, or null. */
export async function choose<Value extends string>(
  io: Io,
  message: string,
  choices: Choice<Value>[],
): Promise<Value | null> {
  const prompts = await import('@clack/prompts')
  // A typed word is no choice: the prompts would take these letters for arrow keys.
  for (const letter of 'hjkl') prompts.settings.aliases.delete(letter)
  const answer = await untilInputEnds(io, (signal) =>
    prompts.select<string>({ message, options: choices, withGuide: false, ...streams(io), signal }),
  )
  return choices.find((choice) => choice.value === answer)?.value ?? null
}

/** The prompts would wait for ever for a terminal that has gone, and for one whose person pressed Ctrl-D. */
async function untilInputEnds<Answer>(
  io: Io,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const ended = new AbortController()
  const end = () => ended.abort()
  const hear = (_text: string, key: { name?: string; ctrl?: boolean }) => {
    if (key.ctrl && key.name === 'd') end()
  }
  io.stdin.once('end', end).once('close', end).on('keypress', hear)
  try {
    return await ask(ended.signal)
  } finally {
    io.stdin.removeListener('end', end).removeListener('close', end).removeListener('keypress', hear)
  }
}

/** The prompts' types ask for stream classes; any stream of that shape serves. */
function streams(io: Io) {
  return { input: io.stdin as NodeJS.ReadStream, output: io.stdout as NodeJS.WriteStream }
}
