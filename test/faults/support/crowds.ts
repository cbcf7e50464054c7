/**
 * Crowds of processes in one workspace, on a real disk: started, killed, stopped and taken to another hour while they
 * work. Each notes outside of the workspace what it began and what it was told; what comes of it is checked afterwards.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Mark } from './crowd-checks.js'

export interface Crowd {
  /** The program that each of them runs. */
  child: 'crowd-one-session.mjs' | 'crowd-many-sessions.mjs'
  library: string
  command: string
  processes: number
  /** Where the workspace is made. */
  folder: string
  /** For each process. */
  operations: number
  seed: number
  /** How many are killed, and how many are stopped, for how long (in milliseconds). */
  kills: number
  stops: number
  stopFor: number
  /** How many times a clock is moved, by an hour. */
  clocks: number
  /** Which part of what can be done so is done by the command, in a process of its own. */
  byCommand: number
  /** The weight of commits among the operations of a session that many share. */
  commits: number
}

/** One line of a log, and the one that answers it; `ended` is null where nobody was told. */
export interface Step {
  who: string
  number: number
  op: string
  began: number
  ended: number | null
  /** The code of a refusal. */
  failed?: string
  /** What no process had to expect. */
  strange?: string
  told: Record<string, unknown>
  [what: string]: unknown
}

export interface Happened {
  steps: Step[]
  counts: { operations: number; kills: number; stops: number; clocks: number; refused: number }
  /** When intents came to stand, and when their transactions were filed. */
  marks: Mark[]
  /** Processes that ended of themselves before they were done. */
  fallen: string[]
}

export function makeRoom(folder: string): { root: string; logs: string; remove(): void } {
  const room = realpathSync(mkdtempSync(join(folder, 'cowrite-crowd-')))
  return {
    root: join(room, 'a book, été'),
    logs: join(room, 'logs'),
    remove: () => rmSync(room, { recursive: true, force: true }),
  }
}

const hour = 3_600_000

const marking = new URL('crowd-marks.mjs', import.meta.url).href
const marksIn = (logs: string): string => join(logs, 'marks.jsonl')

/** One member, through all of its lives. */
class Member {
  readonly name: string
  readonly log: string
  readonly #crowd: Crowd
  readonly #root: string
  readonly #logs: string
  readonly #seed: number
  child: ChildProcess | undefined
  isStopped = false
  isDone = false
  fallen: string | null = null
  #run = 0
  #shift = 0

  constructor(crowd: Crowd, root: string, logs: string, at: number) {
    this.name = `p${at}`
    this.log = join(logs, `${this.name}.jsonl`)
    this.#crowd = crowd
    this.#root = root
    this.#logs = logs
    this.#seed = crowd.seed * 1_000 + at
  }

