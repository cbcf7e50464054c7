/** Many points of many operations, a few at a time, and what came of them. */
import { rmSync } from 'node:fs'
import { observe } from './observe.js'
import { commit, type Operation, type Outcome } from './operations.js'
import {
  type Breach,
  type Finding,
  findStuck,
  inWords,
  judge,
  type Reference,
  runInterfered,
} from './point.js'
import type { Fault, Lie } from './shim.js'
import { letTimePass, type Prepared } from './workspaces.js'

export interface Point {
  operation: Operation
  at: number
  fault: Fault
}

export interface Tally {
  points: number
  /** Points at which the fault was met: an operation can come to its end before. */
  struck: number
  acknowledged: number
  refused: number
  findings: (Finding & { point: string })[]
}

export function emptyTally(): Tally {
  return { points: 0, struck: 0, acknowledged: 0, refused: 0, findings: [] }
}

export interface SweepOptions {
  lie?: Lie
  reads?: boolean
  /** After every how many points it is seen whether work goes on. */
  goOnEvery?: number
  /** Ends the sweep once it has found this much: enough for a control. */
  until?: Breach
}

/** Some children wait for the disk while the parent looks at what another left. */
const atOnce = 4

/** What every operation starts from: copies of a stage, or of what a killed commit left of it. */
export class Grounds {
  readonly #prepared: Prepared
  readonly #cut = new Map<Operation, string>()
  readonly #references = new Map<string, Reference>()

  constructor(prepared: Prepared) {
    this.#prepared = prepared
  }

  async copyFor(operation: Operation, folder?: string): Promise<string> {
    if (operation.afterKillAt === undefined) return this.#prepared.copyOf(operation.stage, folder)
    let cut = this.#cut.get(operation)
    if (cut === undefined) {
      cut = await this.#killedCommit(operation.stage, operation.afterKillAt)
      this.#cut.set(operation, cut)
    }
    const copy = this.#prepared.copyOf(cut, folder)
    letTimePass(copy)
    return copy
  }

  async #killedCommit(stage: Operation['stage'], where: RegExp): Promise<string> {
    const { calls } = await this.reference(commit)
    const at = calls.findIndex((call) => where.test(call)) + 1
    if (at === 0) throw new Error(`A commit makes no call that ${where} matches.`)
    const root = this.#prepared.copyOf(stage)
    const { signal } = await runInterfered(commit, { root, at, fault: { how: 'kill-before' } })
    if (signal !== 'SIGKILL') throw new Error('The commit was not killed.')
    return root
  }

  /** The states on both sides of an operation, and its calls. */
  async reference(operation: Operation, reads = false): Promise<Reference> {
    const key = `${operation.name}${reads ? ', reads' : ''}`
    const there = this.#references.get(key)
    if (there !== undefined) return there
    const untouched = await this.copyFor(operation)
    const before = await observe(untouched)
    const root = await this.copyFor(operation)
    const outcome = await runInterfered(operation, { root, reads })
    if (!outcome.acknowledged)
      throw new Error(`${operation.name} does not work: ${outcome.stdout}${outcome.stderr}`)
    const after = await observe(root)
    for (const used of [untouched, root]) rmSync(used, { recursive: true, force: true })
    const committed = operation.name === 'commit' ? after : (await this.reference(commit)).after
    const known = new Set([...before.listing, ...after.listing, ...committed.listing].flatMap(orArchived))
    const reference = { before, after, calls: outcome.calls, known }
    this.#references.set(key, reference)
    return reference
  }
}

/** What lies among a session's retries lies in the archive once it is committed. */
function orArchived(path: string): string[] {
  return [path, path.replace(/^sessions\/work\/human-retries/, 'retries-archive/work')]
}

/** Tries every point, and finds what there is to find. */
export async function sweep(
  grounds: Grounds,
  points: readonly Point[],
  options: SweepOptions = {},
): Promise<Tally> {
  const tally = emptyTally()
  let next = 0
  const isEnough = (): boolean => tally.findings.some(({ breach }) => breach === options.until)
  async function lane(): Promise<void> {
    while (next < points.length && !isEnough()) {
      const number = next++
      await tryPoint(grounds, points[number] as Point, number, options, tally)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return tally
}

async function tryPoint(
  grounds: Grounds,
  { operation, at, fault }: Point,
  number: number,
  { lie, reads = false, goOnEvery = 1 }: SweepOptions,
  tally: Tally,
): Promise<void> {
  const reference = await grounds.reference(operation, reads)
  const root = await grounds.copyFor(operation)
  try {
    const outcome = await runInterfered(operation, { root, at, fault, reads, ...(lie ? { lie } : {}) })
    const { findings } = await judge(root, operation, reference, outcome, fault, outcome.calls[at - 1])
    if (findings.length === 0 && number % goOnEvery === 0)
      findings.push(...(await findStuck(root, reference)))
    count(tally, outcome, at)
    const point = inWords(operation, at, fault, outcome)
    tally.findings.push(...findings.map((finding) => ({ ...finding, point })))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function count(tally: Tally, outcome: Outcome, at: number): void {
  tally.points += 1
  if (outcome.calls.length >= at) tally.struck += 1
  if (outcome.acknowledged) tally.acknowledged += 1
  if (outcome.error !== null) tally.refused += 1
}

const breaches: readonly Breach[] = [
  'torn',
  'lost acknowledgement',
  'done and unreported',
  'stray files',
  'stuck',
  'poor error',
  'broken process',
]

/** How often each breach was found, for the summary. */
export function countsOf({ findings }: Tally): Record<Breach, number> {
  const counted = breaches.map((breach) => [
    breach,
    findings.filter((finding) => finding.breach === breach).length,
  ])
  return Object.fromEntries(counted) as Record<Breach, number>
}

export function inLines({ findings }: Tally): string[] {
  return findings.map(({ breach, point, what }) => `${breach}: ${point}: ${what}`)
}
