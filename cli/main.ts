#!/usr/bin/env node
/** The program `cowrite`. */
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import pkg from '../package.json' with { type: 'json' }
import { loadCommand, loadScript } from './compiled.js'
import type { Io, Rooms } from './io.js'
import { quickRun } from './quick-run.js'

const words = process.argv.slice(2)
const { runCommandLine, rooms } = programFor(words)

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
  program: __filename,
  rooms: { ...rooms, server: () => import('../mcp-server/main.js') },
  onInterrupt,
  passSignals,
}

runCommandLine(words, io).then((status) => process.exit(status))

interface Program {
  runCommandLine(argv: readonly string[], io: Io): Promise<number>
  rooms: Omit<Rooms, 'server'>
}

function programFor(argv: readonly string[]): Program {
  if (quickRun(argv) === null) return loadCommand(__dirname)
  const quick = loadScript<typeof import('./quick.js')>(__dirname, 'quick')
  // What is understood at once asks for neither of them.
  const operations = () => loadCommand(__dirname).rooms.operations()
  const parser = () => loadCommand(__dirname).rooms.parser()
  return { ...quick, rooms: { ...quick.rooms, operations, parser } }
}

/** Whether signals are for a program that runs in the place of this one. */
let passes = false

/** The first signal asks for a clean end; who sends a second one does not want to wait for it. */
function onInterrupt(listener: (status: number) => void): { stop(): void } {
  let asked = false
  const hear = (signal: NodeJS.Signals) => {
    if (passes) return
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

function passSignals(listener: (signal: NodeJS.Signals) => void): { stop(): void } {
  const hear = (signal: NodeJS.Signals) => {
    const isFromKeys = signal === 'SIGINT' || signal === 'SIGQUIT'
    if (!isFromKeys || !isBeforeTerminal()) listener(signal)
  }
  const signals = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const
  passes = true
  for (const signal of signals) process.on(signal, hear)
  return {
    stop() {
      passes = false
      for (const signal of signals) process.removeListener(signal, hear)
    },
  }
}

/** Whether a terminal's keys are for this process and those that it started: then each has had the signal already. */
function isBeforeTerminal(): boolean {
  try {
    const line = readFileSync('/proc/self/stat', 'utf8')
    const [, , group, , , foreground] = line.slice(line.lastIndexOf(')') + 2).split(' ')
    return group === foreground
  } catch {
    return process.stdin.isTTY // There is no /proc here.
  }
}
