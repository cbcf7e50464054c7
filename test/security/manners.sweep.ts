/** The built server among clients without manners: whatever they write, and whenever they go. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { bySize } from '../faults/support/size.js'
import { report } from '../faults/support/summary.js'
import { call, type Program, start } from '../mcp-server/support/program.js'
import { quickFolder } from '../support/file-systems.js'
import { restart } from './support/attack.js'
import { tracesStack } from './support/judge.js'
import { hostileLines } from './support/messages.js'
import { buildPrograms, type Programs } from './support/programs.js'
import { makeWorld } from './support/world.js'

let programs: Programs
beforeAll(async () => {
  programs = await buildPrograms()
})
afterAll(() => programs.remove())

const serve = (root: string, options: Parameters<typeof start>[1] = {}): Promise<Program> =>
  start(join(programs.folder, 'mcp-server/main.js'), {
    ...options,
    folder: root,
    arguments: ['--workspace', root, '--results', 'both'],
  })

it('answers or passes over whatever is written to it, before initialize and after, and tells nothing', async () => {
  const world = makeWorld()
  onTestFinished(world.dispose)
  await restart(world.root)
  const seed = Date.now() % 2 ** 31
  let lines = 0
  let answers = 0
  for (const clientName of [null, 'a-client']) {
    const server = await serve(world.root, { clientName })
    const before = server.messages.length
    for (const line of hostileLines(bySize(300, 10_000), seed)) {
      lines += 1
      server.child.stdin.write(`${line}\n`)
      if (lines % 100 === 0) await answered(server, lines)
    }
    await answered(server, 500_000)
    answers += server.messages.length - before
    const said = JSON.stringify(server.messages) + server.stderr()
    for (const secret of world.secrets) expect(said, `seed ${seed}`).not.toContain(secret)
    expect(tracesStack(said), `seed ${seed}: ${server.stderr()}`).toBe(false)
    server.child.stdin.end()
    expect(await server.ended, `seed ${seed}: ${server.stderr()}`).toBe(0)
  }
  report('messages to the server', { lines, answers, 'without an answer to the next': 0 })
})

/** That it still hears and speaks. */
async function answered(server: Program, id: number): Promise<void> {
  server.send({ jsonrpc: '2.0', id, method: 'ping' })
  expect(await server.answerTo(id)).toHaveProperty('result')
}

it('C4: a hundred writes at once are all done, each once', async () => {
  const rounds = bySize(1, 20)
  for (let round = 0; round < rounds; round++) {
    const root = makeBook()
    const server = await serve(root)
    server.send(call(1, 'create_session', { name: 'draft' }))
    await server.answerTo(1)
    const ids = Array.from({ length: 100 }, (_, at) => at + 2)
    for (const id of ids)
      server.send(call(id, 'write_session_file', { file_path: `at-once/${id % 50}.md`, content: `${id}\n` }))
    for (const answer of await Promise.all(ids.map((id) => server.answerTo(id))))
      expect(answer).not.toHaveProperty('result.isError', true)
    await gone(server)
    expect(holdersIn(root)).toEqual([])
    const workspace = await openWorkspace(root)
    const { changes } = await (await workspace.session('draft')).status()
    await workspace.close()
    expect(changes.created.filter(({ kind }) => kind === 'file')).toHaveLength(50)
  }
  report('calls at once', { calls: rounds * 100, lost: 0 })
})

const files = Array.from({ length: 60 }, (_, at) => `acts/${at % 6}/scene-${at}.md`)

function makeBook(): string {
  const root = fs.realpathSync(fs.mkdtempSync(join(quickFolder, 'cowrite-manners-')))
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }))
  for (const path of files) {
    fs.mkdirSync(join(root, path, '..'), { recursive: true })
    fs.writeFileSync(join(root, path), 'old\n')
  }
  return root
}

type Whole = 'old' | 'new'

/** What the live files are, all of them; throws where they are a mix. */
function stateOf(root: string): Whole {
  const found = new Set(files.map((path) => fs.readFileSync(join(root, path), 'utf8').trim()))
  if (found.size !== 1) throw new Error(`The live files are a mix: ${[...found]}`)
  return [...found][0] as Whole
}

/** The client goes without a word: all that it held is closed at once. */
async function gone(server: Program): Promise<void> {
  server.child.stdin.destroy()
  server.child.stdout.destroy()
  expect(await server.ended, server.stderr()).toBe(0)
}

/** Notes of processes at work, which nobody is any more. */
function holdersIn(root: string): string[] {
  const names = fs.readdirSync(join(root, 'workspace'), { recursive: true, encoding: 'utf8' })
  const living = names.filter((name) => !name.startsWith('trash/'))
  return living.filter((name) =>
    /(^|\/)holders\/.|\.lock\/|commit\.lock|log\/locks\/session\.lock/.test(name),
  )
}

/** Something befalls a commit after so many milliseconds. Returns what became of the commit, and how long that took. */
async function disturb(
  after: number,
  how: (server: Program) => unknown,
): Promise<{ state: Whole; took: number }> {
  const root = makeBook()
  const writing = await openWorkspace(root)
  const session = await writing.start('draft')
  for (const path of files) await session.write(path, 'new\n')
  await writing.close()
  const server = await serve(root)
  const began = performance.now()
  server.send(call(1, 'commit_session', { name: 'draft', force: true }))
  await new Promise((settle) => setTimeout(settle, after))
  await how(server)
  const took = performance.now() - began
  if (!server.child.stdin.destroyed) {
    await answered(server, 2)
    server.child.stdin.end()
    expect(await server.ended).toBe(0)
  }
  expect(holdersIn(root)).toEqual([])
  const state = stateOf(root)

  const workspace = await openWorkspace(root)
  const { sessions } = await workspace.list()
  expect(sessions.map(({ name, changes }) => `${name} ${changes}`)).toEqual(
    state === 'old' ? ['draft 60'] : [],
  )
  if (state === 'old') await (await workspace.session('draft')).commit()
  await workspace.close()
  expect(stateOf(root)).toBe('new')
  fs.rmSync(root, { recursive: true, force: true })
  return { state, took }
}

/** From its first moment to its last. */
async function atEachMoment(what: string, rounds: number, how: (server: Program) => unknown): Promise<void> {
  const whole = await disturb(0, (server) => server.answerTo(1))
  expect(whole.state).toBe('new')
  const ends: Record<Whole, number> = { old: 0, new: 0 }
  for (let round = 0; round < rounds; round++) {
    const { state } = await disturb((whole.took * round) / (rounds - 1), how)
    ends[state] += 1
  }
  report(what, { commits: rounds, made: ends.new, 'taken back': ends.old, torn: 0, 'holders left': 0 })
}

it('T2: a commit that is cancelled while it runs is made or not, and the server goes on', async () => {
  await atEachMoment('commits cancelled', bySize(6, 60), (server) =>
    server.send({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1, reason: 'No.' },
    }),
  )
})

it('T2, S4: a commit whose client goes without a word is made or not, and nobody is left', async () => {
  await atEachMoment('commits whose client goes', bySize(6, 60), gone)
})
