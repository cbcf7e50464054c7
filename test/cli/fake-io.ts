/** A world for the command line that a test can look at: streams in memory, a terminal or none. */
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import type { Io, Rooms } from '../../cli/io.js'
import { runCommandLine } from '../../cli/run.js'

export class Screen extends Writable {
  text = ''
  readonly bytes: Buffer[] = []
  isTTY: boolean
  columns = 100

  constructor(isTTY: boolean) {
    super({
      write: (chunk: Buffer, _encoding, done) => {
        this.bytes.push(chunk)
        this.text += chunk.toString('utf8')
        done()
      },
    })
    this.isTTY = isTTY
  }
}

export class Keyboard extends PassThrough {
  isTTY: boolean
  isRaw = false

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  setRawMode(raw: boolean): this {
    this.isRaw = raw
    return this
  }
}

export interface World {
  rooms: Rooms
  terminal?: boolean
  cwd?: string
  env?: Record<string, string>
  /** What stdin holds, away from a terminal. */
  input?: string | Uint8Array
  /** The keys that are pressed when the screen shows a text. */
  keys?: { when: string; press: string }[]
  stdout?: Writable
}

export interface Outcome {
  status: number
  stdout: string
  stderr: string
  bytes: Buffer
  interrupts: ((status: number) => void)[]
}

export async function run(
  argv: string[],
  world: World,
  listen?: (interrupt: (status: number) => void) => void,
  carryOut: typeof runCommandLine = runCommandLine,
): Promise<Outcome> {
  const terminal = world.terminal ?? false
  const stdin = new Keyboard(terminal)
  const stdout = new Screen(terminal)
  const stderr = new Screen(terminal)
  if (!terminal) stdin.end(world.input ?? '')
  const pressing = pressKeys(stdin, stdout, world.keys ?? [])
  const interrupts: ((status: number) => void)[] = []
  const io: Io = {
    stdin,
    stdout: world.stdout ?? stdout,
    stderr,
    env: world.env ?? {},
    cwd: world.cwd ?? '/',
    version: '1.2.3',
    program: join(import.meta.dirname, '../../dist/cli/main.js'),
    rooms: world.rooms,
    onInterrupt(listener) {
      interrupts.push(listener)
      listen?.(listener)
      return { stop: () => void interrupts.splice(interrupts.indexOf(listener), 1) }
    },
    passSignals: () => ({ stop() {} }),
  }
  try {
    const status = await carryOut(argv, io)
    return {
      status,
      stdout: stdout.text,
      stderr: stderr.text,
      bytes: Buffer.concat(stdout.bytes),
      interrupts,
    }
  } finally {
    clearInterval(pressing)
    stdin.destroy()
  }
}

function pressKeys(stdin: Keyboard, stdout: Screen, keys: { when: string; press: string }[]) {
  const waiting = [...keys]
  return setInterval(() => {
    const next = waiting[0]
    if (!next || !stdout.text.includes(next.when)) return
    waiting.shift()
    stdin.write(next.press)
  }, 5)
}
