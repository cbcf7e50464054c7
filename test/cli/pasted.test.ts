/** Every next step that a shell is shown, after an error or below an answer, can be pasted as it stands. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../cli/parse.js'
import { CowriteError, type ErrorCode, type ErrorData, exitStatus } from '../../lib/errors.js'
import { describeFailure, operations } from '../../lib/operations/index.js'
import { noteCall } from '../../lib/operations/parse-input.js'
import { run } from './fake-io.js'
import { realRooms as rooms } from './real-rooms.js'

let book: string
beforeAll(async () => {
  book = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite pasted-')))
  mkdirSync(join(book, 'acts', 'one two'), { recursive: true })
  writeFileSync(join(book, 'acts', 'plan.md'), 'A plan. A plan.\n')
  writeFileSync(join(book, 'acts', 'one two', "it's.md"), 'One\n')
  for (const line of beginnings) expect((await cowrite(...line)).status, line.join(' ')).toBe(0)
})
afterAll(() => rmSync(book, { recursive: true, force: true }))

const cowrite = (...line: string[]) => run(line, { rooms, cwd: book })

const beginnings = [
  ['session', 'start', 'chapter-3', 'Chapter 3'],
  ['file', 'write', 'acts/plan.md', 'Another plan.\n'],
  ['retry', 'acts/plan.md', 'Too vague'],
  ['session', 'commit', '--force'],
  ['session', 'start', 'idea'],
  ['session', 'cancel', 'idea'],
  ['session', 'start', 'chapter-3'],
  ['file', 'write', 'acts/plan.md', 'A third plan.\n'],
  ['session', 'commit', 'chapter-3', '--force'],
  ['session', 'start', 'alpha', 'First'],
  ['file', 'write', "acts/one two/it's.md", 'Two\n'],
  ['session', 'checkpoint', 'before-it-all'],
  ['retry', "acts/one two/it's.md", 'No, "never"'],
  ['session', 'start', 'beta'],
  ['file', 'write', "acts/one two/it's.md", 'Three\n'],
  ['session', 'start', 'chapter-five'],
  ['session', 'switch', 'alpha'],
]

/** What a person types by mistake, and answers that tell what to do next. */
const situations = [
  ...['export', 'delete', 'handoff', 'commit', 'cancel', 'diff', 'recover'].map((command) => [
    'session',
    command,
    'chapter four',
  ]),
  ...['chapter four', 'alhpa', 'nobody', 'idea@2', ''].map((name) => ['session', 'show', name]),
  ...['chapter four', 'alhpa', 'nobody', 'chapter-3', 'chapter-3@2026', 'idea', '🐋'].map((name) => [
    'session',
    'switch',
    name,
  ]),
  ['session', 'diff', 'chapter five'],
  ['session', 'show', 'chapter 3'],
  ['file', 'ls', '--session', 'Chapter Five'],
  ['session', 'commit', 'alhpa', '--force'],
  ['session', 'delete', 'alhpa', '--force'],
  ['session', 'start', 'chapter four', "It's mine"],
  ['session', 'start', 'alpha', "It's mine"],
  ['session', 'start', 'gamma', '--from', 'chapter four'],
  ['session', 'start', 'gamma', '--from', 'idea'],
  ['session', 'start', 'gamma', '--template', 'no such'],
  ['session', 'start'],
  ['session', 'merge', 'chapter four', 'into', 'alpha'],
  ['session', 'merge', 'beta', 'into', 'chapter four'],
  ['session', 'merge', 'beta', 'into', 'idea'],
  ['session', 'merge', 'beta', 'into', 'alpha'],
  ['session', 'merge', 'beta', 'into', 'alpha', '--force'],
  ['session', 'diff', 'alpha', 'chapter four'],
  ['session', 'status', '--session', 'chapter four'],
  ['session', 'commit', '--session', 'chapter four'],
  ['file', 'read', 'acts/plan.md', '--session', 'idea'],
  ['session', 'checkpoint', 'before it all'],
  ['session', 'checkpoint', 'before-it-all'],
  ['session', 'restore', 'nothing such'],
  ['session', 'checkpoints'],
  ['session', 'commits'],
  ['session', 'undo', '9999'],
  ['session', 'list'],
  ['session', 'list', '--all'],
  ['session', 'list', '--status', 'committed'],
  ['session', 'list', '--status', 'asleep'],
  ['session', 'list', '--limit', '1'],
  ['session', 'list', '--limit', '1', '--offset', '5'],
  ['session', 'search', 'plan'],
  ['session', 'search', 'plan vague', '--limit', '1'],
  ['session', 'search', 'nowhere to be found'],
  ['session', 'show', 'chapter-3', '--with-history'],
  ['session', 'show'],
  ['session', 'export', 'chapter-3', '--output', 'no such folder/x.md', '--format', 'markdown'],
  ['session', 'export', 'chapter-3', '--output', 'acts'],
  ['session', 'export', 'chapter-3', '--output', 'acts/plan.md'],
  ['session', 'export', 'chapter-3', '--output', 'acts/plan.md/x.json'],
  ['session', 'export', 'chapter-3', '--output', 'workspace/x.json'],
  ['session', 'delete', 'beta'],
  ['session', 'prune', '--older-than', '1s', '--dry-run'],
  ['session', 'prune', '--older-than', 'long'],
  ['session', 'stats', '--since', 'lately'],
  ['session', 'messages', 'alpha'],
  ['session', 'handoff', 'alpha'],
  ['session', 'context', 'beta'],
  ['session', 'status'],
  ['session', 'commit'],
  ['session', 'commit', '--on-conflict', 'keep_session', '--force'],
  ['session', 'recover'],
  ['session', 'recover', 'alpha'],
  ['file', 'delete', 'acts/plan.md'],
  ['file', 'delete'],
  ['file', 'rename', 'acts/plan.md', 'acts/other plan.md'],
  ['file', 'raed', 'acts/plan.md'],
  ['file', 'frobnicate'],
  ['file', 'read', 'acts/one two'],
  ['file', 'read', 'plan.txt'],
  ['file', 'read', '../outside'],
  ['file', 'read', '.git/config'],
  ['file', 'read', "it's.md"],
  ['file', 'edit', "acts/one two/it's.md", 'x', 'y'],
  ['file', 'mv', 'acts/plan.md', 'acts/one two'],
  ['file', 'write', 'acts/plan.md', 'x', '--if-match', 'nothing'],
  ['file', 'ls', '--limit', 'many'],
  ['file', 'search', 'One', '--regexp'],
  ['session', 'remove', 'alpha'],
  ['session', 'new', 'a name', 'of it'],
  ['commit'],
  ['commit', 'alpha'],
  ['delete', 'alpha'],
  ['frobnicate'],
  ['session', 'show', 'alpha', 'beta'],
  ['retry', 'acts/plan.md', 'Too', 'much', 'exposition'],
  ['retry', 'acts/plan.md', '- too long'],
  ['retry', 'no such.md', 'Too long'],
  ['retry', 'acts/plan.md'],
  ['retries', 'no such.md'],
  ['retries'],
  ['restore', 'acts/plan.md', '9'],
  ['session', 'commit', '--froce'],
  ['view', 'nobody'],
  ['view', '--close', 'nobody'],
  ['session', 'query', 'nobody', 'Hm?'],
  ['completion', 'tcsh'],
  ['mcp', '--tools', 'all of it'],
  ['session', 'list', '--workspace', 'no such folder'],
  ['doctor', '--no-live'],
]

