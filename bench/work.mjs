/** The table: one day's work of an agent, by everything that could do it. */
import { join } from 'node:path'
import { timed, timedEach } from './shared/clock.mjs'
import { layWorkspace, pathOf, settle, spreadPaths, textOf } from './shared/folders.mjs'
import { command, library, mcp } from './subjects/cowrite.mjs'
import { copy, overlayfs, promises, sync } from './subjects/folders.mjs'
import { shadow, worktree } from './subjects/git.mjs'
import { agentFs, justBash, officialServer, zenFs } from './subjects/packages.mjs'

export const subjects = [
  ...[promises, sync, library, mcp, command],
  ...[copy, worktree, shadow, overlayfs, justBash, agentFs, zenFs, officialServer],
]

export const columns = ['create', 'read', 'write', 'edit', 'diff', 'commit', 'discard']

/**
 * All but the last column, in a process of its own. Milliseconds by column; a column that the subject has nothing
 * for is left out. What `discard` needs is left behind.
 */
export async function stage(context) {
  const subject = subjectNamed(context.subject)
  const lower = join(context.folder, 'workspace')
  layWorkspace(lower, { files: context.scale.workspace })
  const first = workOf(context.scale, 1)
  const places = { ...context, lower, work: first }
  await subject.setUp?.(places)
  settle(context.folder)

  const open = await subject.open(places)
  const took = {}
  if (open.create) took.create = await timed(open.create)
  await open.afterCreate?.()
  const calls = callsOf(subject, context.scale)
  took.read = await scaled(first.reads, calls.read, (path) => open.read(path))
  took.write = await scaled(first.writes, calls.write, ([path, , text]) => open.write(path, text))
  took.edit = await scaled(first.edits, calls.edit, ([path, index]) => open.edit(path, index))
  await finish(open, calls, first)
  settle(context.folder)
  if (open.diff) took.diff = await timed(open.diff)
  settle(context.folder)
  if (open.commit) took.commit = await timed(open.commit)
  if (subject.discard) await leaveChanges(open, context.scale)
  await open.close?.()
  return took
}

/** The last column, when everything else is done. */
export async function discard(context) {
  const subject = subjectNamed(context.subject)
  const places = { ...context, lower: join(context.folder, 'workspace') }
  settle(context.folder)
  return { discard: await subject.discard(places, timed) }
}

/** The same changes again, on other paths: after a commit there is nothing left to discard. */
async function leaveChanges(open, scale) {
  if (open.commit === undefined) return
  await (open.startAgain ?? open.create)?.()
  const again = workOf(scale, 2)
  if (open.inBulk) return open.inBulk(again)
  for (const [path, , text] of again.writes) await open.write(path, text)
  for (const [path, index] of again.edits) await open.edit(path, index)
  await finish(open, {}, again)
}

/** What comes to the changes without being timed. */
async function finish(open, calls, { writes, edits, removals }) {
  if (open.inBulk) {
    return open.inBulk({ writes: writes.slice(calls.write), edits: edits.slice(calls.edit), removals })
  }
  for (const path of removals) await open.remove?.(path)
}

/** How many of each are made, where not all. */
function callsOf({ isScaled }, { commandCalls }) {
  return isScaled ? commandCalls : {}
}

/** What all of `items` take, from as many as are made. */
async function scaled(items, count = items.length, one) {
  const made = items.slice(0, count)
  return (await timedEach(made.length, (at) => one(made[at]))) * items.length
}

/** Paths and contents, the same for every subject; `turn` 2 has others than 1. */
function workOf({ workspace: files, reads, writes, edits, removals }, turn) {
  const editedIndexes = Array.from({ length: edits }, (_, at) => Math.floor((at * files) / edits) + 10 * turn)
  return {
    files,
    reads: spreadPaths(reads, files),
    writes: Array.from({ length: writes }, (_, at) => {
      const index = Math.floor((at * files) / writes)
      return [pathOf(index).replace('scene', `new-${turn}-${at}`), index, textOf(index)]
    }),
    edits: editedIndexes.map((index) => [pathOf(index), index]),
    removals: Array.from({ length: removals }, (_, at) =>
      pathOf(Math.floor((at * files) / removals) + 10 * turn + 1),
    ),
  }
}

function subjectNamed(name) {
  const subject = subjects.find((each) => each.name === name)
  if (subject === undefined) throw new Error(`There is no subject named ${name}.`)
  return subject
}