  /** Lives until its operations are done, from where the life before was cut short. */
  async live(): Promise<void> {
    while (!this.isDone) {
      this.#run += 1
      const { child: program, library, command, operations, byCommand, commits } = this.#crowd
      const task = {
        ...{ name: this.name, run: this.#run, root: this.#root, log: this.log, library, command, operations },
        ...{ byCommand, commits, seed: this.#seed + 7_919 * this.#run, shift: this.#shift },
        from: linesOf(this.log).filter((line) => 'op' in line).length,
      }
      const at = fileURLToPath(new URL(program, import.meta.url))
      const child = fork(at, [JSON.stringify(task)], {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        execArgv: [],
        env: { ...process.env, NODE_OPTIONS: `--import=${marking}`, CROWD_MARKS: marksIn(this.#logs) },
      })
      this.child = child
      let said = ''
      child.stderr?.on('data', (text) => {
        said += text
      })
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
      this.child = undefined
      this.isStopped = false
      this.isDone = code === 0
      if (code !== 0 && signal !== 'SIGKILL') {
        this.fallen = `${this.name} ended by ${code ?? signal}: ${said.slice(0, 2_000)}`
        return
      }
    }
  }

  kill(): boolean {
    return this.child?.kill('SIGKILL') ?? false
  }

  async stop(time: number): Promise<boolean> {
    const { child } = this
    if (!child?.kill('SIGSTOP')) return false
    this.isStopped = true
    await setTimeout(time)
    child.kill('SIGCONT')
    this.isStopped = false
    return true
  }

  moveClock(by: number): boolean {
    this.#shift += by
    // Who is killed just now cannot be told, and need not be: its next life begins with the clock where it stands.
    return this.child?.connected === true && this.child.send({ shift: this.#shift }, () => {})
  }
}

/** Lets a crowd work, with what befalls it spread over its work, and returns what each of them noted. */
export async function letWork(crowd: Crowd, root: string, logs: string): Promise<Happened> {
  const members = Array.from({ length: crowd.processes }, (_, at) => new Member(crowd, root, logs, at))
  const lives = members.map((member) => member.live())
  const all = Promise.all(lives)
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  void all.then(end, end)
  const counts = { kills: 0, stops: 0, clocks: 0 }
  const dice = diceOf(crowd.seed)
  const stopping = new Set<Promise<unknown>>()
  const due = mishaps(crowd)
  const total = crowd.processes * crowd.operations
  while (!isOver) {
    await setTimeout(20)
    const done = members.reduce((sum, { log }) => sum + begunIn(log), 0) / total
    while (due.length > 0 && (due[0] as Mishap).when <= done) {
      const { kind } = due.shift() as Mishap
      const awake = members.filter((member) => member.child !== undefined && !member.isStopped)
      const member = awake[Math.floor(dice() * awake.length)]
      if (member === undefined) continue
      if (kind === 'kill') counts.kills += Number(member.kill())
      if (kind === 'clock') counts.clocks += Number(member.moveClock(dice() < 0.5 ? hour : -hour))
      if (kind === 'stop') {
        const stopped = member.stop(crowd.stopFor).then((was) => {
          counts.stops += Number(was)
        })
        stopping.add(stopped)
      }
    }
  }
  await Promise.all(stopping)
  await all
  const steps = members.flatMap(({ name, log }) => stepsOf(name, linesOf(log)))
  const refused = steps.filter(({ failed }) => failed !== undefined).length
  const fallen = members.flatMap((member) => member.fallen ?? [])
  const marks = linesOf<Mark>(marksIn(logs))
  return { steps, counts: { operations: steps.length, ...counts, refused }, marks, fallen }
}

interface Mishap {
  /** From 0 to 1: the part of the work that is done by then. */
  when: number
  kind: 'kill' | 'stop' | 'clock'
}

function mishaps({ kills, stops, clocks }: Crowd): Mishap[] {
  const spread = (kind: Mishap['kind'], count: number): Mishap[] =>
    Array.from({ length: count }, (_, at) => ({ kind, when: ((at + 0.5) / count) * 0.9 }))
  const all = [...spread('kill', kills), ...spread('stop', stops), ...spread('clock', clocks)]
  return all.sort((left, right) => left.when - right.when)
}

function diceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x80000000
  }
}

type Line = Record<string, unknown> & { number: number }

/** A line that a kill cut short tells of an operation that had not begun. */
function linesOf<Shape = Line>(log: string): Shape[] {
  if (!existsSync(log)) return []
  return readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Shape]
      } catch {
        return []
      }
    })
}

function begunIn(log: string): number {
  return existsSync(log) ? readFileSync(log, 'latin1').split('"began":').length - 1 : 0
}

function stepsOf(who: string, lines: readonly Line[]): Step[] {
  const steps = new Map<number, Step>()
  for (const line of lines) {
    const step = steps.get(line.number)
    if ('op' in line) steps.set(line.number, { who, ended: null, told: {}, ...line } as unknown as Step)
    else if (step) Object.assign(step, line)
  }
  return [...steps.values()]
}
