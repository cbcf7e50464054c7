/**
 * What it takes to look over very many sessions: list, stats and search, each in a process of its own.
 *
 *   node bench/records.mjs                                 500 sessions, 50 of them with transcripts of 5 MB
 *   node bench/records.mjs --sessions 1000 --changes 100 --transcripts 0
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openWorkspace } from './shared/cowrite.mjs'
import { edited, layWorkspace, pathOf, textOf } from './shared/folders.mjs'

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '500' },
    changes: { type: 'string', default: '20' },
    transcripts: { type: 'string', default: '50' },
    megabytes: { type: 'string', default: '5' },
    measure: { type: 'string' },
    folder: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

/** What is measured, by name. */
const measures = {
  'open alone': async () => {},
  list: (workspace) => workspace.list(),
  'list, all': (workspace) => workspace.records.list({ all: true, limit: 20 }),
  stats: (workspace) => workspace.records.stats({ since: '30d', byAgent: true, byDate: true }),
  'search for what is rare': (workspace) => workspace.records.search('unheard-of-word'),
  'search for what is said often': (workspace) => workspace.records.search('whale'),
  'show with history': (workspace) => workspace.records.show('session-0', { withHistory: true }),
}

async function measure(name, folder) {
  const began = performance.now()
  const workspace = await openWorkspace(folder)
  await measures[name](workspace)
  await workspace.close()
  const took = performance.now() - began
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  process.stdout.write(
    JSON.stringify({ took, processor: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS / 1024 }),
  )
}

/** Half of the sessions have ended; every third of those was cancelled. */
async function lay(folder, { sessions, changes, transcripts, megabytes }) {
  layWorkspace(folder, { files: 1_000 })
  const workspace = await openWorkspace(folder, { client: 'claude-code' })
  for (let number = 0; number < sessions; number++) {
    const session = await workspace.start(`session-${number}`, {
      activate: false,
      description: `Work ${number}`,
    })
    for (let at = 0; at < changes; at++) {
      const index = (number * 7 + at) % 1_000
      await session.write(pathOf(index), edited(textOf(index), `changed by ${number}`))
    }
    await session.retry(pathOf(number % 1_000), 'Too dark')
    if (number < transcripts) {
      const file = join(folder, '..', `chat-${number}.jsonl`)
      writeTranscript(file, folder, megabytes, session.createdAt)
      await workspace.chats.link(file, session.name)
    }
    const ends = number >= transcripts && number % 2 === 1
    if (ends && number % 3 === 0) await session.cancel()
    else if (ends) await session.commit({ onConflict: 'keep_global' })
    else await session.close()
  }
  await workspace.close()
}

/** As Claude Code writes them: a line a message, many of them with what a tool has answered. */
function writeTranscript(file, cwd, megabytes, from) {
  writeFileSync(file, '')
  const filler = 'The sea was calm, and nobody spoke of it. '.repeat(50)
  let size = 0
  for (let at = 0; size < megabytes * 1024 * 1024; at++) {
    const timestamp = new Date(Date.parse(from) + at * 1000).toISOString()
    const about = { cwd, sessionId: 'chat', version: '2.1.329', timestamp, uuid: `u${at}` }
    const said = at % 20 === 0 ? 'Tell me of the whale.' : filler
    const line =
      at % 2 === 0
        ? { type: 'user', message: { role: 'user', content: said }, ...about }
        : {
            type: 'assistant',
            message: {
              id: `msg_${at}`,
              role: 'assistant',
              model: 'claude-sonnet-4-5',
              content: [{ type: 'text', text: said }],
              usage: { input_tokens: 10, output_tokens: 200 },
            },
            ...about,
          }
    const text = `${JSON.stringify(line)}\n`
    appendFileSync(file, text)
    size += text.length
  }
}

function main() {
  const figures = Object.fromEntries(
    ['sessions', 'changes', 'transcripts', 'megabytes'].map((name) => [name, Number(values[name])]),
  )
  const place = mkdtempSync(join(realpathSync(tmpdir()), 'cowrite-records-'))
  const folder = join(place, 'book')
  mkdirSync(folder)
  return lay(folder, figures)
    .then(() => {
      const { sessions, changes, transcripts, megabytes } = figures
      console.log(
        `${sessions} sessions with ${changes} changes each, ${transcripts} transcripts of ${megabytes} MB`,
      )
      for (const name of Object.keys(measures)) {
        // The first one finds that nobody has counted the transcripts yet.
        rmSync(join(folder, 'workspace', 'log', 'transcripts'), { recursive: true, force: true })
        const [first, again] = [run(name, folder), run(name, folder)]
        const words = [
          `first ${ms(first)}`,
          `again ${ms(again)}`,
          `${Math.round(Math.max(first.memory, again.memory))} MiB`,
        ]
        console.log(`${name.padEnd(32)} ${words.map((word) => word.padStart(24)).join('')}`)
      }
    })
    .finally(() => (values.keep ? console.log(folder) : rmSync(place, { recursive: true, force: true })))
}

/** The clock's time, and that of the processor, the start of the program included. */
const ms = ({ took, processor }) => `${Math.round(took)} ms (${Math.round(processor)})`

function run(name, folder) {
  const words = [fileURLToPath(import.meta.url), '--measure', name, '--folder', folder]
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

if (values.measure === undefined) await main()
else await measure(values.measure, values.folder)
