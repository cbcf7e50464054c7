/** The commands that are understood without the parser and run without schemas: they answer as they would with both. */
import { describe, expect, it } from 'vitest'
import type { ZodType } from 'zod'
import * as quick from '../../cli/quick.js'
import { quickCommand } from '../../cli/quick-command.js'
import * as operations from '../../lib/operations/index.js'
import { quickOperations } from '../../lib/operations/quick/index.js'
import { commandFolder } from '../support/command-line.js'
import { type Outcome, run } from './fake-io.js'
import { realRooms } from './real-rooms.js'

describe('quick commands, understood without the parser', () => {
  it.each<[string[], ReturnType<typeof quickCommand>]>([
    [['session', 'status'], { operation: 'get_active_session', raw: {}, globals: {} }],
    [
      ['session', 'list', '--json', '--workspace=/a b'],
      { operation: 'list_sessions', raw: {}, globals: { json: true, workspace: '/a b' } },
    ],
    [
      ['file', 'read', '--session', 'draft', 'acts/a.md'],
      { operation: 'read_session_file', raw: { file_path: 'acts/a.md' }, globals: { session: 'draft' } },
    ],
    [
      ['retry', 'a.md', 'Too = dark', '--session=x', '--session', 'y'],
      {
        operation: 'record_human_retry',
        raw: { file_path: 'a.md', reason: 'Too = dark' },
        globals: { session: 'y' },
      },
    ],
  ])('%j', (words, plan) => expect(quickCommand(words)).toEqual(plan))

  it.each([
    ['another command', ['session', 'show', 'draft']],
    ['a group alone', ['session']],
    ['options before the words', ['--json', 'session', 'status']],
    ['help', ['session', 'status', '--help']],
    ['an option of the command’s own', ['session', 'list', '--all']],
    ['an unknown option', ['file', 'read', 'a.md', '--sesion', 'x']],
    ['an option without its value', ['session', 'status', '--session']],
    ['a value that looks like an option', ['session', 'status', '--session', '--json']],
    ['an empty value', ['session', 'status', '--session=']],
    ['what ends the options', ['file', 'read', '--', 'a.md']],
    ['an empty path', ['file', 'read', '']],
    ['a reason that is missing', ['retry', 'a.md']],
    ['an empty reason', ['retry', 'a.md', '']],
    ['a reason in pieces', ['retry', 'a.md', 'Too', 'dark']],
  ])('leaves to the parser: %s', (_what, words) => expect(quickCommand(words)).toBe(null))
})

describe.each(Object.entries(quickOperations))('%s, without its schemas', (name, operation) => {
  it('is the operation that it is with them', () => {
    const whole = operations.findOperation(name) ?? expect.fail(name)
    const inputs = Object.entries<ZodType>(whole.input.shape).map(([input, schema]) => [
      input,
      schema.safeParse(undefined).data,
    ])
    expect(operation.input.shape).toEqual(Object.fromEntries(inputs))
    expect(operation).toMatchObject({ name, kind: whole.kind })
    expect([whole.opensAsItLies, whole.exitCode]).toEqual([undefined, undefined])
  })
})

describe('quick commands in a workspace', () => {
  const book = commandFolder({
    'acts/act-1/scene.md': 'In act one.\n',
    'acts/act-2/scene.md': 'In act two.\n',
  })
  const parsed = (words: string[]) => book.run(words, { cwd: book.at('acts') })
  const quickly = (words: string[]) => {
    const understood = quickCommand(words) ?? expect.fail(`${words} is not understood`)
    return run(
      words,
      { rooms: { ...realRooms, ...quick.rooms }, cwd: book.at('acts') },
      undefined,
      (argv, io) => quick.runQuickly(understood, argv, io),
    )
  }

  /** What takes its time from the clock is the same in both. */
  const timeless = ({ status, stdout, stderr }: Outcome) => ({
    status,
    stdout: stdout.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'),
    stderr,
  })

  async function answersAlike(...lines: string[][]): Promise<void> {
    for (const words of lines.flatMap((line) => [line, [...line, '--json']])) {
      expect(timeless(await quickly(words)), words.join(' ')).toEqual(timeless(await parsed(words)))
    }
  }

  const looks = [
    ['session', 'status'],
    ['session', 'status', '--session', 'nobody'],
    ['session', 'list'],
    ['file', 'read', 'act-1/scene.md'],
    ['file', 'read', './act-1/scene.md', '--session', 'draft'],
    ['file', 'read', 'nowhere.md'],
    ['file', 'read', '../../outside.md'],
    ['file', 'read', 'act-1'],
    ['retry', 'nowhere.md', 'Too dark'],
    ['retry', 'scene.md', 'Which of them?'],
    ['session', 'status', '--workspace', '/nowhere/at/all'],
  ]

  it('answer alike, in words and in JSON, where there is no session yet', () => answersAlike(...looks))

  it('answer alike in a session', async () => {
    await parsed(['session', 'start', 'draft', 'For a try', '--workspace', book.folder])
    await parsed(['file', 'write', 'act-1/scene.md', 'In the first act.\n'])
    expect(await quickly(['retry', 'act-1/scene.md', 'Too short'])).toMatchObject({ status: 0, stderr: '' })
    await answersAlike(['retry', 'act-1/scene.md', 'Too short'])
    // What is recorded already is answered so, by whoever is asked second.
    await parsed(['retry', 'scene.md', 'Which of them?'])
    await answersAlike(...looks)
  })

  it('answer alike where a session does not allow a tool', async () => {
    await parsed([
      'session',
      'start',
      'draft',
      '--allowed-tools',
      'write_session_file',
      '--workspace',
      book.folder,
    ])
    expect(await quickly(['file', 'read', 'act-1/scene.md'])).toMatchObject({ status: 1, stdout: '' })
    await answersAlike(['file', 'read', 'act-1/scene.md'])
  })

  it.each([
    ['says more', { cowrite: 1, folders: ['acts'], protected: ['acts/act-2/**'] }],
    ['is not as it should be', { cowrite: 1, folders: 'acts' }],
    ['is of a newer version', { cowrite: 999 }],
  ])('answer alike where the config %s', async (_what, config) => {
    await parsed(['session', 'start', 'draft', '--workspace', book.folder])
    book.put('workspace/config.json', JSON.stringify(config))
    await answersAlike(['session', 'status'], ['file', 'read', 'act-2/scene.md'])
  })
})
