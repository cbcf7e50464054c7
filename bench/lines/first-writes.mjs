/** Whether the last of many first writes in a session costs what the first one did. */
import { join } from 'node:path'
import { interleave, timed } from '../shared/clock.mjs'
import { openSession } from '../shared/cowrite.mjs'
import { edited, layWorkspace, pathOf, settle, textOf } from '../shared/folders.mjs'

const early = 'the first ones of a session'
const late = 'the last ones of a session'

export const firstWrites = {
  name: 'first-writes',
  title: 'Many first writes',
  rounds: { quick: 1, full: 3 },
  measures: [
    { says: 'first write number {firstWrites}, against the first', of: late, against: early, most: 1.2 },
  ],

  async round({ folder, scale }) {
    const total = scale.firstWrites
    const at = (name) => join(folder, name)
    for (const name of ['young', 'old']) layWorkspace(at(name), { files: total })
    const warm = await openSession(at('young'), 'warm')
    for (let index = 0; index < 300; index++)
      await warm.session.fs.writeFile(`warm-${index}.md`, textOf(index))
    await warm.workspace.close()

    const [young, old] = [await openSession(at('young'), 'young'), await openSession(at('old'), 'old')]
    // What is measured is the last hundred of one session beside the first hundred of another, in turns: both pay
    // for one new folder, and whatever the disk does meanwhile it does to both.
    const last = total - 100
    for (let index = 0; index < last; index++)
      await old.session.fs.writeFile(pathOf(index), textOf(index, 1000))
    settle(folder)
    const writeTo = (session, index) =>
      timed(() => session.fs.writeFile(pathOf(index), edited(textOf(index))))
    const samples = await interleave(
      {
        [early]: (block) => writeTo(young.session, block),
        [late]: (block) => writeTo(old.session, last + block),
      },
      { blocks: 97, warmUp: 3 },
    )
    for (const { workspace } of [young, old]) await workspace.close()
    return samples
  },
}
