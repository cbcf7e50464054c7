/** A client at work in a book, before a model that the test speaks for. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Book } from './book.js'
import { type Model, startModel } from './model.js'
import type { Given, Wire } from './wire.js'

export interface Started {
  command: readonly string[]
  env?: Record<string, string>
  /** What is typed; most clients take it as an argument. */
  input?: string
}

export interface Chat {
  /** What the model was given first. */
  asked(): Promise<Given>
  /** Has the model call a tool; what it is given of that. */
  call(name: string, input: unknown): Promise<Given>
  /** Has the model speak, and waits until the client has ended. Its standard output. */
  end(): Promise<string>
  /** Lets the model speak, and the chat go on. */
  say(text: string): Promise<void>
  process: ChildProcess
}

const patience = 90_000

/** Starts a client in the book. `start` gets where the model is. */
export async function startChat(book: Book, wire: Wire, start: (model: Model) => Started): Promise<Chat> {
  const model = await startModel(wire)
  const { command, env, input } = start(model)
  const [file, ...words] = command as [string, ...string[]]
  const child = spawn(file, words, {
    cwd: book.root,
    env: { ...book.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  if (input !== undefined) child.stdin.write(input)
  else child.stdin.end()
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve)
    child.on('error', () => resolve(null))
  })
  ended.then((status) =>
    model.end(new Error(`The client ended with ${status}.\n${out.slice(-2000)}\n${err.slice(-2000)}`)),
  )
  const timer = setTimeout(() => child.kill('SIGKILL'), patience * 4)
  return {
    process: child,
    asked: () => model.asked(),
    call: (name, toolInput) => model.call(name, toolInput),
    say: (text) => model.answer({ say: text }),
    async end() {
      await model.answer({ say: 'Done.' })
      child.stdin.end()
      await ended
      clearTimeout(timer)
      await model.close()
      return out
    },
  }
}
