/** The order in which everything is measured: by turns, and what deletes last. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inChild } from './jobs.mjs'

import { median, rotated } from './shared/numbers.mjs'
import { subjects } from './work.mjs'

/**
 * @typedef {{ runFolder: string, scale: object, mode: 'quick' | 'full', rounds: number | null,
 *   capabilities: Record<string, string | null>, failures: Record<string, string>,
 *   tell: (what: string) => void }} Run
 */

/**
 * Measures the chosen lines and subjects; one number a round for each of their variants.
 *
 * @param {Run} run
 * @param {{ lines: readonly object[], subjects: readonly object[] }} chosen
 */
export async function measureAll(run, chosen) {
  const possible = chosen.lines.filter(({ requires }) => !requires || run.capabilities[requires] === null)
  const fixtures = await makeFixtures(run, possible)
  const samples = { lines: {}, work: {} }
  for (const { name } of chosen.lines) samples.lines[name] = {}
  for (const { name } of chosen.subjects) samples.work[name] = {}

  // Two passes: what deletes much comes when all that creates is done. Within a pass, rounds go round everything.
  for (const deletes of [false, true]) {
    const present = possible.filter((line) => line.deletes === deletes)
    const workRounds = chosen.subjects.length === 0 ? 0 : (run.rounds ?? run.scale.workRounds)
    const roundsOf = (line) => run.rounds ?? line.rounds[run.mode]
    const last = Math.max(workRounds, ...present.map(roundsOf), 0)
    for (let round = 0; round < last; round++) {
      if (round < workRounds) await workRound(run, chosen.subjects, round, deletes, samples.work)
      for (const line of present) {
        if (round < roundsOf(line)) await lineRound(run, line, round, fixtures, samples.lines[line.name])
      }
    }
  }
  return samples
}

async function makeFixtures(run, chosen) {
  const places = {}
  for (const fixture of new Set(chosen.flatMap((line) => line.fixtures))) {
    run.tell(`fixture: ${fixture}`)
    places[fixture] = join(run.runFolder, 'fixtures', fixture)
    const argument = { ...shared(run), folder: places[fixture] }
    await inChild(run.runFolder, { module: 'fixtures.mjs', call: fixture, argument })
  }
  return places
}

async function lineRound(run, line, round, fixtures, samples) {
  run.tell(`${line.name}, round ${round + 1}`)
  for (const part of rotated(line.apart, round)) {
    const folder = freshFolder(run, `${line.name}-${round}${part ? `-${part}` : ''}`)
    const argument = { ...shared(run), line: line.name, part, round, folder, fixtures }
    const mounts = line.mounts && [run.capabilities.overlayfs, run.capabilities.reflinks].includes(null)
    const took = await inChild(run.runFolder, { module: 'lines/index.mjs', call: 'round', argument, mounts })
    add(samples, took)
    // A few large files are no many deletions, and the disk has no room for all rounds of them.
    if (line.tidy) rmSync(folder, { recursive: true, force: true })
  }
}

async function workRound(run, chosen, round, deletes, samples) {
  for (const subject of rotated(chosen, round)) {
    if (subject.needs && run.capabilities[subject.needs] !== null) continue
    if (run.failures[subject.name] !== undefined) continue
    if (deletes && !subject.discard) continue
    run.tell(`${deletes ? 'discard' : 'work'}: ${subject.name}, round ${round + 1}`)
    const name = `work-${round}-${subjects.indexOf(subject)}`
    const folder = deletes ? join(run.runFolder, name) : freshFolder(run, name)
    const argument = { ...shared(run), subject: subject.name, round, folder }
    const job = {
      module: 'work.mjs',
      call: deletes ? 'discard' : 'stage',
      argument,
      mounts: subject.mounts === true,
    }
    const took = await tolerant(run, subject, () => inChild(run.runFolder, job))
    if (took === null) continue
    const asRounds = Object.entries(took).map(([column, value]) => [column, [value]])
    add(samples[subject.name], Object.fromEntries(asRounds))
  }
}

/** What another project's package cannot do is told, and stops nothing; what cowrite cannot do does. */
async function tolerant(run, { name, needs }, work) {
  try {
    return await work()
  } catch (error) {
    if (needs === undefined) throw error
    run.tell(`${name} failed`)
    run.failures[name] ??= `it fails: ${/^\w*Error: (.*)$/m.exec(error.message)?.[1] ?? 'without a word'}`
    return null
  }
}

/** Within a round the median counts, as one number. */
function add(samples, took) {
  for (const [variant, values] of Object.entries(took)) {
    samples[variant] = [...(samples[variant] ?? []), Number(median(values).toPrecision(6))]
  }
}

function shared({ scale, capabilities }) {
  return { scale, capabilities }
}

function freshFolder({ runFolder }, name) {
  const folder = join(runFolder, name)
  mkdirSync(folder, { recursive: true })
  return folder
}
