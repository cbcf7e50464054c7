#!/usr/bin/env node
/** The program `cowrite`. */
import { constants } from 'node:os'
import pkg from '../package.json' with { type: 'json' }
import { loadCommand } from './compiled.js'
import type { Io } from './io.js'

const { runCommandLine, rooms } = loadCommand(__dirname)

const io: Io = {
  // Node makes a stream when it is first asked for, and not every command asks for all.
  get stdin() {
    return process.stdin
  },
  get stdout() {
    return process.stdout
  },
  get stderr() {
    return process.stderr
  },
  env: process.env,
  cwd: process.cwd(),
  version: pkg.version,
  rooms: { ...rooms, server: () => import('../mcp-server/main.js') },
  onInterrupt,
}

runCommandLine(process.argv.slice(2), io).then((status) => process.exit(status))

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
