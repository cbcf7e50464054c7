import type { Readable, Writable } from 'node:stream'

/** The process that the server runs in, as far as the server touches it. */
export interface Host {
  stdin: Readable
  stdout: Writable
  stderr: Writable
  environment: Readonly<Record<string, string | undefined>>
  workingFolder: string
  /** Emits signals, `uncaughtException` and `unhandledRejection`; has the id of the parent. */
  process: NodeJS.EventEmitter & { readonly ppid: number }
  exit(status: number): void
}

export interface End {
  reason: string
  status: number
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** How often the parent is looked for, in milliseconds. */
const parentInterval = 1_000

/**
 * Settles when the server has nobody left to serve: the end of stdin, a broken stdout, a signal, the parent's death.
 * A client that dies without closing its pipes (another process may hold them) shows in the parent's id alone.
 */
export function endOf(host: Host, log: (line: string) => void): Promise<End> {
  return new Promise((resolve) => {
    const end = (reason: string, status = 0) => {
      clearInterval(watch)
      resolve({ reason, status })
    }
    host.stdin.once('end', () => end('stdin ended'))
    host.stdin.once('close', () => end('stdin closed'))
    host.stdin.on('error', (error) => end(`stdin failed: ${error.message}`))
    host.stdout.on('error', (error) => end(`stdout failed: ${error.message}`))
    for (const signal of signals) host.process.once(signal, () => end(signal))

    host.process.on('unhandledRejection', (reason) => log(`unhandled rejection: ${inWords(reason)}`))
    host.process.on('uncaughtException', (error) => {
      log(`uncaught exception: ${inWords(error)}`)
      end('an exception', 1)
    })

    const parent = host.process.ppid
    const watch = setInterval(() => {
      if (host.process.ppid !== parent) end('the parent is gone')
    }, parentInterval).unref()
  })
}

/** Waits for work, but not for ever; `time` in milliseconds. Rejects as the work does. */
export async function within(time: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, time)
  })
  try {
    await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
  }
}

function inWords(value: unknown): string {
  return value instanceof Error ? (value.stack ?? value.message) : String(value)
}
