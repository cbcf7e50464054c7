/** One fault at one call of one operation: what the process said, what was left, and whether the two agree. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { exitStatus } from '../../../lib/errors.js'
import { differences } from './differences.js'
import { lowerOf, type Observation, observe, type State, tornProjections } from './observe.js'
import { leavesThingsBehind, type Operation, type Outcome, readAnswer } from './operations.js'
import { type Fault, faultInWords, type Interference, interferedEnvironment } from './shim.js'
import { letTimePass, library } from './workspaces.js'

/** The kinds of things that must not be. */
export type Breach =
  | 'torn'
  | 'lost acknowledgement'
  | 'done and unreported'
  | 'stray files'
  | 'stuck'
  | 'poor error'
  | 'broken process'

export interface Finding {
  breach: Breach
  what: string
}

/** The states on both sides of an operation, and the calls that it makes where nothing goes wrong. */
export interface Reference {
  before: Observation
  after: Observation
  calls: string[]
  /** What may lie in the state folder when all is done: of these states, and of the session committed. */
  known: ReadonlySet<string>
}

/** Nothing takes this long but a lock that is waited for. */
const longestRun = 60_000

export async function runInterfered(
  operation: Operation,
  interference: Omit<Interference, 'log'>,
): Promise<Outcome> {
  const log = join(tmpdir(), `cowrite-calls-${process.pid}-${++logs}`)
  const outcome = await run(operation, interference.root, interferedEnvironment({ ...interference, log }))
  const calls = existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []
  rmSync(log, { force: true })
  return { ...outcome, calls: calls.map(withoutNumber) }
}

let logs = 0

/** Without anything between the process and its disk. */
export async function runAlone(operation: Operation, root: string): Promise<Outcome> {
  return { ...(await run(operation, root, process.env)), calls: [] }
}

async function run(
  operation: Operation,
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<Omit<Outcome, 'calls'>> {
  const child = spawn(process.execPath, operation.command(root), {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longestRun,
    killSignal: 'SIGABRT',
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, name) => resolve([code, name]))
  })
  return { ...readAnswer(stdout), status, signal, stdout, stderr }
}

function withoutNumber(call: string): string {
  return call.slice(call.indexOf(' ') + 1)
}

/** What is wrong with what a process said of itself. */
export function findInAnswer(outcome: Outcome, fault: Fault): Finding[] {
  const { status, signal, stderr, stdout, error, acknowledged } = outcome
  if (fault.how !== 'error' && fault.how !== 'short')
    return signal === 'SIGKILL' || acknowledged || error
      ? []
      : [{ breach: 'broken process', what: `ended by ${signal ?? status}: ${stderr}` }]
  const said = `${stdout}${stderr}`.trim()
  if (signal !== null) return [{ breach: 'broken process', what: `ended by ${signal}: ${said}` }]
  const findings: Finding[] = []
  if (!acknowledged && error === null && !/"closing"/.test(stdout))
    findings.push({ breach: 'broken process', what: `neither an answer nor an error (${status}): ${said}` })
  if (stderr !== '') findings.push({ breach: 'poor error', what: stderr })
  for (const line of stdout.split('\n'))
    if (/^\s+at .*:\d+/.test(line)) findings.push({ breach: 'poor error', what: said })
  if (error !== null) findings.push(...findInError(error, said))
  return findings
}

/** An errno's name or a call's is no sentence. */
const systemWords = /^E[A-Z]{3,}\b|, (open|lstat|stat|read|write|fsync|rename|link|mkdir|unlink|scandir) '/

function findInError({ code, message }: { code: string | null; message: string }, said: string): Finding[] {
  if (code === null || !(code in exitStatus))
    return [{ breach: 'poor error', what: `no code of ours: ${said}` }]
  if (systemWords.test(message) || message.includes('\n    at ') || message.length < 15)
    return [{ breach: 'poor error', what: said }]
  return []
}

/** Looks at what was left, as whoever comes next finds it. The process is gone, and so is the fault. */
export async function judge(
  root: string,
  operation: Operation,
  { before, after }: Reference,
  outcome: Outcome,
  fault: Fault,
  /** The one that the fault came at. */
  call = '',
): Promise<{ findings: Finding[]; isAfter: boolean }> {
  const findings = findInAnswer(outcome, fault)
  if (!isPowerCut(fault))
    for (const name of tornProjections(root))
      findings.push({ breach: 'torn', what: `session.json of ${name}` })
  letTimePass(root)
  let found: Observation
  try {
    found = await observe(root)
  } catch (error) {
    return { findings: [...findings, { breach: 'torn', what: `does not open: ${error}` }], isAfter: false }
  }
  const isAfter = isDeepStrictEqual(found.state, after.state)
  const isBefore = isDeepStrictEqual(found.state, before.state)
  const halves = operation.orHalf?.(before.state, after.state) ?? []
  const isHalf = halves.some((half) => isDeepStrictEqual(found.state, half))
  if (outcome.acknowledged && !isAfter)
    findings.push({ breach: 'lost acknowledgement', what: differences(after.state, found.state) })
  else if (!isAfter && !isBefore && !isHalf)
    findings.push({ breach: 'torn', what: closest(found.state, before.state, after.state) })
  // On a disk that fails from there on, nothing that was begun can be taken back.
  const isHalfway = isHalf && leavesThingsBehind(fault)
  if (outcome.error !== null && operation.errorsMeanNothing && !isBefore && !isHalfway)
    findings.push({ breach: 'done and unreported', what: differences(before.state, found.state) })
  const expected = new Set([...before.listing, ...after.listing])
  const mayBeThere = (path: string) =>
    mayStay(path, fault) || (/^unlink /.test(call) && leftToItsSession.test(path))
  const strays = found.listing.filter((path) => !expected.has(path) && !mayBeThere(path))
  if (strays.length > 0) findings.push({ breach: 'stray files', what: strays.join(', ') })
  return { findings, isAfter }
}

