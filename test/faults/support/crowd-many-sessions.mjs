/** One of many processes, each with sessions of its own over the same live files. See crowds.ts. */
import { attempt, below, command, isDone, leave, list, oneOf, random, task, token } from './crowd-child.mjs'

const { openWorkspace } = await import(task.library)
const workspace = await openWorkspace(task.root)
const own = `own/${task.name}.md`
const line = (text) => new RegExp(`^${task.name}: .*$`, 'm').exec(text)[0]

/** What is left of those who bore this name before and were killed. */
async function throwAwayWhatIsLeft() {
  for (const { name } of (await workspace.list()).sessions) {
    if (name.startsWith(`${task.name}-`))
      await attempt('cancel', { left: true }, () => workspace.cancel(name))
  }
}

let number = 0
/** One session, from its start to its end, with a few changes of each kind in it. */
async function work() {
  number += 1
  const name = `${task.name}-${task.run}-${number}`
  let session = null
  await attempt('start', { name }, async () => {
    if (random() < task.byCommand) command('session', 'start', name)
    else session = await workspace.start(name, { activate: random() < 0.5 })
    session ??= await workspace.session(name)
  })
  if (session === null) return
  const held = {}
  for (let left = 1 + below(5); left > 0 && !isDone(); left--) await change(session, held)
  await end(session, held)
  await session.close()
}

async function change(session, held) {
  await oneOf([
    [4, () => writeOwn(session, held)],
    [4, () => editShared(session, held)],
    [3, () => count(session, held)],
    [1, () => session.isUsable() && attempt('retry', {}, () => session.retry('shared.md', token()))],
    [1, () => attempt('scratch', {}, () => session.write(`drafts/${task.name}/${below(3)}.md`, token()))],
    [
      1,
      () => attempt('move', {}, () => session.move(`drafts/${task.name}/0.md`, `drafts/${task.name}/9.md`)),
    ],
    [1, () => attempt('delete', {}, () => session.remove(`drafts/${task.name}/${below(3)}.md`))],
    [1, () => attempt('status', {}, async () => void (await session.status()))],
    [1, () => attempt('diff', {}, async () => void (await session.diff()))],
    [1, () => attempt('switch', {}, () => workspace.switch(session.name))],
    [1, () => attempt('list', {}, () => list(workspace))],
  ])()
}

async function writeOwn(session, held) {
  const mine = token()
  const done = await attempt('write', {}, () => session.write(own, mine))
  if (done) held.own = mine
}

async function editShared(session, held) {
  const mine = token()
  const done = await attempt('edit', {}, async () => {
    const { content } = await session.read('shared.md')
    await session.edit('shared.md', line(content), `${task.name}: ${mine}`)
  })
  if (done) held.shared = mine
}

/** One line that everybody counts up: who commits second has not seen the first, and must be told. */
async function count(session, held) {
  if (held.counted) return
  const seen = await attempt('read', {}, () => session.read('counter.md'))
  if (!seen) return
  const counted = { token: token(), after: seen.content.split(' ')[0] }
  const text = `${counted.token} after ${counted.after}\n`
  const done = await attempt('count', { counted }, () =>
    session.write('counter.md', text, { ifMatch: seen.etag }),
  )
  if (done) held.counted = counted
}

async function end(session, held) {
  await oneOf([
    [7, () => commit(session, held)],
    [1, () => attempt('cancel', {}, () => session.cancel())],
    [1, () => attempt('cancel', {}, () => workspace.cancel(session.name))],
  ])()
}

async function commit(session, held) {
  const done = await attempt('commit', { held }, async () => {
    if (random() < task.byCommand)
      return { log: { id: command('session', 'commit', session.name, '--force').commit_id } }
    const { commitId } = await session.commit()
    return { log: { id: commitId } }
  })
  if (!done) return settle(session, held)
  const { id } = done.log
  const isAlone =
    id !== null && held.own !== undefined && held.shared === undefined && held.counted === undefined
  if (isAlone && random() < 0.3) await undo(id)
}

/** Refused, since others counted meanwhile: the count is given up for theirs, or all of it is. */
async function settle(session, held) {
  if (!session.isUsable()) return
  const { counted: _, ...rest } = held
  const done =
    random() < 0.5 &&
    (await attempt('commit', { held: rest, onConflict: 'keep_global' }, async () => {
      const { commitId, committed, dropped } = await session.commit({ onConflict: 'keep_global' })
      // Whoever was refused for another reason finds no conflict any more, and counts after all.
      return {
        log: { id: commitId, committed, counted: dropped.includes('counter.md') ? null : held.counted },
      }
    }))
  if (!done) await attempt('cancel', {}, () => session.cancel())
}

async function undo(id) {
  await attempt('undo', { id }, async () => {
    const { undoId } = await workspace.undo(id)
    return { log: { id: undoId } }
  })
}

await throwAwayWhatIsLeft()
while (!isDone()) await work()
await workspace.close()
leave()
