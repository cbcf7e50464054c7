/** The two kinds of crowd, from an empty folder to the check of what came of it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type * as Library from '../../../lib/index.js'
import {
  brokenOrder,
  lostCommits,
  lostCounts,
  lostRetries,
  lostUpdates,
  staleValues,
  strangeAnswers,
  twoAtOnce,
  unseenUpdates,
} from './crowd-checks.js'
import { type Crowd, type Happened, letWork, makeRoom } from './crowds.js'

export type Size = Omit<Crowd, 'child'>
export interface Outcome extends Happened {
  faults: string[]
}

type Workspace = Awaited<ReturnType<typeof Library.openWorkspace>>

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}

const readOr = (otherwise: string, path: string): string =>
  existsSync(path) ? readFileSync(path, 'utf8') : otherwise

/** Many processes in one session, which somebody commits now and then, and the next one begins anew. */
export async function crowdInOneSession(size: Size): Promise<Outcome> {
  return inRoom(async (root, logs) => {
    for (let at = 0; at < 3; at++) write(root, `chains/${at}.md`, 'END\n')
    for (let at = 0; at < 2; at++) write(root, `balls/${at}/0.md`, 'END\n')
    const happened = await letWork({ ...size, child: 'crowd-one-session.mjs' }, root, logs)
    const faults = await afterwards(size, root, async (workspace) => {
      const last = await workspace.start('crowd', { idempotent: true })
      await last.commit()
      return lostRetries(happened.steps, await workspace.retries())
    })
    const at = (path: string): string => join(root, path)
    const balls = (ball: string): string[] => readdirSync(at(ball)).map((name) => at(`${ball}/${name}`))
    const textOf = (path: string): string =>
      path.startsWith('balls/')
        ? balls(path)
            .map((place) => readFileSync(place, 'utf8'))
            .join('')
        : readFileSync(at(path), 'utf8')
    const registerOf = (path: string): string | null =>
      existsSync(at(path)) ? readFileSync(at(path), 'utf8').replace(/\.+$/, '') : null
    faults.push(
      ...lostUpdates(happened.steps, textOf),
      ...unseenUpdates(happened.steps),
      ...staleValues(happened.steps, registerOf),
      ...['balls/0', 'balls/1'].flatMap((ball) =>
        balls(ball).length === 1 ? [] : [`${ball} is in ${balls(ball).length} places`],
      ),
    )
    return { happened, faults }
  }, size)
}

/** Many processes, each with a session of its own after the other, over files that they share. */
export async function crowdOfSessions(size: Size): Promise<Outcome> {
  return inRoom(async (root, logs) => {
    const names = Array.from({ length: size.processes }, (_, at) => `p${at}`)
    const filler = Array.from({ length: 6 }, (_, at) => `a line that nobody touches, ${at}`).join('\n')
    const shared = names.map((name) => `${name}: \n${filler}\n`).join('')
    write(root, 'shared.md', shared)
    write(root, 'counter.md', 'nobody after nobody\n')
    const happened = await letWork({ ...size, child: 'crowd-many-sessions.mjs' }, root, logs)
    const faults = await afterwards(size, root, async (workspace) => {
      for (const { name } of (await workspace.list()).sessions) await workspace.cancel(name)
      return []
    })
    const found = readFileSync(join(root, 'shared.md'), 'utf8')
    const lineOf = (who: string): string => new RegExp(`^${who}: (.*)$`, 'm').exec(found)?.[1] ?? 'no line'
    if (found.replace(/^(p\d+: ).*$/gm, '$1') !== shared) faults.push('shared.md has lost its shape')
    const [last = ''] = readFileSync(join(root, 'counter.md'), 'utf8').split(' ')
    faults.push(
      ...lostCommits(happened.steps, 'own', (who) => readOr('', join(root, `own/${who}.md`))),
      ...lostCommits(happened.steps, 'shared', lineOf),
      ...lostCounts(happened.steps, last),
    )
    return { happened, faults }
  }, size)
}

async function inRoom(
  run: (root: string, logs: string) => Promise<{ happened: Happened; faults: string[] }>,
  size: Size,
): Promise<Outcome> {
  const room = makeRoom(size.folder)
  try {
    mkdirSync(room.logs)
    mkdirSync(room.root)
    const { openWorkspace } = (await import(size.library)) as typeof Library
    const workspace = await openWorkspace(room.root)
    await workspace.initialize()
    await workspace.close()
    const { happened, faults } = await run(room.root, room.logs)
    return {
      ...happened,
      faults: [
        ...happened.fallen,
        ...strangeAnswers(happened.steps),
        ...brokenOrder(happened.steps),
        ...twoAtOnce(happened.marks),
        ...faults,
      ],
    }
  } finally {
    room.remove()
  }
}

/** The workspace opens without a hand, no session is crashed, what is left can be ended, and nothing is amiss then. */
async function afterwards(
  size: Size,
  root: string,
  end: (workspace: Workspace) => Promise<string[]>,
): Promise<string[]> {
  const { openWorkspace } = (await import(size.library)) as typeof Library
  const workspace = await openWorkspace(root)
  try {
    const { sessions } = await workspace.list()
    const crashed = sessions
      .filter(({ status }) => status === 'CRASHED')
      .map(({ name }) => `${name} is crashed`)
    if (crashed.length > 0) return crashed
    const faults = await end(workspace)
    // What the killed left lying about is to be expected; that something is lost, or stays, is not.
    const { findings } = await workspace.doctor({ fix: true })
    faults.push(...findings.flatMap(({ severity, detail }) => (severity === 'error' ? [detail] : [])))
    const left = await workspace.doctor()
    return [...faults, ...left.findings.map(({ kind, path }) => `${kind} is left at ${path}`)]
  } finally {
    await workspace.close()
  }
}
