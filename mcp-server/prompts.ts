import * as z from 'zod'
import type { Operation } from '../lib/operations/operation.js'
import { leadingWords, type Reading, readCommand, wordsOf } from './command-words.js'
import type { Method } from './connection.js'
import { readParams } from './params.js'
import { RpcError, rpcCode } from './rpc-error.js'

/**
 * The prompts; clients make slash commands of them. They carry no title: some clients take it for the command's name.
 * `session` has three arguments because some clients cut what was typed at the spaces and hand over a word for each.
 */
const prompts = [
  {
    name: 'session',
    description: 'Copy-on-write sessions: start, list, status, switch, commit, cancel, …',
    arguments: [
      {
        name: 'command',
        description: 'e.g. `start work-on-chapter-01`, `status`, `commit`',
        required: false,
      },
      { name: 'name', description: 'The session, where the command takes one', required: false },
      { name: 'more', description: 'What follows: a description, options', required: false },
    ],
  },
  {
    name: 'retry',
    description: 'Record that this version of a file was rejected, and why',
    arguments: [
      { name: 'file', description: 'The file, e.g. `scene-0101.md`', required: true },
      { name: 'reason', description: 'Why it was rejected', required: true },
    ],
  },
] as const

/**
 * Clients that cut what was typed into as many words as a prompt requires arguments, and drop the rest; where it
 * requires one, all of it stands in that.
 */
const fillsWhatIsRequired: ReadonlySet<string> = new Set(['gemini-cli-mcp-client'])

const getParams = z.object({ name: z.string(), arguments: z.record(z.string(), z.string()).default({}) })

/** `clientName` is the name that the client gave at initialize. */
export function promptMethods(
  operations: readonly Operation[],
  clientName: () => string | undefined,
): Record<string, Method> {
  const takesOne = () => fillsWhatIsRequired.has(clientName() ?? '')
  return {
    'prompts/list': async () => ({
      prompts: takesOne() ? prompts.map(requiringFirst) : structuredClone(prompts),
    }),
    'prompts/get': async (params) => {
      const { name, arguments: given } = readParams(getParams, params)
      refuseUnknown(name, given)
      if (name === 'session') return sessionPrompt(operations, given)
      if (name === 'retry') return retryPrompt(operations, takesOne() ? parted(given) : given)
      throw new RpcError(rpcCode.invalidParams, `There is no prompt ${JSON.stringify(name)}: session, retry`)
    },
  }
}

function requiringFirst(prompt: (typeof prompts)[number]) {
  return {
    ...prompt,
    arguments: prompt.arguments.map((argument, at) => ({ ...argument, required: at === 0 })),
  }
}

/** The file is the first word, or what is quoted; the reason is all that follows. */
function parted({ file = '', reason = '' }: Record<string, string>): Record<string, string> {
  if (reason !== '') return { file, reason }
  const [first = '', ...rest] = wordsOf(file)
  return { file: first, reason: rest.join(' ') }
}

/** What a client calls otherwise would be lost, and the prompt would say something else than was typed. */
function refuseUnknown(name: string, given: Record<string, string>): void {
  const prompt = prompts.find((candidate) => candidate.name === name)
  if (!prompt) return
  const known: string[] = prompt.arguments.map((argument) => argument.name)
  const unknown = Object.keys(given).find((argument) => !known.includes(argument))
  if (unknown === undefined) return
  const has = `It has ${known.join(', ')}`
  throw new RpcError(
    rpcCode.invalidParams,
    `The prompt ${name} has no argument ${JSON.stringify(unknown.slice(0, 64))}. ${has}`,
  )
}

/** The commands under `/session`, by their words. */
export function subcommands(operations: readonly Operation[]): string[] {
  return operations.flatMap((operation) => {
    const [first, second] = leadingWords(operation)
    return first === 'session' && second !== undefined ? [second] : []
  })
}

function sessionPrompt(operations: readonly Operation[], given: Record<string, string>) {
  const typed = [given.command, given.name, given.more].filter(Boolean).join(' ').trim()
  const words = wordsOf(typed.replace(/^\/?session\b/, ''))
  if (words.length === 0) words.push('status')
  const reading = readCommand(operations, ['session', ...words])
  return message(`/session ${typed}`.trim(), reading, `Commands: ${subcommands(operations).join(', ')}.`)
}

function retryPrompt(operations: readonly Operation[], { file = '', reason = '' }: Record<string, string>) {
  if (file === '') throw new RpcError(rpcCode.invalidParams, 'The prompt retry needs its argument file')
  const retry = operations.find((operation) => operation.name === 'record_human_retry')
  if (!retry) throw new RpcError(rpcCode.invalidParams, 'This server does not record retries')
  if (reason.trim() === '') return ask(file)
  const [bare = reason] = wordsOf(reason).length === 1 ? wordsOf(reason) : [reason]
  const reading = { tool: retry.name, arguments: { file_path: file, reason: bare, auto_detected: false } }
  return message(`/retry ${file} ${reason}`.trim(), reading, 'Usage: /retry <file> <reason>')
}

/** A retry without its reason teaches nothing: the person who rejected the version has it. */
function ask(file: string) {
  const text = [
    `The user typed ${JSON.stringify(`/retry ${file}`)} without the reason.`,
    'Ask the user why this version is rejected, and call no tool yet.',
    `When they have said it, call the cowrite tool record_human_retry once, with file_path ${JSON.stringify(file)} and their words as reason.`,
  ].join('\n')
  return { messages: [{ role: 'user', content: { type: 'text', text } }] }
}

function message(typed: string, reading: Reading, usage: string) {
  const text = 'problem' in reading ? refusal(typed, reading.problem, usage) : instruction(typed, reading)
  return { messages: [{ role: 'user', content: { type: 'text', text } }] }
}

function refusal(typed: string, problem: string, usage: string): string {
  return [
    `The user typed ${JSON.stringify(typed)}, which cannot be done as it stands. ${problem}`,
    usage,
    'Where it is plain what was meant, call the tool for it; otherwise tell the user what the commands are.',
  ].join('\n')
}

function instruction(typed: string, call: { tool: string; arguments: Record<string, unknown> }): string {
  const lines = [
    `The user typed ${JSON.stringify(typed)}.`,
    `Call the cowrite tool ${call.tool} once, with these arguments: ${JSON.stringify(call.arguments)}`,
    'Then pass its answer on to the user as it is, and stop.',
    'Where the words look cut short, take the rest from what the user wrote.',
  ]
  if (call.tool === 'commit_session' && call.arguments.force !== true) {
    lines.push('It is a preview: call it with force: true only after the user has said so.')
  }
  return lines.join('\n')
}
