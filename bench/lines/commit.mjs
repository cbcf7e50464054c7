/** Committing and undoing a thousand changed files, beside plain durable writing and beside git. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { timed } from '../shared/clock.mjs'
import { openSession } from '../shared/cowrite.mjs'
import { edited, layWorkspace, run, settle, spreadPaths, textOf } from '../shared/folders.mjs'
import { git, makeRepository } from '../shared/git.mjs'
import { rotated } from '../shared/numbers.mjs'

const names = {
  commit: 'commit',
  undo: 'undo',
  loop: 'write, fsync, rename each; fsync each folder',
  promises: 'the same by fs/promises',
  git: 'git worktree: add, commit, merge',
}

export const commit = {
  name: 'commit',
  title: 'Commit {changes} changed files',
  rounds: { quick: 1, full: 3 },
  needs: { [names.git]: 'git' },
  measures: [
    {
      says: 'commit, against the plain durable loop (synchronous)',
      of: names.commit,
      against: names.loop,
      most: 0.8,
    },
    {
      says: 'commit, against the plain durable loop (fs/promises)',
      of: names.commit,
      against: names.promises,
      most: 0.8,
    },
    {
      says: 'commit, against git worktree’s commit and merge',
      of: names.commit,
      against: names.git,
      most: 0.6,
    },
    {
      says: 'undo, against the plain durable loop (synchronous)',
      of: names.undo,
      against: names.loop,
      most: 0.6,
    },
    {
      says: 'undo, against the plain durable loop (fs/promises)',
      of: names.undo,
      against: names.promises,
      most: 0.6,
    },
  ],

  async round({ folder, round, scale, has }) {
    const paths = spreadPaths(scale.changes, scale.workspace)
    const contents = paths.map((path, at) => ({
      path,
      text: edited(textOf(at), `changed in round ${round}`),
    }))
    const competitors = [sessionCommit, plainLoop, promisesLoop, ...(has('git') ? [gitMerge] : [])]
    const samples = {}
    for (const compete of rotated(competitors, round)) {
      const own = join(folder, compete.name)
      layWorkspace(own, { files: scale.workspace })
      Object.assign(samples, await compete(own, contents))
    }
    return samples
  },
}

async function sessionCommit(folder, contents) {
  const { workspace, session } = await openSession(folder, 'committed')
  for (const { path, text } of contents) await session.fs.writeFile(path, text)
  settle(folder)
  let result
  const committed = await timed(async () => {
    result = await session.commit()
  })
  settle(folder)
  const undone = await timed(() => workspace.undo(result.commitId))
  await workspace.close()
  return { [names.commit]: [committed], [names.undo]: [undone] }
}

async function plainLoop(folder, contents) {
  settle(folder)
  const took = await timed(() => {
    for (const { path, text } of contents) {
      const file = join(folder, path)
      const descriptor = openSync(`${file}.tmp`, 'wx')
      writeSync(descriptor, text)
      fsyncSync(descriptor)
      closeSync(descriptor)
      renameSync(`${file}.tmp`, file)
    }
    for (const each of foldersOf(contents)) {
      const descriptor = openSync(join(folder, each), 'r')
      fsyncSync(descriptor)
      closeSync(descriptor)
    }
  })
  return { [names.loop]: [took] }
}

async function promisesLoop(folder, contents) {
  settle(folder)
  const took = await timed(async () => {
    for (const { path, text } of contents) {
      const file = join(folder, path)
      const handle = await open(`${file}.tmp`, 'wx')
      await handle.writeFile(text)
      await handle.sync()
      await handle.close()
      await rename(`${file}.tmp`, file)
    }
    for (const each of foldersOf(contents)) {
      const handle = await open(join(folder, each), 'r')
      await handle.sync()
      await handle.close()
    }
  })
  return { [names.promises]: [took] }
}

async function gitMerge(folder, contents) {
  makeRepository(folder)
  const tree = `${folder}-tree`
  git(folder, ['worktree', 'add', '-q', '-b', 'session', tree])
  for (const { path, text } of contents) writeFileSync(join(tree, path), text)
  settle(folder)
  const took = await timed(() => {
    git(tree, ['add', '-A'])
    git(tree, ['commit', '-q', '-m', 'the session'])
    git(folder, ['merge', '-q', 'session'])
  })
  return { [names.git]: [took] }
}

function foldersOf(contents) {
  return new Set(contents.map(({ path }) => dirname(path)))
}

const cancels = {
  cancel: 'cancel, until the answer',
  remove: 'rm -rf of its folder',
}

/** Comes last: what is deleted makes later creations dear, for everyone. */
export const cancel = {
  name: 'cancel',
  title: 'Cancel {changes} changed files',
  rounds: { quick: 1, full: 3 },
  deletes: true,
  needs: { [cancels.remove]: 'cp' },
  measures: [
    {
      says: 'until the answer, against rm -rf of the same',
      of: cancels.cancel,
      against: cancels.remove,
      most: 0.2,
    },
  ],

  async round({ folder, round, scale }) {
    const lower = join(folder, 'workspace')
    layWorkspace(lower, { files: scale.workspace })
    const { workspace, session } = await openSession(lower, 'cancelled')
    const paths = spreadPaths(scale.changes, scale.workspace)
    for (const [at, path] of paths.entries()) await session.fs.writeFile(path, edited(textOf(at)))
    const copy = join(folder, 'copy')
    run('cp', ['-a', join(lower, session.path), copy])
    settle(folder)
    const samples = {}
    const removal = async () => {
      samples[cancels.remove] = [await timed(() => run('rm', ['-rf', copy]))]
    }
    const cancellation = async () => {
      samples[cancels.cancel] = [await timed(() => session.cancel())]
    }
    for (const each of rotated([removal, cancellation], round)) await each()
    await workspace.close()
    return samples
  },
}
