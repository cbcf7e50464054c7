#!/usr/bin/env node
/** The program `cowrite`. */
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import pkg from '../package.json' with { type: 'json' }
import { loadScript } from './compiled.js'
import type { Io, Output, Rooms } from './io.js'
import { plainOutput } from './plain-output.js'
import { quickCommand } from './quick-command.js'
import { quickRun } from './quick-run.js'
import { standSomewhere } from './stand-somewhere.js'

type Quick = typeof import('./quick.js')
type Command = typeof import('./command.js')

/** Whether signals are for a program that runs in the place of this one. */
let passes = false

const argv = process.argv.slice(2)
standSomewhere(argv, process.env)
start().then((status) => process.exit(status))

async function start(): Promise<number> {
  const quick = quickRun(argv) ?? quickCommand(argv)
  if (quick !== null) {
    const { runQuickly, ...world } = loadScript<Quick>(__dirname, 'quick')
    return runQuickly(quick, argv, worldWith(world))
  }
  const { runCommandLine, ...world } = loadScript<Command>(__dirname, 'command')
  return runCommandLine(argv, worldWith(world))
}

/** What can fail is from the script that tells of it: an error is known by its class. */
function worldWith({
  rooms,
  currentFolder,
}: Pick<Command, 'currentFolder'> & { rooms: Omit<Rooms, 'server'> }): Io {
  // Node makes a stream when it is first asked for, and not every command asks for all.
  const stdout = () => process.stdout as Output
  const stderr = () => process.stderr as Output
  const plain = {
    stdout: plainOutput(1, stdout, process.platform),
    stderr: plainOutput(2, stderr, process.platform),
  }
  return {
    get stdin() {
      return process.stdin
    },
    get stdout() {
      return plain.stdout ?? stdout()
    },
    get stderr() {
      return plain.stderr ?? stderr()
    },
    env: process.env,
    get cwd() {
      return currentFolder(process.env)
    },
    version: pkg.version,
    program: __filename,
    rooms: { ...rooms, server: () => import('../mcp-server/main.js') },
    onInterrupt,
    passSignals,
  }
}

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
