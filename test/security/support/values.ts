/** What an attacker sends, by the kind of argument that it is sent as. */
import { actingNames, links } from './world.js'

export interface Hostile {
  label: string
  value: unknown
  /** The codes with which it must be refused; without them, a harmless success will do, too. */
  codes?: readonly string[]
  /** Further codes that will do. */
  also?: readonly string[]
}

const leaving = ['PATH_ESCAPE'] as const
const invalid = ['INVALID_INPUT'] as const
const guarded = ['PATH_PROTECTED'] as const

const list = (values: readonly string[], codes?: readonly string[], also?: readonly string[]): Hostile[] =>
  values.map((value) => ({
    label: JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…${value.length}` : value),
    value,
    ...(codes ? { codes } : {}),
    ...(also ? { also } : {}),
  }))

const traversals = [
  '..',
  '../secret.md',
  '../outside/secret.md',
  '../../../../../../../../../../etc/passwd',
  'acts/../../secret.md',
  'acts/./.././../secret.md',
  'a/b/c/../../../../secret.md',
  '..\\secret.md',
  'acts\\..\\..\\secret.md',
  '/etc/passwd',
  '//etc/passwd',

  '/proc/self/environ',
  '/dev/stdin',
  '//server/share/x',
  '\\\\server\\share\\x',
  '\\\\?\\C:\\x',
  '\\\\.\\PhysicalDrive0',
  'C:\\Windows\\win.ini',
  'C:/Windows/win.ini',
  'c:secret.md',
]

const malformed = [
  'a\0b',
  'notes.txt\0.md',
  '../\0',
  'acts\\plan.md',
  `${'x'.repeat(256)}.md`,
  `${'é'.repeat(128)}.md`,
  `${'deep/'.repeat(900)}x`,
  'x'.repeat(1_000_000),
  '/'.repeat(1_000_000),
  '../'.repeat(400_000),
]

/** To a parser of URLs, of Unicode or of another system these are something else; here they are names. */
const disguises = [
  '%2e%2e/secret.md',
  '..%2fsecret.md',
  '%2e%2e%2fsecret.md',
  '..%c0%afsecret.md',
  '．．/secret.md',
  '․․/secret.md',
  '‥/secret.md',
  '..／secret.md',
  '..∕secret.md',
  '..⁄secret.md',
  '.\u200b./secret.md',
  '..\u200b/secret.md',
  '\ufeff../secret.md',
  '\u202e../secret.md',
  '…/secret.md',
  '.../secret.md',
  '~/secret.md',
  '~root/.bashrc',
  '$HOME/secret.md',
  '$HOME/x',
  '$(id)',
  '`id`',
  '; id',
  '| id',
  'file:///etc/passwd',
  'http://127.0.0.1/',
  'cowrite://sessions',
  'e\u0301te\u0301.md',
  'été.md',
  'ﬁle.md',
  'K.md',
  'İ.md',
  ' notes.txt',
  'notes.txt ',
  'notes.txt.',
  'notes.txt/',
  'notes.txt/.',
  'notes.txt/x',
  './notes.txt',
  'acts//act-1///plan.md',
  '.',
  './',
  'acts/..',
]

const reserved = [
  '.git',
  '.git/config',
  '.GIT/config',
  '.Git/HEAD',
  './.git/config',
  'acts/../.git/config',
  'acts/.git/HEAD',
  '.git/',
  '.git/new',
  '.cowrite',
  '.cowrite/config.json',
  'acts/.cowrite/x',
  'workspace',
  'workspace/config.json',
  'workspace/session.lock',
  'workspace/sessions/draft/.cowrite/record',
  'workspace/sessions/draft/notes.txt',
  'workspace/../workspace/log/operations.jsonl',
  'sub/workspace/config.json',
  'sub/workspace/sessions/other/session.json',
]

/** On other systems these are protected names, or devices: nobody may make them. Here they are only names. */
const elsewhere = [
  '.git ',
  '.git.',
  '.git . .',
  '.git::$INDEX_ALLOCATION/config',
  '.git:x',
  '.g\u200cit/config',
  '.git\u200d/config',
  'GIT~1/config',
  'git~1',
  'COWRIT~1/x',
  'WORKSP~1/config.json',
  'WORKSPACE/config.json',
  'Workspace/session.lock',
  'CON',
  'nul',
  'NUL.txt',
  'acts/AUX.md',
  'com1',
  'LPT¹.txt',
  'CONIN$',
  'notes.txt:stream',
  'notes.txt::$DATA',
  'a<b>c',
  'a|b',
  'a?b*c',
  'a"b',
  'lone \ud800 surrogate',
  'session.json',
  'human-retries/x.md',
  'artifacts/../../secret.md',
  'artifacts/x',
  'package.json',
  '.mcp.json',
  'CLAUDE.md',
]

const leavingLinks = [
  'out-file.md',
  'out-folder/secret.md',
  'out-folder/new.md',
  'out-folder/inner/secret.md',
  'out-up/secret.md',
  'dangling.md',
  'absolute.md',
  'acts/middle/secret.md',
  'acts/middle/new/deep/x.md',
  'chain-1',
  'proc-self/environ',
  'proc-root/etc/passwd',
  'proc-cwd/notes.txt',
  'proc-self/fd/0',
  'proc-self/root/etc/passwd',
  'dev-zero',
  'dev-stdin',
]

const otherLinks = [
  ...Object.keys(links),
  'dangling-inside.md',
  'inside.md',
  'hard.json',
  'state-link/config.json',
]
const special = ['fifo', 'socket', 'device', 'fifo/x', 'names']

export const paths: Hostile[] = [
  ...list(traversals, leaving, ['INVALID_INPUT']),
  ...list(malformed, invalid, ['PATH_ESCAPE']),
  ...list(disguises),
  ...list(reserved, guarded),
  ...list(elsewhere),
  ...list(leavingLinks),
  ...list(otherLinks, undefined, ['IO']),
  ...list(['loop/x', 'loop-a/x', 'git-link/config'], undefined, ['IO']),
  ...list(special),
  ...list(actingNames.map((name) => `names/${name}`)),
  ...list(actingNames),
]

export const names: Hostile[] = [
  ...list(traversals, invalid),
  ...list(malformed, invalid),
  ...list(
    [
      '.',
      '../draft',
      'work/../other',
      'work/acts',
      './draft',
      'work/',
      'work\0',
      'WORK ',
      'nul',
      'CON',
      'a b',
      '',
      '.new-x',
      'é',
    ],
    invalid,
  ),
  ...list(
    ['wörk', 'work\n', 'work\u200b', '\u202ework', 'ｗork', 'work;id', '$(id)', '--force', '-x'],
    undefined,
  ),
  ...list([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'prototype',
    'null',
    'undefined',
    'sessions',
  ]),
  ...list(['WORK', 'nobody', '-', '_', 'x'.repeat(64)]),
  ...list(
    actingNames.filter((name) => !/^[\w-]+$/.test(name)),
    invalid,
  ),
]

const million = 1_000_000
export const texts: Hostile[] = [
  ...list(actingNames.map((name) => `PWN ${name} PWN`)),
  ...list([
    '',
    ' ',
    '\0',
    '\n',
    '\r\n',
    '\ufeff',
    '\ud800',
    '\udfff x',
    '\u2028',
    '{}',
    '[]',
    'null',
    '__proto__',
    'NaN',
    '-1',
    '../../..',
  ]),
  ...list([
    'x'.repeat(million),
    '_'.repeat(50_000),
    `a${'_'.repeat(50_000)}a`,
    '`'.repeat(50_000),
    '['.repeat(50_000),
  ]),
  ...list([
    '\n'.repeat(50_000),
    '\u200d'.repeat(20_000),
    '🙂\ufe0f\u200d'.repeat(5_000),
    `e${'\u0301'.repeat(10_000)}`,
  ]),
  ...list([
    '%s%n%x',
    '#{7*7}',
    '{{7*7}}',
    '<script>PWN</script>',
    "'; DROP TABLE x; --",
    '\u001b[31mPWN',
    '\u0085PWN',
  ]),
  ...list([
    '# PWN',
    '> PWN',
    '- PWN',
    '1. PWN',
    '| PWN |',
    '```\nPWN\n```',
    '~~~\nPWN',
    '    PWN',
    'PWN\n===',
    '<!-- PWN',
  ]),
  ...list([
    'https://pwn.example',
    'pwn@pwn.example',
    '<https://pwn.example>',
    '[PWN]: x',
    '[^PWN]',
    '$PWN$',
    '&lt;PWN&gt;',
  ]),
]

