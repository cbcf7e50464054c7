/** A small crowd of `crowds.sweep.ts`, at every run of the suite: killed, and taken to another hour. */
import { platform } from 'node:os'
import { expect, it } from 'vitest'
import { quickFolder } from '../support/file-systems.js'
import { builtCopy } from './support/built-copy.js'
import { crowdInOneSession } from './support/crowd-runs.js'
import { report } from './support/summary.js'

it('C4: of three processes in one session, killed at their work, no update is lost', async () => {
  if (platform() === 'win32') return report('a small crowd', {}, ['signals that stop a process'])
  const { faults, counts } = await crowdInOneSession({
    ...builtCopy(),
    folder: quickFolder,
    processes: 3,
    operations: 30,
    seed: 1,
    kills: 2,
    stops: 0,
    stopFor: 0,
    clocks: 4,
    byCommand: 0,
    commits: 0.8,
  })
  expect(faults).toEqual([])
  expect(counts.operations).toBeGreaterThanOrEqual(90)
}, 60_000)
