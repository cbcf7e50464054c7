/**
 * Measures cowrite beside what else could do its work, and writes docs/performance.md's figures from a full run.
 *
 *   npm run bench                          some minutes; writes bench/results/latest.json, and the docs from it
 *   npm run bench -- --quick               under a minute; writes nothing but bench/results/quick.json
 *   npm run bench -- --only read,commit    some lines, which take the place of the old ones; `work` is the table,
 *                                          `counts` the calls of the system
 *   npm run bench -- --subjects cowrite    rows of the table whose name holds the word
 *   npm run bench -- --list                what there is to measure
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../scripts/freshness.mjs'
import { inChild, interrupt } from './jobs.mjs'
import { lines } from './lines/index.mjs'
import { describeMachine, freeRoom } from './machine.mjs'
import { terminalReport } from './report/terminal.mjs'
import { measureAll } from './rounds.mjs'
import { filled, scales } from './scale.mjs'
import { capabilities, installPeers, peerVersions } from './shared/peers.mjs'
import { columns, subjects } from './work.mjs'

// What runs is ended, which fails what waits for it, so that the folder is removed on the way out.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt)
try {
  await bench(readOptions())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      subjects: { type: 'string' },
      rounds: { type: 'string' },
      folder: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  })
  const rounds = values.rounds === undefined ? null : Number(values.rounds)
  if (rounds !== null && !(Number.isInteger(rounds) && rounds > 0))
    throw new Error('--rounds takes a whole number.')
  return { ...values, mode: values.quick ? 'quick' : 'full', rounds }
}

async function bench(options) {
  if (options.list) return showList()
  const chosen = choose(options)
  const began = performance.now()
  const tell = progressTo(process.stderr, began)
  const installFailure = installPeers(tell)
  const runFolder = realpathSync(mkdtempSync(join(resolve(options.folder ?? tmpdir()), 'cowrite-bench-')))
  try {
    const scale = scales[options.mode]
    const able = withRoom(capabilities(runFolder, installFailure), runFolder, scale)
    const run = {
      runFolder,
      scale,
      mode: options.mode,
      rounds: options.rounds,
      capabilities: able,
      failures: {},
      tell,
    }
    const samples = await measureAll(run, chosen)
    const counts = chosen.counts && able.strace === null ? await countsOf(run) : null
    const results = assemble(run, chosen, samples, counts)
    tell('')
    console.log(terminalReport(results))
    save(results, chosen)
    console.log(`\n${Math.round((performance.now() - began) / 1000)} s.`)
  } finally {
    tell('cleaning up')
    rmSync(runFolder, { recursive: true, force: true, maxRetries: 3 })
    tell('')
  }
}

function showList() {
  console.log('Lines: work, counts,', lines.map(({ name }) => name).join(', '))
  console.log('Rows of work:', subjects.map(({ name }) => name).join('; '))
}

/** What was asked for. Throws where there is no such thing. */
function choose({ only, subjects: wanted }) {
  const names = only?.split(',') ?? null
  const known = ['work', 'counts', ...lines.map(({ name }) => name)]
  const unknown = names?.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new Error(`There is nothing named ${unknown}; there is ${known.join(', ')}.`)
  const isWanted = (name) => names === null || names.includes(name)
  const words = wanted?.split(',') ?? null
  const rows = subjects.filter(({ name }) => words === null || words.some((word) => name.includes(word)))
  if (rows.length === 0) throw new Error(`No row has ${wanted} in its name; --list shows them.`)
  return {
    lines: lines.filter(({ name }) => isWanted(name)),
    subjects: isWanted('work') ? rows : [],
    counts: isWanted('counts'),
    isAll: names === null && words === null,
    isPartOfTable: words !== null,
  }
}

/** The large file and its copies need room, on either kind of disk. */
function withRoom(able, folder, { megabytes }) {
  const needed = 12 * megabytes * 1024 ** 2
  const room = freeRoom(folder) > needed ? null : `it needs ${Math.ceil(needed / 1024 ** 3)} GiB of free room`
  return { ...able, room, reflinks: able.reflinks ?? room }
}

async function countsOf({ runFolder, scale, capabilities: able, tell }) {
  tell('counts')
  const folder = join(runFolder, 'counts')
  mkdirSync(folder)
  const argument = { folder, scale, capabilities: able }
  return inChild(runFolder, { module: 'counts.mjs', call: 'countCalls', argument })
}

/** All that the documents are made of, so that they can be made anew without measuring. */
function assemble({ runFolder, scale, mode, capabilities: able, failures }, chosen, samples, counts) {
  return {
    version: 1,
    mode,
    measured_at: new Date().toISOString().slice(0, 10),
    machine: describeMachine(runFolder),
    versions: peerVersions(),
    scale,
    capabilities: able,
    columns,
    work: chosen.subjects.map(({ name, lacks, needs }) => ({
      name,
      lacks,
      missing: failures[name] ?? (needs ? able[needs] : null),
      samples: samples.work[name],
    })),
    lines: chosen.lines.map(({ name, title, measures, needs }) => ({
      name,
      title: filled(title, scale),
      measures: measures.map((measure) => ({ ...measure, says: filled(measure.says, scale) })),
      needs,
      samples: samples.lines[name],
    })),
    counts,
  }
}

/** A full run becomes the committed one, and the documents follow it. A part of one takes the place of what it measured. */
function save(results, { isAll, isPartOfTable }) {
  const isKept = results.mode === 'full' && !isPartOfTable
  const file = join(root, 'bench', 'results', isKept ? 'latest.json' : `${results.mode}.json`)
  const kept = isKept && !isAll ? withPart(JSON.parse(readFileSync(file, 'utf8')), results) : results
  mkdirSync(join(root, 'bench', 'results'), { recursive: true })
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`)
  if (!isKept) return
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'generate-docs.mjs')], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('The documents could not be written from the results.')
}

function withPart(whole, part) {
  return {
    ...whole,
    measured_at: part.measured_at,
    work: part.work.length > 0 ? part.work : whole.work,
    lines: lines.flatMap(({ name }) => {
      const found = [part, whole].flatMap((results) => results.lines).find((line) => line.name === name)
      return found === undefined ? [] : [found]
    }),
    counts: part.counts ?? whole.counts,
  }
}

/** One line that is written over, at a terminal; elsewhere nothing but what starts. */
function progressTo(stream, began) {
  return (what) => {
    const seconds = Math.round((performance.now() - began) / 1000)
    if (stream.isTTY) stream.write(`\r\u001b[K${what === '' ? '' : `${seconds} s  ${what}`}`)
    else if (what !== '') stream.write(`${seconds} s  ${what}\n`)
  }
}
