/** Writing 4 KiB: a new file, the same again, and the first write of a live one. */
import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { copyFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { interleave, timedEach } from '../shared/clock.mjs'
import { openSession } from '../shared/cowrite.mjs'
import { edited, layWorkspace, pathOf, settle, textOf } from '../shared/folders.mjs'

const inSession = 'session.fs'
const promises = 'fs/promises'
const sync = 'node:fs, synchronous'
const kinds = {
  new: { says: 'new file', plain: 'write to temp, rename' },
  later: { says: 'later write', plain: 'write to temp, rename' },
  first: { says: 'first write of a live file', plain: 'copy, write to temp, rename' },
}
const warmUp = 3
const named = (kind, who) => `${kinds[kind].says}, ${who}`

export const write = {
  name: 'write',
  title: 'Write 4 KiB',
  rounds: { quick: 1, full: 3 },
  measures: Object.entries(kinds).flatMap(([kind, { says, plain }]) => [
    {
      says: `${says}, against fs/promises (${plain})`,
      of: named(kind, inSession),
      against: named(kind, promises),
      most: 0.6,
    },
    {
      says: `${says}, against synchronous calls (${plain})`,
      of: named(kind, inSession),
      against: named(kind, sync),
    },
  ]),

  async round({ folder, scale }) {
    const lower = join(folder, 'workspace')
    layWorkspace(lower, { files: scale.workspace })
    const { workspace, session } = await openSession(lower, 'writer')
    const count = 25
    if ((scale.blocks + warmUp) * count > scale.workspace)
      throw new RangeError('Too few files to write first.')
    const plain = {
      promises: join(folder, 'promises'),
      sync: join(folder, 'sync'),
      bases: join(folder, 'bases'),
    }
    // The plain writers have their folders made for them; the session makes its own as it needs them.
    for (const each of Object.values(plain)) {
      for (let at = 0; at < scale.workspace; at += 100)
        mkdirSync(join(each, dirname(pathOf(at))), { recursive: true })
    }
    settle(folder)

    // New and first writes each need a path that was not touched; all three writers go through the same folders.
    const path = (block, at) => pathOf((block * count + at) % scale.workspace)
    const fresh = (block, at) => path(block, at).replace('scene', `new-${block}`)
    const content = (block, at) => edited(textOf(block * count + at), 'written')
    const each = (one) => (block) => {
      const texts = Array.from({ length: count }, (_, at) => content(block, at))
      return timedEach(count, (at) => one(block, at, texts[at]))
    }
    const into = (where, name) => join(where, name)
    const variants = {
      [named('new', inSession)]: each((block, at, text) => session.fs.writeFile(fresh(block, at), text)),
      [named('new', promises)]: each((block, at, text) =>
        replace(into(plain.promises, fresh(block, at)), text),
      ),
      [named('new', sync)]: each((block, at, text) => replaceSync(into(plain.sync, fresh(block, at)), text)),
      [named('later', inSession)]: each((block, at, text) =>
        session.fs.writeFile(fresh(0, at), text + block),
      ),
      [named('later', promises)]: each((block, at, text) =>
        replace(into(plain.promises, fresh(0, at)), text + block),
      ),
      [named('later', sync)]: each((block, at, text) =>
        replaceSync(into(plain.sync, fresh(0, at)), text + block),
      ),
      [named('first', inSession)]: each((block, at, text) => session.fs.writeFile(path(block, at), text)),
      [named('first', promises)]: each(async (block, at, text) => {
        await copyFile(into(lower, path(block, at)), into(plain.bases, `${path(block, at)}.p`))
        await replace(into(plain.promises, path(block, at)), text)
      }),
      [named('first', sync)]: each((block, at, text) => {
        copyFileSync(into(lower, path(block, at)), into(plain.bases, `${path(block, at)}.s`))
        replaceSync(into(plain.sync, path(block, at)), text)
      }),
    }
    const samples = await interleave(variants, { blocks: scale.blocks, warmUp })
    await workspace.close()
    return samples
  },
}

async function replace(path, text) {
  const temporary = `${path}.tmp`
  await writeFile(temporary, text, { flag: 'wx' })
  await rename(temporary, path)
}

function replaceSync(path, text) {
  const temporary = `${path}.tmp`
  writeFileSync(temporary, text, { flag: 'wx' })
  renameSync(temporary, path)
}
