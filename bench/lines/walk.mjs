/** What goes through the whole workspace, and so grows with it: a list of all files, a search in all texts. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { interleave, timed } from '../shared/clock.mjs'
import { openSession } from '../shared/cowrite.mjs'
import { edited, layWorkspace, settle, spreadPaths, textOf } from '../shared/folders.mjs'

export const walkNames = {
  files: 'list all files',
  search: 'search all texts',
  readdir: 'readdirSync of all folders',
  scan: 'readFileSync of all files, and look',
}

export const walk = {
  name: 'walk',
  title: 'All {workspace} files',
  rounds: { quick: 1, full: 3 },
  measures: [
    {
      says: 'list of all files, against readdirSync of all folders',
      of: walkNames.files,
      against: walkNames.readdir,
    },
    {
      says: 'search in all texts, against readFileSync of all files',
      of: walkNames.search,
      against: walkNames.scan,
    },
  ],

  async round({ folder, scale }) {
    const lower = join(folder, 'workspace')
    layWorkspace(lower, { files: scale.workspace })
    const { workspace, session } = await openSession(lower, 'walker')
    for (const [at, path] of spreadPaths(100, scale.workspace).entries()) {
      await session.fs.writeFile(path, edited(textOf(at)))
    }
    settle(folder)
    const looked = 'These words stand nowhere.'
    const folders = readdirSync(lower).filter((name) => name.startsWith('part-'))
    const samples = await interleave(
      {
        [walkNames.files]: () => timed(() => session.files({ recursive: true, limit: 1 })),
        [walkNames.search]: () => timed(() => session.search(looked)),
        [walkNames.readdir]: () => timed(() => folders.forEach((each) => void entriesOf(join(lower, each)))),
        [walkNames.scan]: () =>
          timed(() => {
            for (const each of folders) {
              for (const { name } of entriesOf(join(lower, each))) {
                readFileSync(join(lower, each, name), 'utf8').includes(looked)
              }
            }
          }),
      },
      { blocks: 3, warmUp: 1 },
    )
    await workspace.close()
    return samples
  },
}

const entriesOf = (folder) => readdirSync(folder, { withFileTypes: true })
