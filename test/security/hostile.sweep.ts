/** Every operation, through every way in, against everything an attacker could say. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { operations } from '../../lib/operations/index.js'
import { bySize, inThisShard } from '../faults/support/size.js'
import { report } from '../faults/support/summary.js'
import { attack, type Tally } from './support/attack.js'
import { attackFs, hostileUses } from './support/attack-fs.js'
import { hostileCallsOf, spread } from './support/calls.js'
import { commandFace, type Face, libraryFace, serverFace } from './support/faces.js'
import { buildPrograms, type Programs, withoutGuards } from './support/programs.js'

const calls = operations.flatMap(hostileCallsOf)
let programs: Programs
beforeAll(async () => {
  programs = await buildPrograms()
})
afterAll(() => programs.remove())

function told(name: string, { asked, refused, done, unsaid, missing, faults }: Tally): void {
  const counts = {
    calls: asked,
    refused,
    'harmlessly done': done,
    ...(unsaid > 0 ? { 'cannot be said there': unsaid } : {}),
    escapes: faults.length,
  }
  report(`hostile input, ${name}`, counts, missing)
}

const faces: [name: string, atMost: number, open: (root: string) => Promise<Face>][] = [
  ['library', bySize(400, calls.length), (root) => libraryFace(programs.folder, root)],
  ['MCP', bySize(300, calls.length), (root) => serverFace(programs.folder, root)],
  ['command line', bySize(24, 400), async (root) => commandFace(programs.folder, root)],
]

it.each(faces)('P1 to P8: no hostile input does harm through the %s', async (name, atMost, open) => {
  const tally = await attack(inThisShard(spread(calls, atMost)), open)
  told(name, tally)
  expect(tally.faults).toEqual([])
  expect(Math.min(tally.refused, tally.done)).toBeGreaterThan(0)
})

it('P1 to P8: nor through session.fs', async () => {
  const tally = await attackFs(spread(hostileUses, bySize(200, hostileUses.length)), programs.folder)
  told('session.fs', tally)
  expect(tally.faults).toEqual([])
  expect(Math.min(tally.refused, tally.done)).toBeGreaterThan(0)
})

it('control: with the guards taken out, what was read outside and what acts is found, through each of them', async () => {
  const unguarded = await buildPrograms(withoutGuards)
  try {
    const open: [string, (root: string) => Promise<Face>, RegExp[]][] = [
      [
        'library',
        (root) => libraryFace(unguarded.folder, root),
        [/: tells SECRET/, /acts on a terminal/, /acts in Markdown/],
      ],
      ['MCP', (root) => serverFace(unguarded.folder, root), [/: tells SECRET/, /acts in Markdown/]],
      [
        'command line',
        async (root) => commandFace(unguarded.folder, root),
        [/: tells SECRET/, /acts on a terminal/],
      ],
    ]
    let found = 0
    for (const [name, face, faults] of open) {
      const tally = await attack(telling, face)
      found += tally.faults.length
      for (const fault of faults) expect(tally.faults, name).toContainEqual(expect.stringMatching(fault))
    }
    report('hostile input, control without guards', { calls: telling.length * 3, found })
  } finally {
    unguarded.remove()
  }
})

/** Calls that are harmless for no other reason than that they are refused, or their answers escaped. */
const telling = calls.filter(({ label }) =>
  [
    'read_session_file file_path "../secret.md"',
    'read_session_file file_path "acts/../../secret.md"',
    'list_session_files folder "names"',
    'search_session_text query "lamp"',
    String.raw`record_human_retry reason "PWN \u001b]8;;x:pwn\u0007PWN\u001b]8;;\u0007.md PWN"`,
  ].includes(label),
)
