/** A workspace with very many sessions and changes: what it takes to list them, and to work beside them. */
import { join } from 'node:path'
import { interleave, timed } from '../shared/clock.mjs'
import { openWorkspace } from '../shared/cowrite.mjs'
import { layWorkspace, settle, textOf } from '../shared/folders.mjs'

const names = {
  list: 'list',
  memory: 'list, peak memory',
  firstBeside: 'open a session and write, many sessions',
  firstAlone: 'open a session and write, no other session',
  writeBeside: 'new file, many sessions',
  writeAlone: 'new file, no other session',
}

export const list = {
  name: 'list',
  title: '{sessions} sessions with {sessionChanges} changed files in all',
  rounds: { quick: 1, full: 3 },
  fixtures: ['sessions'],
  measures: [
    { says: 'open the workspace and list them', of: names.list, most: 1000, unit: 'ms' },
    { says: 'peak memory of the process', of: names.memory, most: 200, unit: 'MiB' },
  ],

  async round({ fixtures }) {
    const took = await timed(async () => {
      const workspace = await openWorkspace(fixtures.sessions)
      await workspace.list()
      await workspace.close()
    })
    return { [names.list]: [took], [names.memory]: [peakMemory()] }
  },
}

export const beside = {
  name: 'beside',
  title: 'At work beside {sessions} sessions with {sessionChanges} changed files',
  rounds: { quick: 1, full: 3 },
  fixtures: ['sessions'],
  measures: [
    {
      says: 'a new file, against one in a workspace without other sessions',
      of: names.writeBeside,
      against: names.writeAlone,
    },
    { says: 'the first write of a process, which reads the index', of: names.firstBeside, unit: 'ms' },
    { says: 'the same without other sessions', of: names.firstAlone, unit: 'ms' },
  ],

  async round({ folder, fixtures, round }) {
    const alone = join(folder, 'alone')
    layWorkspace(alone, { files: 100 })
    settle(folder)
    const places = { beside: fixtures.sessions, alone }
    const opened = {}
    const samples = {}
    for (const [where, name] of [
      ['alone', names.firstAlone],
      ['beside', names.firstBeside],
    ]) {
      samples[name] = [
        await timed(async () => {
          const workspace = await openWorkspace(places[where])
          const session = await workspace.start(`beside-${round}`)
          await session.fs.writeFile('first.md', textOf(0))
          opened[where] = { workspace, session }
        }),
      ]
    }
    const writing = (where) => (block) =>
      timed(() => opened[where].session.fs.writeFile(`new-${block}.md`, textOf(block)))
    Object.assign(
      samples,
      await interleave(
        { [names.writeAlone]: writing('alone'), [names.writeBeside]: writing('beside') },
        { blocks: 100, warmUp: 20 },
      ),
    )
    for (const { workspace } of Object.values(opened)) await workspace.close()
    return samples
  },
}

/** Of this process until now, in MiB. */
export function peakMemory() {
  return process.resourceUsage().maxRSS / 1024
}
