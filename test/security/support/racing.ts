/** Runs one operation while names are exchanged for links to outside, and tells what of the outside it met. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FilePort } from '../../../lib/port/port.js'
import { Workspace } from '../../../lib/workspace.js'
import { quickFolder } from '../../support/file-systems.js'
import type { Race } from './races.js'
import { type Swap, Swapper } from './swapper.js'
import { findText, treeDigest } from './world.js'

export interface Outcome {
  /** How often the operation ran. */
  runs: number
  refused: number
  done: number
  /** What of the outside was read, written, made or removed; a line each. */
  escapes: string[]
}

const secret = 'SECRET-of-the-neighbour'

/** Runs it over and over, at least once, until the time (in milliseconds) is up or something got out. */
export async function race(race: Race, time: number, openPort: (root: string) => FilePort): Promise<Outcome> {
  const folder = mkdtempSync(join(realpathSync(quickFolder), 'cowrite-race-'))
  const [root, outside] = [join(folder, 'book'), join(folder, 'outside')]
  const outcome: Outcome = { runs: 0, refused: 0, done: 0, escapes: [] }
  layOutside(outside)
  mkdirSync(root)
  const swapper = await Swapper.start(swapsIn(root))
  const before = treeDigest([outside])
  try {
    const until = performance.now() + time
    do {
      await oneRound(race, root, swapper, openPort(root), outcome)
      if (treeDigest([outside]) !== before) outcome.escapes.push(`${race.name} changed what is outside`)
    } while (performance.now() < until && outcome.escapes.length === 0)
  } finally {
    await swapper.end()
    rmSync(folder, { recursive: true, force: true })
  }
  return outcome
}

async function oneRound(
  race: Race,
  root: string,
  swapper: Swapper,
  port: FilePort,
  outcome: Outcome,
): Promise<void> {
  layInside(root)
  let workspace = new Workspace(port, {})
  try {
    await makeSession(workspace)
    if (race.prepare) {
      await race.prepare(workspace, port)
      await workspace.close()
      workspace = new Workspace(port, {})
    }
    swapper.go()
    for (let time = 0; time < race.times; time++) {
      outcome.runs += 1
      const answer = await race.run(workspace).then(
        (value) => {
          outcome.done += 1
          return JSON.stringify(value) ?? ''
        },
        (error: Error) => {
          outcome.refused += 1
          return `${error.message} ${JSON.stringify((error as { data?: unknown }).data)}`
        },
      )
      if (answer.includes('SECRET')) outcome.escapes.push(`${race.name} told ${answer.slice(0, 200)}`)
    }
  } finally {
    await swapper.pause()
    await workspace.close()
  }
  outcome.escapes.push(
    ...findText(root, [secret]).map((path) => `${race.name} left ${path.slice(root.length)}`),
  )
}

/** A folder of the live files, one of the session's own, and a file. */
function swapsIn(root: string): Swap[] {
  return [
    { name: join(root, 'acts'), link: join(root, '.acts-link'), target: '../outside/acts' },
    {
      name: join(root, 'workspace/sessions/draft/acts'),
      link: join(root, '.upper-link'),
      target: '../outside/acts',
    },
    { name: join(root, 'notes.txt'), link: join(root, '.notes-link'), target: '../outside/notes.txt' },
  ]
}

function layOutside(outside: string): void {
  mkdirSync(join(outside, 'acts/deep'), { recursive: true })
  for (const name of [
    'plan.md',
    'global.md',
    'old.md',
    'created.md',
    'in.md',
    'SECRET-name.md',
    'deep/new.md',
  ])
    writeFileSync(join(outside, 'acts', name), secret)
  writeFileSync(join(outside, 'notes.txt'), secret)
}

function layInside(root: string): void {
  for (const name of ['workspace', 'acts', 'acts-moved', 'acts-copied', 'copied.md', 'away.md'])
    rmSync(join(root, name), { recursive: true, force: true })
  mkdirSync(join(root, 'acts'))
  for (const name of ['acts/plan.md', 'acts/global.md', 'acts/old.md', 'notes.txt', 'other.md'])
    writeFileSync(join(root, name), `The plan of ${name}.\n`)
}

/** Something of every kind of change lies in the folder that is exchanged. */
async function makeSession(workspace: Workspace): Promise<void> {
  const session = await workspace.start('draft')
  await session.write('acts/plan.md', 'The plan as it is now.\n')
  await session.write('acts/created.md', 'created\n')
  await session.remove('acts/old.md')
  await session.retry('acts/plan.md', 'too long')
}
