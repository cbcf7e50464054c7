/** `session commit`: at a terminal the preview, then a person's word; away from one a preview, unless forced. */
import { type Conflict, CowriteError, isCowriteError, stillMarked } from '../../lib/errors.js'
import type { Operation } from '../../lib/operations/operation.js'
import { choose, confirm } from '../ask.js'
import { type Call, type Opened, type Result, withOperations } from '../call.js'
import { writeText } from '../output.js'
import type { Handler } from './handler.js'

export const commit: Handler = (operation, raw, call) =>
  withOperations(call, operation, raw, async (opened, input) => {
    if (!call.asks) return answer(operation, call, await opened.run(operation, input))
    if (input.force !== true) return ask(operation, input, call, opened)
    try {
      await answer(operation, call, await opened.run(operation, input))
    } catch (error) {
      if (!(await wantsPerson(error, operation, input, call, opened))) throw error
      await ask(operation, input, call, opened)
    }
  })

async function answer(operation: Operation, call: Call, result: Result): Promise<void> {
  await call.answer(result, operation.render(result, 'shell'))
}

/** Whether it was refused because the config wants a person's word, which --force is not. */
async function wantsPerson(
  error: unknown,
  operation: Operation,
  input: Result,
  call: Call,
  opened: Opened,
): Promise<boolean> {
  if (call.signal.aborted || !isCowriteError(error, 'CANCELLED')) return false
  const preview = await opened.run(operation, { ...input, force: false })
  return preview.needs_person === true
}

async function ask(operation: Operation, input: Result, call: Call, opened: Opened): Promise<void> {
  const preview = await opened.run(operation, { ...input, force: false })
  await answer(operation, call, preview)
  await writeText(call.io.stdout, '')
  const decision = await decide(preview, input, call)
  // The rest is another commit than the one that was shown.
  if (decision.files !== undefined)
    return ask(operation, { ...withoutDigest(input), ...decision }, call, opened)
  const agreed = { ...input, ...decision, force: true, expect: input.expect ?? preview.digest }
  await answer(operation, call, await opened.run(operation, agreed, { confirmed: true }))
}

function withoutDigest({ expect: _expect, ...input }: Result): Result {
  return input
}

/** Throws CANCELLED for a no. */
async function decide(preview: Result, input: Result, call: Call): Promise<Result> {
  const conflicts = conflictsOf(preview)
  const { on_conflict: asked } = input
  const ways = waysOf(preview)
  // What is left in spite of it can only be refused; another way would undo what was asked for.
  if (conflicts.length > 0 && asked === 'keep_session') throw undecided(preview, conflicts, ways)
  if (conflicts.length > 0 && !(typeof asked === 'string' && ways.includes(asked))) {
    const offered = waysOut.filter(({ value }) => value === 'nothing' || ways.includes(value))
    const chosen = await choose(call.io, questionAbout(conflicts), offered)
    if (chosen === null || chosen === 'nothing') throw declined()
    return { on_conflict: chosen }
  }
  if (Array.isArray(preview.barred)) return leaveBarred(preview, call)
  if (!(await confirm(call.io, questionOf(preview, input)))) throw declined()
  return {}
}

/** What nobody may commit stays in the session, or is given up: a commit of all would be refused. */
async function leaveBarred(preview: Result, call: Call): Promise<Result> {
  const lists = [preview.modified, preview.created, preview.deleted].filter(Array.isArray)
  const others = lists.flat()
  const offered = [
    { value: 'nothing', label: 'Nothing now: change nothing' },
    ...(others.length === 0
      ? []
      : [{ value: 'others', label: 'Commit the others; this stays in the session' }]),
    { value: 'keep_global', label: 'Give it up, kept as a retry, and commit the rest' },
  ]
  const chosen = await choose(call.io, 'Some of it cannot be committed. What now?', offered)
  if (chosen === 'keep_global') return { on_conflict: chosen }
  if (chosen !== 'others') throw declined()
  return { files: others }
}

function conflictsOf({ conflicts }: Result): Conflict[] {
  return Array.isArray(conflicts) ? conflicts : []
}

/** Those that can work for what was previewed. */
function waysOf({ ways }: Result): string[] {
  return Array.isArray(ways) ? ways : waysOut.map(({ value }) => value)
}

function undecided(preview: Result, conflicts: Conflict[], ways: string[]): CowriteError<'CONFLICT'> {
  const digest = String(preview.digest)
  const session = String(preview.session)
  const which = conflicts.length === 1 ? 'one of these files' : `${conflicts.length} of these files`
  const message = `The session's version of ${which} cannot be kept; nothing was committed.`
  return new CowriteError('CONFLICT', message, { conflicts, session, digest, ways })
}

const waysOut = [
  { value: 'nothing', label: 'Nothing now: change nothing' },
  { value: 'markers', label: "Put conflict markers into the session's copies, and commit nothing yet" },
  { value: 'keep_session', label: "Keep the session's version of them" },
  { value: 'keep_global', label: "Keep the live version of them, and drop the session's" },
]

/** Counted as the preview above it counts them. */
function questionAbout(conflicts: readonly Conflict[]): string {
  const marked = conflicts.filter(({ reason }) => reason === stillMarked).length
  const clashes = conflicts.length - marked
  const parts = [
    ...(clashes === 0 ? [] : [clashes === 1 ? '1 file conflicts' : `${clashes} files conflict`]),
    ...(marked === 0 ? [] : [marked === 1 ? '1 file is still marked' : `${marked} files are still marked`]),
  ]
  return `${parts.join(', ')}. What now?`
}

function questionOf(preview: Result, input: Result): string {
  if (input.on_conflict === 'markers' && conflictsOf(preview).length > 0)
    return "Put conflict markers into the session's copies?"
  if (isNothing(preview)) return `Nothing has changed. End session ${preview.session}?`
  return `Commit session ${preview.session}?`
}

/** The fields that would tell of anything to do; a preview that has none of them is not known to be empty. */
const tellsOfWork = ['modified', 'created', 'deleted', 'conflicts', 'decided', 'remaining']

function isNothing(preview: Result): boolean {
  const lists = tellsOfWork.map((field) => preview[field]).filter(Array.isArray)
  return Array.isArray(preview.modified) && lists.every((list) => list.length === 0)
}

function declined(): CowriteError<'CANCELLED'> {
  return new CowriteError('CANCELLED', 'Not confirmed, nothing changed', {})
}
