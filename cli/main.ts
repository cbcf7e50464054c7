#!/usr/bin/env node
/** The program `cowrite`. */
import module from 'node:module'
import { constants } from 'node:os'
import pkg from '../package.json' with { type: 'json' }
import type { Io } from './io.js'
import { runCommandLine } from './run.js'

/** Node 22 and newer can keep what they compiled from one run to the next. */
const { enableCompileCache } = module as { enableCompileCache?: () => unknown }
enableCompileCache?.()

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  version: pkg.version,
  rooms: {
    operations: () => import('../lib/operations/index.js'),
    library: () => import('../lib/index.js'),
    server: () => import('../mcp-server/main.js'),
  },
  onInterrupt,
}

process.exit(await runCommandLine(process.argv.slice(2), io))

/** The first signal asks for a clean end; who sends a second one does not want to wait for it. */
function onInterrupt(listener: (status: number) => void): { stop(): void } {
  let asked = false
  const hear = (signal: NodeJS.Signals) => {
    const status = 128 + constants.signals[signal]
    if (asked) process.exit(status)
    asked = true
    listener(status)
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, hear)
  return {
    stop() {
      for (const signal of signals) process.removeListener(signal, hear)
    },
  }
}