/** What only a person can know. */
const blanks = /"?<[A-Za-z-]+>"?/g
/** Where nothing is known that could stand in their place. */
const mayHaveBlanks =
  /^cowrite (session (start|switch) <name>|session link <file>|retry |restore |file (read|write|edit|mv) |view <NAME>)/

/** "List → switch" is two commands, the one after the other. */
const oneAfterTheOther = (lines: readonly string[]): string[] => lines.flatMap((line) => line.split(' → '))

/** The commands in an answer: from the program's name to the end of the line. */
function commandsIn(text: string): string[] {
  return oneAfterTheOther(text.split('\n')).flatMap((line) => {
    // What went wrong may be about a command, too.
    const told = line.startsWith('❌') ? (/(?:Run|Specify:|first:) (cowrite .*)/.exec(line)?.[1] ?? '') : line
    return /(?:^|[\s:(])((?:mkdir -p .* && )?cowrite [a-z-].*)$/.exec(told)?.[1] ?? []
  })
}

/** As a shell takes it: the words of each command of the program in a line. */
function wordsOf(lines: readonly string[]): Map<string, string[][]> {
  const script = lines
    .map(
      (line) =>
        `cowrite() { printf '%s\\0' "$@"; printf '\\1\\0'; }; mkdir() { :; }\n${line}\nprintf '\\2\\0'`,
    )
    .join('\n')
  const told = execFileSync('sh', ['-c', script], { encoding: 'utf8', cwd: book }).split('\u0002\0')
  return new Map(
    lines.map((line, at) => [
      line,
      (told[at] ?? '')
        .split('\u0001\0')
        .slice(0, -1)
        .map((words) => words.split('\0').slice(0, -1)),
    ]),
  )
}

const onlyLooks =
  /^cowrite (session (list|show|status|commits|checkpoints|diff|search|context)|file (ls|read)|retries)\b/

const look = { columns: 100, coloured: false, version: '1' }

/** What is wrong with lines that are shown as commands. */
function wrongWith(lines: readonly string[]): string[] {
  const unfilled = lines.filter((line) => line.search(blanks) !== -1 && !mayHaveBlanks.test(line))
  const filled = new Map(lines.map((line) => [line, line.replace(blanks, 'something')]))
  const typed = wordsOf([...new Set(filled.values())])
  const notUnderstood = lines.filter((line) => {
    const commands = typed.get(filled.get(line) ?? '') ?? []
    return commands.length === 0 || !commands.every(isUnderstood)
  })
  return [
    ...unfilled.map((line) => `has a blank: ${line}`),
    ...notUnderstood.map((line) => `is none: ${line}`),
  ]
}

function isUnderstood(words: readonly string[]): boolean {
  try {
    return ['plan', 'help'].includes(parseCommandLine(words, operations, look).kind)
  } catch {
    return false
  }
}

describe('what a shell is told to type next', () => {
  it('is understood as it stands, and leads on where it only looks', async () => {
    const shown = new Map<string, string>()
    for (const line of situations) {
      const { stdout, stderr } = await cowrite(...line)
      for (const command of commandsIn(`${stdout}\n${stderr}`)) shown.set(command, line.join(' '))
    }
    const lines = [...shown.keys()]
    expect(lines.length).toBeGreaterThan(70)
    const after = (line: string) => `${line} (after: ${shown.get(line.replace(/^[^:]+: /, ''))})`
    expect(wrongWith(lines).map(after)).toEqual([])

    const looks = lines.filter((line) => onlyLooks.test(line) && line.search(blanks) === -1)
    expect(looks.length).toBeGreaterThan(20)
    const dead: string[] = []
    for (const [line, [words = []]] of wordsOf(looks)) {
      const { status, stderr } = await cowrite(...words)
      if (status !== 0) dead.push(`${after(line)}: ${stderr.split('\n')[0]}`)
    }
    expect(dead).toEqual([])
  })

  it('is the session that was meant by a name that cannot be one, or a name that can', async () => {
    const steps = async (...line: string[]) =>
      JSON.parse((await cowrite(...line, '--json')).stdout).error.next_steps
    expect(await steps('session', 'start', 'chapter four')).toEqual(['cowrite session start chapter-four'])
    expect(await steps('session', 'start', 'x', '--from', 'chapter five')).toEqual([
      'cowrite session start x --from chapter-five',
      'cowrite session list',
    ])
    expect((await steps('session', 'delete', 'chapter five', '--force'))[0]).toBe(
      'cowrite session delete chapter-five',
    )
    expect((await steps('session', 'merge', 'beta', 'into', 'chapter five'))[0]).toBe(
      'cowrite session merge beta --into chapter-five',
    )
    expect((await steps('file', 'ls', '--session', 'chapter five'))[0]).toBe(
      'cowrite file ls --session chapter-five',
    )
    expect(await steps('session', 'switch', 'no such thing at all')).toEqual(['cowrite session list'])
  })

  it('says of a session that has ended how it did, and where to see it', async () => {
    for (const [command, ...name] of [['switch'], ['commit'], ['cancel'], ['diff'], ['recover']]) {
      const { stderr, status } = await cowrite('session', command ?? '', ...name, 'chapter-3')
      expect(status).toBe(7)
      expect(stderr).toMatch(
        /Session 'chapter-3' not found: it was committed on \d{4}-\d\d-\d\d \(commit 0*3\)/,
      )
      expect(stderr).toContain('See what is kept of it: cowrite session show chapter-3\n')
    }
    const { stderr } = await cowrite('session', 'switch', 'IDEA')
    expect(stderr).toMatch(/Session 'idea' not found: it was cancelled on/)
    const all = (await cowrite('session', 'list', '--all')).stdout
    const earlier = /chapter-3@\S+/.exec(all)?.[0] ?? ''
    expect(all).toContain(
      'NAME@TIME is an earlier session of that name, made then; chapter-3 alone is the newest.',
    )
    expect(all).toContain(`Look at one: cowrite session show ${earlier}\n`)
    const again = await cowrite('session', 'switch', earlier)
    expect(again.stderr).toMatch(/it was committed on .* \(commit 0*1\)/)
    expect(again.stderr).toContain(`cowrite session show ${earlier}\n`)
  })

  it('is the command that other programs call otherwise, with what was given', async () => {
    const meant = async (...line: string[]) =>
      /(?:Did you mean|Put .*): (cowrite .*)/.exec((await cowrite(...line)).stderr)?.[1]
    expect(await meant('file', 'delete', 'acts/one two')).toBe("cowrite file rm 'acts/one two'")
    expect(await meant('file', 'rename', 'a', 'b')).toBe('cowrite file mv a b')
    expect(await meant('file', 'delete')).toBe('cowrite file rm --help')
    expect(await meant('session', 'create', 'draft')).toBe('cowrite session start draft')
    expect(await meant('commit', 'alpha')).toBe('cowrite session commit alpha')
    expect(await meant('retry', 'a.md', 'Too', 'much', 'of it')).toBe("cowrite retry a.md 'Too much of it'")
    expect(await meant('session', 'commit', 'alpha', '--froce')).toBe('cowrite session commit alpha --force')
  })

  it('is understood after every error of every operation, whatever was given', () => {
    const codes = Object.keys(exitStatus) as ErrorCode[]
    const wrong = codes.flatMap((code) => {
      const lines = new Set<string>()
      for (const operation of operations) {
        for (const data of samples[code]) {
          const error = new CowriteError(code, 'It went wrong', data as never)
          noteCall(error, operation, givenTo(operation.input.shape))
          for (const step of describeFailure(error, 'shell').next_steps) lines.add(step)
        }
      }
      return wrongWith(oneAfterTheOther([...lines]).filter((line) => line.startsWith('cowrite '))).map(
        (what) => `${code} ${what}`,
      )
    })
    expect(wrong).toEqual([])
  })
})

const nasty = 'it\'s a $(name) "of" `mine`; rm'

/** For each input a text that a shell would take for something else, where a text will do. */
function givenTo(shape: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([input, schema]) => {
      const takes = (value: unknown) =>
        (schema as { safeParse(value: unknown): { success: boolean } }).safeParse(value).success
      const value = [nasty, 7, [nasty]].find(takes)
      return value === undefined ? [] : [[input, value]]
    }),
  )
}

