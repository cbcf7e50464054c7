/** Names are exchanged for links to outside, in a loop, under every operation on files. */
import { afterAll, expect, it } from 'vitest'
import { openDiskPort } from '../../lib/port/disk.js'
import { bySize } from '../faults/support/size.js'
import { report } from '../faults/support/summary.js'
import { openFollowingPort } from './support/following-anchor.js'
import { aboutSessions, type Race, races } from './support/races.js'
import { race } from './support/racing.js'
import { swapperIsMissing } from './support/swapper.js'

const missing = swapperIsMissing()
const total = { operations: 0, runs: 0, done: 0, refused: 0, escapes: 0 }
afterAll(() => report('links swapped', total, missing === null ? [] : [missing]))

it.each(races)('P2: $name reads, writes, makes and removes nothing outside', async (one) => {
  if (missing !== null) return
  const time = bySize(1_000, aboutSessions.includes(one.name) ? 10_000 : 60_000)
  const { runs, done, refused, escapes } = await race(one, time, openDiskPort)
  total.operations += 1
  total.runs += runs
  total.done += done
  total.refused += refused
  total.escapes += escapes.length
  expect(escapes).toEqual([])
})

/** What is found at once when links are followed. */
const loose = [
  ...['diff_session', 'list_session_files', 'search_session_text', 'write_session_file (new)'],
  ...['read_session_file (global)', 'move_session_file (in)', 'session.fs reads', 'session.fs writes'],
  ...['session.fs names', 'session.fs attributes'],
]

it('control: a port that follows links is found to read and to change what is outside', async () => {
  if (missing !== null) return report('links swapped, control', {}, [missing])
  const found: string[] = []
  for (const one of races.filter(({ name }) => loose.includes(name))) {
    // Chance has a part in it, and on a busy machine a large one.
    let escapes: string[] = []
    for (let turn = 0; turn < 4 && escapes.length === 0; turn++)
      escapes = (await race(one, 30_000, openFollowingPort)).escapes
    expect(escapes.length, one.name).toBeGreaterThan(0)
    found.push(...escapes)
  }
  expect(found).toContainEqual(expect.stringMatching(/ told /))

  // The first thing that is found ends a race, and what changed outside need not be it.
  const undo = races.find(({ name }) => name === 'undo_commit') as Race
  const changes: string[] = []
  for (let turn = 0; turn < 10 && changes.length === 0; turn++) {
    const { escapes } = await race(undo, 30_000, openFollowingPort)
    changes.push(...escapes.filter((each) => each.includes('changed what is outside')))
  }
  expect(changes.length).toBeGreaterThan(0)
  report('links swapped, control with a port that follows them', {
    operations: loose.length,
    found: loose.length,
  })
})
