/** How what a session takes grows with the number of its changes. */
import { join } from 'node:path'
import { growthName, growthSteps } from '../scale.mjs'
import { timed } from '../shared/clock.mjs'
import { openSession } from '../shared/cowrite.mjs'
import { edited, layWorkspace, settle, spreadPaths, textOf } from '../shared/folders.mjs'

export const growth = {
  name: 'growth',
  title: 'By the number of changes',
  rounds: { quick: 1, full: 3 },
  deletes: true,
  measures: [],

  async round({ folder, scale }) {
    await steps(join(folder, 'warm'), 20)
    const samples = {}
    for (const count of scale.growth) {
      const took = await steps(join(folder, `of-${count}`), count)
      for (const step of growthSteps) samples[growthName(step, count)] = [took[step]]
    }
    return samples
  },
}

/** Everything that is asked of a session with `count` changes, each in milliseconds. */
async function steps(folder, count) {
  const files = Math.max(count, 100)
  layWorkspace(folder, { files })
  const paths = spreadPaths(count, files)
  const change = async (session) => {
    for (const [at, path] of paths.entries()) await session.fs.writeFile(path, edited(textOf(at)))
    settle(folder)
  }
  const { workspace, session } = await openSession(folder, 'committed')
  await change(session)
  const took = {
    status: await timed(() => session.status()),
    diff: await timed(() => session.diff({ words: false })),
    preview: await timed(() => session.preview()),
  }
  let result
  took.commit = await timed(async () => {
    result = await session.commit()
  })
  settle(folder)
  took.undo = await timed(() => workspace.undo(result.commitId))
  const other = await workspace.start('cancelled')
  await change(other)
  took.cancel = await timed(() => other.cancel())
  await workspace.close()
  return took
}