const samples: { [Code in ErrorCode]: ErrorData[Code][] } = {
  INVALID_INPUT: [
    {},
    { argument: 'name', value: nasty, suggestion: 'mine' },
    { argument: 'limit', value: 'x' },
  ],
  CANCELLED: [{}, { why: 'unasked' }, { why: 'unable' }],
  PATH_ESCAPE: [{ path: nasty }],
  PATH_PROTECTED: [{ path: nasty }],
  WRONG_KIND: [{ path: nasty, expected: 'a file', found: 'a folder' }],
  ALREADY_EXISTS: [{}, { path: nasty }, { session: 'draft' }],
  UNSUPPORTED: [{ what: 'tool' }, { what: 'run' }],
  CONFLICT: [
    { conflicts: [{ path: nasty, reason: 'x' }], session: 'draft', digest: 'abc' },
    { conflicts: [{ path: nasty, reason: 'x' }], etag: 'abc' },
    { conflicts: [] },
  ],
  WORKSPACE_UNAVAILABLE: [{ root: `/${nasty}`, reason: 'state folder' }, { root: '/x' }],
  SESSION_CRASHED: [{ session: 'draft', metadataPath: 'x', findings: [] }],
  LOCKED: [
    {},
    { session: 'draft' },
    { session: 'draft', holder: 'view' },
    { session: 'draft', holder: 'process 7', again: 'cowrite run --wait 60 -- true' },
  ],
  NOT_FOUND: [{ path: nasty }, { path: nasty, candidates: [nasty] }, { path: nasty, view: 'draft' }],
  SESSION_NOT_FOUND: [
    { session: 'draft' },
    { session: 'a@2026-01-16T09:15:23.000Z', ended: { how: 'cancelled', at: '2026-01-16', commitId: null } },
  ],
  NO_ACTIVE_SESSION: [{}, { ended: 'draft' }],
  SERVER_FAILED: [{ server: nasty }],
  CANNOT_WRITE: [
    { reason: 'ENOSPC' },
    { path: `/${nasty}/x`, reason: 'ENOENT' },
    { path: '/x', reason: 'EEXIST' },
  ],
  TOOL_FAILED: [{ tool: nasty }],
  CORRUPT: [{ path: nasty }],
  IO: [{}],
}
