/** Runs hostile calls through one way in, and looks after each at what it did. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openWorkspace } from '../../../lib/index.js'
import { findOperation } from '../../../lib/operations/index.js'
import type { Operation } from '../../../lib/operations/operation.js'
import type { HostileCall } from './calls.js'
import type { Face } from './faces.js'
import { actsOnTerminal, complaintsAbout, tracesStack } from './judge.js'
import { findText, makeWorld, type World } from './world.js'

export interface Tally {
  asked: number
  refused: number
  done: number
  /** Calls that this way in cannot carry. */
  unsaid: number
  /** Special files that could not be tried. */
  missing: string[]
  /** What went wrong, a line each. */
  faults: string[]
}

const listSessions = findOperation('list_sessions') as Operation

/** Only these write live files. */
const writeLower: readonly string[] = ['commit_session', 'undo_commit']

export async function attack(
  calls: readonly HostileCall[],
  open: (root: string) => Promise<Face>,
): Promise<Tally> {
  const tally: Tally = { asked: 0, refused: 0, done: 0, unsaid: 0, missing: [], faults: [] }
  let grounds = await lay(open)
  tally.missing = grounds.world.missing
  for (const call of calls) {
    const isSpent = await strike(call, grounds, tally).catch((error: unknown) => {
      tally.faults.push(`${call.label}: ${error}`)
      return true
    })
    if (isSpent || grounds.world.lower() !== grounds.lower) {
      tally.faults.push(...(await leave(grounds)))
      grounds = await lay(open)
    } else await restart(grounds.world.root)
  }
  tally.faults.push(...(await leave(grounds)))
  return tally
}

interface Grounds {
  world: World
  face: Face
  canaries: string
  lower: string
}

async function lay(open: (root: string) => Promise<Face>): Promise<Grounds> {
  const world = makeWorld()
  await restart(world.root)
  const face = await open(world.root)
  return { world, face, canaries: world.canaries(), lower: world.lower() }
}

/** After all that it was told, it still answers, and ends in good order. */
async function leave({ world, face }: Grounds): Promise<string[]> {
  const faults: string[] = []
  try {
    const answer = await face.ask({ operation: listSessions, input: {} })
    if (answer === null || answer.code !== null) faults.push(`afterwards: ${JSON.stringify(answer)}`)
  } catch (error) {
    faults.push(`afterwards: ${error}`)
  }
  const aside = await face.close().catch((error: unknown) => `does not end: ${error}`)
  if (/does not end|Something unexpected/.test(aside)) faults.push(aside.slice(0, 300))
  const acts = actsOnTerminal(aside)
  if (acts !== null) faults.push(`what was said aside acts on a terminal: ${acts}`)
  if (tracesStack(aside)) faults.push(`what was said aside: ${aside.slice(0, 300)}`)
  world.dispose()
  return faults
}

/** Returns whether the live files may have changed by right. */
async function strike(
  call: HostileCall,
  { world, face, canaries, lower }: Grounds,
  tally: Tally,
): Promise<boolean> {
  const answer = await face.ask(call)
  if (answer === null) {
    tally.unsaid += 1
    return false
  }
  tally.asked += 1
  if (answer.code === null) tally.done += 1
  else tally.refused += 1
  const faults = complaintsAbout(call, answer, world.secrets)
  if (world.canaries() !== canaries) faults.push('changed what is nobody’s business')
  const state = join(world.root, 'workspace')
  faults.push(...findText(state, world.secrets).map((path) => `took it to ${path.slice(state.length)}`))
  const mayWrite = writeLower.includes(call.operation.name)
  if (!mayWrite && world.lower() !== lower) faults.push('changed the live files')
  tally.faults.push(...faults.map((fault) => `${call.label}: ${fault}`))
  return mayWrite && answer.code === null
}

/** One session, with a change and a retry in it, and another beside it, as for every call before. */
export async function restart(root: string): Promise<void> {
  if (isAsBefore(root)) return
  const workspace = await openWorkspace(root)
  try {
    const { sessions } = await workspace.list()
    for (const { name } of sessions) await workspace.cancel(name, { backupRetries: false })
    const second = await workspace.start('second', { description: 'beside it' })
    await second.write('context/second.md', 'lamp\n')
    await second.close()
    const session = await workspace.start('draft', { description: 'as for every call' })
    await session.write('context/new.md', 'lamp\n')
    await session.retry('notes.txt', 'too short')
    await session.status()
  } finally {
    await workspace.close()
  }
}

function isAsBefore(root: string): boolean {
  const state = join(root, 'workspace')
  try {
    const { cow_files: files, human_retries: retries } = JSON.parse(
      readFileSync(join(state, 'sessions/draft/session.json'), 'utf8'),
    ) as { cow_files: { path: string }[]; human_retries: unknown[] }
    const record = readFileSync(join(state, 'sessions/draft/.cowrite/record'), 'utf8')
    const { active } = JSON.parse(readFileSync(join(state, 'session.lock'), 'utf8')) as { active: string }
    const names = readdirSync(join(state, 'sessions')).sort()
    return (
      names.join() === 'draft,second' &&
      active === 'draft' &&
      record.trim().split('\n').length === linesOfAFreshRecord &&
      files.map(({ path }) => path).join() === 'context/new.md' &&
      retries.length === 1
    )
  } catch {
    return false
  }
}

/** Its head, one write, one retry. */
const linesOfAFreshRecord = 3
