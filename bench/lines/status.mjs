/** Status and diff of a thousand changed files. */
import { readFileSync, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { interleave, timed } from '../shared/clock.mjs'
import { openSession, openWorkspace } from '../shared/cowrite.mjs'
import { edited, layWorkspace, settle, spreadPaths } from '../shared/folders.mjs'

const names = {
  small: 'status',
  first: 'status, first of a handle',
  large: 'status, many files',
  statSync: 'statSync, twice',
  stat: 'fs/promises stat, twice',
  diff: 'diff',
  firstDiff: 'diff, first of a handle',
  readSync: 'readFileSync of both sides',
  read: 'fs/promises readFile of both sides',
}

export const status = {
  name: 'status',
  title: 'Status of {changes} changes',
  rounds: { quick: 1, full: 3 },
  fixtures: ['files'],
  measures: [
    { says: 'status, against twice their statSync', of: names.small, against: names.statSync, most: 1.5 },
    {
      says: 'in {files} files, against twice their statSync',
      of: names.large,
      against: names.statSync,
      most: 1.5,
    },
    {
      says: 'the first of a handle, which remembers nothing yet, against twice their statSync',
      of: names.first,
      against: names.statSync,
    },
    { says: 'status, against twice their fs/promises stat', of: names.small, against: names.stat },
  ],

  async round({ folder, fixtures, round, scale }) {
    const small = await changedSession(join(folder, 'workspace'), 'many-changes', scale)
    const large = await changedSession(fixtures.files, `status-${round}`, scale, scale.files)
    const both = small.bothSides
    const samples = await interleave(
      {
        [names.small]: () => timed(() => small.session.status()),
        [names.first]: () => byNewHandle(small.folder, (session) => session.status()),
        [names.large]: () => timed(() => large.session.status()),
        [names.statSync]: () => timed(() => both.forEach((path) => void statSync(path))),
        [names.stat]: () => timed(() => oneByOne(both, stat)),
      },
      { blocks: 9, warmUp: 2 },
    )
    for (const { workspace } of [small, large]) await workspace.close()
    return samples
  },
}

export const diff = {
  name: 'diff',
  title: 'Diff of {changes} changes',
  rounds: { quick: 1, full: 3 },
  measures: [
    { says: 'diff, against readFileSync of both sides', of: names.diff, against: names.readSync, most: 1.5 },
    {
      says: 'diff, against fs/promises readFile of both sides',
      of: names.diff,
      against: names.read,
      most: 1.5,
    },
    {
      says: 'the first of a handle, which remembers nothing yet, against readFileSync of both sides',
      of: names.firstDiff,
      against: names.readSync,
    },
  ],

  async round({ folder, scale }) {
    const lower = join(folder, 'workspace')
    const { workspace, session, bothSides } = await changedSession(lower, 'many-changes', scale)
    const samples = await interleave(
      {
        [names.diff]: () => timed(() => session.diff({ words: false })),
        [names.firstDiff]: () => byNewHandle(lower, (fresh) => fresh.diff({ words: false })),
        [names.readSync]: () => timed(() => bothSides.forEach((path) => void readFileSync(path))),
        [names.read]: () => timed(() => oneByOne(bothSides, readFile)),
      },
      { blocks: 5, warmUp: 1 },
    )
    await workspace.close()
    return samples
  },
}

/** A session with one line changed in each of many files; `bothSides` are their two versions. */
async function changedSession(folder, name, { changes, workspace: files }, there) {
  if (there === undefined) layWorkspace(folder, { files })
  const { workspace, session } = await openSession(folder, name)
  const paths = spreadPaths(changes, there ?? files)
  for (const path of paths) {
    await session.fs.writeFile(path, edited(readFileSync(join(folder, path), 'utf8')))
  }
  settle(folder)
  const bothSides = paths.flatMap((path) => [join(folder, path), join(folder, session.path, path)])
  return { workspace, session, folder, bothSides }
}

/** As a process does that has not looked at the session yet, without its start. */
async function byNewHandle(folder, look) {
  const workspace = await openWorkspace(folder)
  const session = await workspace.session('many-changes')
  const took = await timed(() => look(session))
  await workspace.close()
  return took
}

async function oneByOne(paths, one) {
  for (const path of paths) await one(path)
}
