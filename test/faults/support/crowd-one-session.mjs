/** One of many processes at work in one session. See crowds.ts for what is asked of the history. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, below, command, isDone, leave, list, oneOf, random, task, token } from './crowd-child.mjs'

const { openWorkspace } = await import(task.library)
const workspace = await openWorkspace(task.root)
let session = null

/** Whoever finds the session ended begins it anew; one that stays crashed, as in a control, is given up in the end. */
async function reach() {
  while (!session?.isUsable() && !isDone()) {
    await session?.close()
    session = null
    await attempt('start', {}, async () => {
      session = await workspace.start('crowd', { idempotent: true })
    })
    if (session === null) await new Promise((done) => setTimeout(done, 20))
  }
}

const chain = () => `chains/${below(3)}.md`
const register = () => `registers/${below(6)}.md`
const isByHand = () => random() < task.byCommand

async function write(path, content, what) {
  await attempt(what.op, { ...what, path }, async () => {
    if (content.length < 100_000 && isByHand()) command('file', 'write', path, content, '--session', 'crowd')
    else await session.write(path, content)
  })
}

async function editChain(path = chain()) {
  const own = token()
  await attempt('add', { how: 'edit', path, token: own }, async () => {
    const by = [path, 'END\n', `${own}\nEND\n`]
    if (isByHand()) command('file', 'edit', ...by, '--session', 'crowd')
    else await session.edit(...by)
  })
}

async function writeChainIfSame() {
  const path = chain()
  const own = token()
  await attempt('add', { how: 'if_match', path, token: own }, async () => {
    const { content, etag } = await session.read(path)
    await session.write(path, `${own}\n${content}`, { ifMatch: etag })
  })
}

async function appendToChain() {
  const path = chain()
  const own = token()
  await attempt('add', { how: 'append', path, token: own }, () => session.fs.appendFile(path, `${own}\n`))
}

async function writeRegister() {
  const own = token()
  await write(register(), random() < 0.1 ? own.padEnd(200_000, '.') : own, { op: 'set', token: own })
}

/** What the live file holds: where nobody else has changed it since, the session has no change any more. */
async function revertRegister() {
  const path = register()
  let live = null
  try {
    live = readFileSync(join(task.root, path), 'utf8')
  } catch {
    return // Nothing lives there.
  }
  await write(path, live, { op: 'set', token: live.replace(/\.+$/, '') })
}

async function deleteRegister() {
  const path = register()
  await attempt('delete', { path }, async () => {
    await session.remove(path)
  })
}

async function readRegister() {
  const path = register()
  await attempt('get', { path }, async () => {
    try {
      const { content } = await session.read(path)
      return { log: { saw: content.replace(/\.+$/, '') } }
    } catch (error) {
      if (error.code !== 'NOT_FOUND') throw error
      return { log: { saw: null } }
    }
  })
}

async function readChain() {
  const path = chain()
  await attempt('look', { path }, async () => {
    const content =
      random() < 0.5 ? (await session.read(path)).content : await session.fs.readFile(path, 'utf8')
    return { log: { saw: content } }
  })
}

/** A ball lies in one of four places, and whoever moves it takes it from where it was seen. */
async function moveBall() {
  const ball = `balls/${below(2)}`
  await attempt('move', { ball }, async () => {
    const { entries } = await session.files({ folder: ball })
    const [there] = entries
    if (there === undefined) return
    const to = `${ball}/${below(4)}.md`
    if (to !== there.filePath) await session.move(there.filePath, to)
  })
}

async function markBall() {
  const ball = `balls/${below(2)}`
  const own = token()
  await attempt('add', { how: 'edit of a moving file', path: ball, token: own }, async () => {
    const { entries } = await session.files({ folder: ball })
    if (entries[0] === undefined) throw Object.assign(new Error('between two places'), { code: 'NOT_FOUND' })
    await session.edit(entries[0].filePath, 'END\n', `${own}\nEND\n`)
  })
}

async function makeAndRemoveFolder() {
  const folder = `folders/${below(2)}`
  if (random() < 0.3) return attempt('rm folder', { folder }, () => session.remove(folder))
  await attempt('write in folder', { folder }, () =>
    session.write(`${folder}/${below(3)}/${below(3)}.md`, token()),
  )
}

async function retry() {
  const reason = token()
  const path = chain()
  await attempt('retry', { path, reason }, async () => {
    if (isByHand()) command('retry', path, reason, '--session', 'crowd')
    else await session.retry(path, reason)
  })
}

async function look() {
  await oneOf([
    [3, () => attempt('status', {}, async () => void (await session.status()))],
    [2, () => attempt('preview', {}, async () => void (await session.preview()))],
    [2, () => attempt('diff', {}, async () => void (await session.diff()))],
    [2, () => attempt('list', {}, () => list(workspace))],
    [1, () => attempt('search', {}, async () => void (await session.search(`.${task.name}.`)))],
  ])()
}

async function commit() {
  const files = random() < 0.6 ? [chain()] : undefined
  await attempt('commit', { files: files ?? null }, async () => {
    const { commitId } = await session.commit(files === undefined ? {} : { files })
    return { log: { id: commitId } }
  })
}

while (!isDone()) {
  await reach()
  if (!session?.isUsable()) break
  await oneOf([
    [22, editChain],
    [18, writeChainIfSame],
    [15, appendToChain],
    [10, writeRegister],
    [3, revertRegister],
    [4, deleteRegister],
    [6, readRegister],
    [4, readChain],
    [5, moveBall],
    [4, markBall],
    [3, makeAndRemoveFolder],
    [2, retry],
    [2, look],
    [task.commits, commit],
  ])()
}
await workspace.close()
leave()
