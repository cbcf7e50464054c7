/** Asking an agent something in a session: its command runs in the session's view, and its chat is the session's. */
import type { QueryOptions, QueryResult, RunningQuery } from '../chats-api.js'
import { CowriteError, isCowriteError } from '../errors.js'
import { AgentStream } from '../records/agent-stream.js'
import { linkChat } from '../records/chats.js'
import { locateTranscript } from '../records/transcripts/locate.js'
import { pricesWith } from '../records/transcripts/prices.js'
import { readTranscript } from '../records/transcripts/read.js'
import type { Totals } from '../records/transcripts/transcript.js'
import { statLower } from '../store/fingerprint.js'
import type { Site } from '../verbs/site.js'
import type { Host, Lent } from './chats.js'

/** Of a program's argument, on every system. */
const longestMessage = 100_000

/** Throws as `SessionApi.run` does, and INVALID_INPUT. */
export async function query(
  host: Host,
  name: string,
  message: string,
  options: QueryOptions,
): Promise<RunningQuery> {
  if (message.trim() === '' || message.length > longestMessage) {
    const why = message.trim() === '' ? 'say what to ask' : `at most ${longestMessage} characters`
    throw new CowriteError('INVALID_INPUT', `A query needs a message: ${why}.`, { argument: 'message' })
  }
  const session = await sessionFor(host, name, options)
  const site = host.site() as Site
  const [program = '', ...words] = site.config.agent_command
  const before = await stateOf(site, session)
  const answer: string[] = []
  const stream = new AgentStream((text) => {
    answer.push(text)
    options.onText?.(text)
  })
  const running = await session.run(program, [...words, asArgument(message)], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    stdio: 'pipe',
  })
  running.stdin?.on('error', () => {}) // It need not read what nobody says.
  running.stdin?.end()
  running.stdout?.on('data', (bytes: Buffer) => stream.take(bytes))
  running.stderr?.on('data', (bytes: Buffer) => options.onError?.(bytes.toString()))
  const finish = async (): Promise<QueryResult> => {
    const { exitCode, signal, leftOut } = await running.done
    stream.end()
    const { chat, tokens, costUsd } = stream.told
    const transcript = chat === null ? null : locateTranscript(chat, options.env ?? {})
    const totals = transcript === null ? null : await totalsOf(site, transcript)
    if (transcript !== null && totals?.client) {
      const { name, createdAt } = session
      linkChat(site, { name, createdAt }, { chat, client: totals.client, transcript, byHand: false })
    }
    return {
      session: session.name,
      forkedFrom: options.fork ? name : null,
      answer: answer.join(''),
      exitCode,
      signal,
      filesChanged: changesBetween(before, await stateOf(site, session)),
      tokens: tokens ?? totals?.tokens ?? null,
      costUsd: costUsd ?? totals?.costUsd ?? null,
      chat,
      transcript,
      leftOut,
    }
  }
  return { session: session.name, kill: running.kill, done: finish() }
}

/** A fork is not made active: the person stays where they are. */
async function sessionFor(host: Host, name: string, { fork }: QueryOptions): Promise<Lent> {
  const session = await host.open(name)
  if (!fork) return session
  const stamp = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15).replace('T', '-')
  const base = session.name.slice(0, 64 - stamp.length - 3)
  for (let again = 1; ; again++) {
    try {
      const own =
        again === 1 ? `${base}-q-${stamp}` : `${base.slice(0, 58 - stamp.length)}-q-${stamp}-${again}`
      return await host.start(own, {
        from: session.name,
        activate: false,
        description: `Asked: ${session.name}`,
      })
    } catch (error) {
      if (!isCowriteError(error, 'ALREADY_EXISTS') || again === 9) throw error
    }
  }
}

/** What begins with a dash would be taken for an option. */
function asArgument(message: string): string {
  return message.startsWith('-') ? ` ${message}` : message
}

/** Without what changes by a second name, which a view gives to every file. */
type State = Map<string, { change: string; written: string | null }>

async function stateOf(site: Site, session: Lent): Promise<State> {
  const { modified, created, deleted } = (await session.look()).changes
  return new Map(
    [...modified, ...created, ...deleted].map(({ path, change, openAt }) => {
      const stat = openAt === null ? null : statLower(site.port, openAt)
      return [path, { change, written: stat && `${stat.size} ${stat.mtimeNs}` }]
    }),
  )
}

function changesBetween(before: State, after: State): QueryResult['filesChanged'] {
  const changed = [...after].filter(([path, { change, written }]) => {
    const was = before.get(path)
    return was?.change !== change || was.written !== written
  })
  const back = [...before.keys()].filter((path) => !after.has(path))
  return [
    ...changed.map(([path, { change }]) => ({ path, change })),
    ...back.map((path) => ({ path, change: 'unchanged' })),
  ]
}

async function totalsOf(site: Site, transcript: string): Promise<Totals | null> {
  try {
    return (await readTranscript(transcript, pricesWith(site.config.prices))).totals
  } catch (error) {
    if (!isCowriteError(error)) throw error
    return null
  }
}