export const patterns: Hostile[] = list([
  '(a+)+b',
  '(x+x+)+y',
  '((((a{100}){100}){100}){100}){100}',
  '(.{0,1000}){0,1000}',
  `${'('.repeat(5_000)}a${')'.repeat(5_000)}`,
  Array.from({ length: 20_000 }, (_, at) => `x${at}`).join('|'),
  '[\\x{0}-\\x{10ffff}]{1000}',
  '(?=a)',
  '\\1',
  '[',
  '*',
  '**/'.repeat(600),
  'a*'.repeat(100),
  '+(a|aa)+(a|aa)b',
  '*(*(*(a)))b',
  '{a,b}'.repeat(300),
  '{1..100000000}',
  '!(!(!(!(a))))',
  '('.repeat(30_000),
  '../**',
  '/**',
  '../outside/*',
  '.git/**',
  '**/.git/**',
  'workspace/**',
  'x'.repeat(100_000),
])

export const numbers: Hostile[] = [
  ...[-1, 0.5, 1e308, -1e308, 2 ** 53, -(2 ** 53), '1', '1e3', '0x10', ' 1', [1], {}, true, 'NaN'].map(
    (value) => ({
      label: JSON.stringify(value),
      value,
      codes: invalid,
    }),
  ),
  ...[2 ** 53 - 1, 2 ** 31, 1_000_000].map((value) => ({ label: `${value}`, value })),
]

let deep: unknown = 'x'
for (let depth = 0; depth < 1_000; depth++) deep = [deep]

/** What is of no type that an argument could have. */
export const wrong: Hostile[] = [
  ['a number', 7],
  ['true', true],
  ['a list', ['notes.txt', 7]],
  ['a list of lists', [['notes.txt']]],
  ['an object', { path: 'notes.txt' }],
  ['a prototype', JSON.parse('{"__proto__":{"toString":1}}')],
  ['a false text', { toString: 'x', length: 3, valueOf: null }],
  ['something deep', deep],
  ['a long list', new Array(100_000).fill(7)],
].map(([label, value]) => ({ label: String(label), value, codes: invalid }))

export const keys = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u001b[31mPWN',
  'x'.repeat(10_000),
  '',
]
