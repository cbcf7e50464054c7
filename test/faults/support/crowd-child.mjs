/**
 * What the processes of a crowd have in common: a log of what they began and of what they were told, dice that can be
 * thrown again, and a clock that is moved from outside while the process runs.
 */
import { spawnSync } from 'node:child_process'
import { openSync, writeSync } from 'node:fs'

export const task = JSON.parse(process.argv[2])

/** Everything that asks for the time asks Date; what waits goes by a clock that nobody sets, as on any machine. */
let shift = task.shift
const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + shift] : given))
  }

  static now() {
    return RealDate.now() + shift
  }
}
process.on('message', (message) => {
  shift = message.shift
})

const log = openSync(task.log, 'a')

/** Microseconds since the machine was started: one clock for all processes. */
const now = () => Number(process.hrtime.bigint() / 1000n)

/** Refusals that a crowd has to expect: somebody else was quicker, or is at it. */
const always = ['LOCKED', 'CONFLICT', 'SESSION_NOT_FOUND', 'NO_ACTIVE_SESSION']
const ofFiles = ['NOT_FOUND', 'ALREADY_EXISTS', 'ENOENT', 'EEXIST', 'EBUSY', 'ENOTEMPTY']
const ofSessions = ['start', 'commit', 'cancel', 'undo', 'status', 'preview', 'list', 'switch']
/** What was to be replaced, or committed, is so already, by somebody else. */
const tooLate = /was not found in|The session did not change/
const isExpected = (op, code) => always.includes(code) || (ofFiles.includes(code) && !ofSessions.includes(op))

let count = task.from

export const isDone = () => count >= task.operations

/** Notes that `what` begins, runs it, and notes the answer. Returns it, or null where it was refused. */
export async function attempt(op, what, work) {
  count += 1
  const number = count
  writeSync(log, `${JSON.stringify({ number, op, began: now(), ...what })}\n`)
  try {
    const told = await work()
    writeSync(log, `${JSON.stringify({ number, ended: now(), told: told?.log ?? {} })}\n`)
    return told ?? {}
  } catch (error) {
    // node's own errors say ENOENT where cowrite has a word of its own for it.
    const code = error.code ?? error.name
    const refused = isExpected(op, code) || tooLate.test(error.message)
    const detail = refused ? {} : { strange: `${op}: ${error.stack}` }
    writeSync(log, `${JSON.stringify({ number, ended: now(), failed: code, ...detail })}\n`)
    return null
  }
}

/** Runs the built command, as a person or a hook would. */
export function command(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [task.command, ...words, '--json'], {
    cwd: task.root,
    encoding: 'utf8',
  })
  if (status === 0) return JSON.parse(stdout)
  let said = {}
  try {
    said = JSON.parse(stdout).error ?? JSON.parse(stdout)
  } catch {
    said = { code: 'NO_JSON', message: `${status} ${stdout} ${stderr}` }
  }
  throw Object.assign(new Error(`${words.join(' ')}: ${said.message}`), { code: said.code })
}

/** Whoever lists the sessions sees no session crashed: nothing that befalls a crowd may come to that. */
export async function list(workspace) {
  const { sessions } = await workspace.list()
  const crashed = sessions.filter(({ status }) => status === 'CRASHED').map(({ name }) => name)
  if (crashed.length > 0) throw new Error(`crashed: ${crashed}`)
}

let state = task.seed
/** From 0 to 1, the same again for the same seed. */
export function random() {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
}
export const below = (most) => Math.floor(random() * most)

/** One of `[weight, what]`. */
export function oneOf(choices) {
  let at = random() * choices.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, what] of choices) {
    at -= weight
    if (at < 0) return what
  }
  return choices.at(-1)[1]
}

/** A text that nobody else writes. */
export const token = () => `<${task.name}.${task.run}.${count}>`

/** No answer is waited for once the parent is gone. */
process.on('disconnect', () => process.exit(0))
export const leave = () => process.disconnect()