function closest(found: State, before: State, after: State): string {
  const [fromBefore, fromAfter] = [differences(before, found), differences(after, found)]
  return fromBefore.length < fromAfter.length
    ? `against before: ${fromBefore}`
    : `against after: ${fromAfter}`
}

/**
 * What a transaction that was taken back leaves of itself: its number, which is not given again, what of it could not
 * be removed then, and a list that the next commit writes anew. And the note of a process that is no more, where it
 * could not be removed: whoever locks next does that. And of a commit that was brought to its end in two goes, what
 * the first one noted; and a deleted file of which history has a copy, since an editor may still write into the file.
 * And what a list keeps of a session that has been at rest for long enough.
 */
const onPurpose =
  /^(journal\/N\.withdrawn(\/.*)?|history\/N\/(outcome\.json|removed\/\d+)|sessions\/work\/human-retries\/retries\.json|log\/locks\/holders\/~|sessions\/\w+\/\.cowrite\/listed\.json)$/

/**
 * All that may lie about for a while after a process had no chance to tidy up. None of it is taken for anything, and
 * it goes with the next commit, the end of its session, or the next start.
 */
const harmless: readonly RegExp[] = [
  /^log\/locks\/(commit|session)\.lock$/,
  /^log\/locks\/~\.session\.tmp$/,
  /^journal\/\.new-~(\/|$)/,
  /^sessions\/\.new-~(\/|$)/,
  /^sessions\/(work|third)\/\.cowrite\/(tmp\/~|closing\.json(\.~\.tmp)?)$/,
  // Whoever lists or commits looks at all sessions, and keeps what a list tells of each.
  /^sessions\/other\/\.cowrite\/tmp\/~$/,
  /^\(beside\) \.cowrite-new-~$/,
]

function isPowerCut({ how }: Fault): boolean {
  return how === 'cut' || how === 'cut-flushed'
}

/** What a recovery by hand set aside. */
const setAside = /^sessions\/work\/\.cowrite\/damaged(\/|$)/

function mayStay(path: string, fault: Fault): boolean {
  if (isPowerCut(fault) && setAside.test(path)) return true
  return onPurpose.test(path) || (leavesThingsBehind(fault) && harmless.some((pattern) => pattern.test(path)))
}

/** The number of a commit that was taken back, and what belongs to an entry of the history. */
const staysForGood = /^(journal\/N\.withdrawn|history\/N\/(outcome\.json|removed\/\d+))$/

/** What was built aside and could not be removed: it goes with its session. */
const leftToItsSession = /^sessions\/(work|third)\/\.cowrite\/tmp\/~$/

/** Of sessions that are not ended here. */
const staysWithItsSession = /^sessions\/(third|other)\/\.cowrite\/(tmp\/~|listed\.json)$/

/** That work goes on: a session is started, committed and undone, and the session at hand is committed. */
export async function findStuck(root: string, { known }: Reference): Promise<Finding[]> {
  const { openWorkspace } = await library()
  const workspace = await openWorkspace(root)
  try {
    const before = lowerOf(root)
    const session = await workspace.start('afterwards')
    await session.write('afterwards/new.md', 'goes on\n')
    const result = await session.commit()
    if (!result.committed || result.pendingCleanup) return [{ breach: 'stuck', what: JSON.stringify(result) }]
    if (!('afterwards/new.md' in lowerOf(root)))
      return [{ breach: 'stuck', what: 'the next commit is not there' }]
    await workspace.undo()
    const undone = lowerOf(root)
    if (!isDeepStrictEqual(undone, before)) return [{ breach: 'stuck', what: differences(before, undone) }]
    const { sessions } = await workspace.list()
    if (sessions.some(({ name }) => name === 'work')) {
      const there = await workspace.session('work')
      const wanted = await there.preview()
      const last = await there.commit()
      const count = wanted.modified.length + wanted.created.length + wanted.deleted.length
      if (!last.committed || last.files.length !== count || last.pendingCleanup)
        return [{ breach: 'stuck', what: `the session's own commit: ${JSON.stringify(last)}` }]
    }
    await workspace.close()
    const left = (await observe(root)).listing.filter(
      (path) => !known.has(path) && !staysForGood.test(path) && !staysWithItsSession.test(path),
    )
    return left.length > 0 ? [{ breach: 'stray files', what: `afterwards: ${left.join(', ')}` }] : []
  } catch (error) {
    return [{ breach: 'stuck', what: String(error) }]
  } finally {
    await workspace.close()
  }
}

export function inWords(operation: Operation, at: number, fault: Fault, outcome: Outcome): string {
  const call = outcome.calls[at - 1] ?? outcome.calls.at(-1) ?? 'nothing'
  return `${operation.name}: ${faultInWords(fault)} at ${at}, ${call}`
}
