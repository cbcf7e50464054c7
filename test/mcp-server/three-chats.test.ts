import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { built } from '../support/built.js'
import { call, type Program, start } from './support/program.js'

const program = built('mcp-server/main.js')

/** The same sequence at every run of one seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

interface Chat {
  server: Program
  calls: number
  /** The session that it works in, as the model has it. */
  session: string | null
}

async function chatIn(folder: string): Promise<Chat> {
  return { server: await start(program, { folder }), calls: 0, session: null }
}

async function ask(
  chat: Chat,
  tool: string,
  given: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  chat.calls += 1
  chat.server.send(call(chat.calls, tool, given))
  const { result } = (await chat.server.answerTo(chat.calls)) as { result: Record<string, unknown> }
  expect(result.isError, JSON.stringify(result)).toBeUndefined()
  return result.structuredContent as Record<string, unknown>
}

it('S2: three chats start, switch and write at random, servers are killed, and no write lands in another session', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cowrite-book-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'acts'))
  await writeFile(join(folder, 'acts/plan.md'), 'The ship leaves.\n')

  const random = randomFrom(1)
  const chats = await Promise.all([chatIn(folder), chatIn(folder), chatIn(folder)])
  const sessions: string[] = []
  /** What each session was last told, by the model. */
  const written = new Map<string, string>()
  let active: string | null = null

  for (let step = 0; step < 90; step++) {
    if (step === 25 || step === 70) {
      const killed = chats[2] as Chat
      killed.server.child.kill('SIGKILL')
      await killed.server.ended
      chats[2] = await chatIn(folder)
    }
    const chat = chats[random(3)] as Chat
    const action = chat.session === null ? 'start' : ['start', 'switch', 'write', 'write', 'write'][random(5)]
    if (action === 'start') {
      const name = `session-${step}`
      await ask(chat, 'create_session', { name })
      sessions.push(name)
      chat.session = name
      active = name
    } else if (action === 'switch') {
      const name = sessions[random(sessions.length)] as string
      await ask(chat, 'switch_session', { name })
      chat.session = name
      active = name
    } else {
      const content = `Step ${step} in ${chat.session}.\n`
      await ask(chat, 'write_session_file', { file_path: 'acts/plan.md', content })
      written.set(chat.session as string, content)
    }
    const lock = JSON.parse(await readFile(join(folder, 'workspace/session.lock'), 'utf8'))
    expect(lock.active).toBe(active)
  }

  for (const session of sessions) {
    const own = join(folder, 'workspace/sessions', session, 'acts/plan.md')
    const expected = written.get(session) ?? null
    expect(await readFile(own, 'utf8').catch(() => null)).toBe(expected)
  }
  expect(written.size).toBeGreaterThan(2)
  expect(await readFile(join(folder, 'acts/plan.md'), 'utf8')).toBe('The ship leaves.\n')
}, 60_000)
