/** Reading a file of 4 KiB through a session and beside it. */
import { readFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { interleave, timed, timedEach } from '../shared/clock.mjs'
import { openSession } from '../shared/cowrite.mjs'
import { edited, layWorkspace, pathOf, settle, textOf } from '../shared/folders.mjs'
import { mountOverlay } from '../shared/mounts.mjs'

const promises = 'fs/promises readFile'
const sync = 'readFileSync'
const unchanged = 'session.fs, unchanged'
const changed = 'session.fs, changed'
const promisesAtOnce = 'fs/promises, 64 at once'
const sessionAtOnce = 'session.fs, 64 at once'
const overlay = 'kernel overlayfs, fs/promises'
const overlaySync = 'kernel overlayfs, readFileSync'

export const read = {
  name: 'read',
  title: 'Read 4 KiB',
  rounds: { quick: 1, full: 3 },
  mounts: true,
  needs: { [overlay]: 'overlayfs', [overlaySync]: 'overlayfs' },
  measures: [
    { says: 'unchanged file, against fs/promises', of: unchanged, against: promises, most: 0.5 },
    { says: 'unchanged file, against readFileSync', of: unchanged, against: sync, most: 2.5 },
    { says: 'changed file, against fs/promises', of: changed, against: promises, most: 0.5 },
    { says: 'changed file, against readFileSync', of: changed, against: sync, most: 2.5 },
    { says: '64 at once, against fs/promises', of: sessionAtOnce, against: promisesAtOnce, most: 0.8 },
    {
      says: 'unchanged file, against kernel overlayfs by fs/promises',
      of: unchanged,
      against: overlay,
      most: 1,
    },
    { says: 'unchanged file, against kernel overlayfs by readFileSync', of: unchanged, against: overlaySync },
  ],

  async round({ folder, scale, has }) {
    const files = scale.workspace
    const lower = join(folder, 'workspace')
    layWorkspace(lower, { files })
    const { workspace, session } = await openSession(lower, 'reader')
    // Every tenth file is changed, so that changed and unchanged ones lie side by side in all folders.
    const isChanged = (index) => index % 10 === 9
    for (let index = 9; index < files; index += 10) {
      await session.fs.writeFile(pathOf(index), edited(textOf(index)))
    }
    settle(folder)

    const count = 200
    const next = { of: picker(files, (index) => !isChanged(index)), changed: picker(files, isChanged) }
    const absolute = () => join(lower, next.of())
    const paths = (pick) => Array.from({ length: count }, pick)
    const each = (pick, one) => () => {
      const chosen = paths(pick)
      return timedEach(count, (at) => one(chosen[at]))
    }
    const variants = {
      [promises]: each(absolute, (path) => readFile(path)),
      [sync]: each(absolute, (path) => void readFileSync(path)),
      [unchanged]: each(next.of, (path) => session.fs.readFile(path)),
      [changed]: each(next.changed, (path) => session.fs.readFile(path)),
      [promisesAtOnce]: () => atOnce(paths(absolute), (path) => readFile(path)),
      [sessionAtOnce]: () => atOnce(paths(next.of), (path) => session.fs.readFile(path)),
    }
    if (has('overlayfs')) {
      const merged = await mountOverlay(lower, join(folder, 'overlay'))
      await mkdir(join(merged, 'new'))
      const inside = () => join(merged, next.of())
      variants[overlay] = each(inside, (path) => readFile(path))
      variants[overlaySync] = each(inside, (path) => void readFileSync(path))
      // Each file's first look-up in a fresh mount costs more; that is what the others have behind them, too.
      for (let index = 0; index < files; index++) readFileSync(join(merged, pathOf(index)))
    }
    for (let index = 0; index < files; index++) readFileSync(join(lower, pathOf(index)))

    const samples = await interleave(variants, { blocks: scale.blocks, warmUp: 3 })
    await workspace.close()
    return samples
  },
}

/** All of `paths`, 64 at a time; milliseconds for each. */
async function atOnce(paths, one) {
  const width = 64
  const took = await timed(async () => {
    for (let from = 0; from < paths.length; from += width) {
      await Promise.all(paths.slice(from, from + width).map(one))
    }
  })
  return took / paths.length
}

/** Gives one path after the other, jumping through the folders. */
function picker(files, isWanted) {
  const stride = 4_241
  let index = 0
  return () => {
    do index = (index + stride) % files
    while (!isWanted(index))
    return pathOf(index)
  }
}
