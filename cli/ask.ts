/** Questions to a person at a terminal. The prompts are loaded when the first one is asked. */
import type { Io } from './io.js'

/** A person's yes. Escape, Ctrl-C and the end of input are a no. */
export async function confirm(io: Io, message: string): Promise<boolean> {
  const prompts = await import('@clack/prompts')
  const answer = await untilInputEnds(io, (signal) =>
    prompts.confirm({ message, initialValue: false, withGuide: false, ...streams(io), signal }),
  )
  return answer === true
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
