import { describe, expect, it } from 'vitest'
import { quickRun } from '../../cli/quick-run.js'

describe('cowrite run, understood without the parser', () => {
  it.each<[string[], ReturnType<typeof quickRun>]>([
    [['run', 'ls', '-l'], { program: 'ls', args: ['-l'], globals: {} }],
    [['run', '--', 'ls', '--', '-l'], { program: 'ls', args: ['--', '-l'], globals: {} }],
    [['run', 'ls', '--session', 'x'], { program: 'ls', args: ['--session', 'x'], globals: {} }],
    [
      ['run', '--session', 'draft', '--wait=2.5', '--workspace', '/b', '--', 'sh', '-c', 'x'],
      { program: 'sh', args: ['-c', 'x'], wait: 2.5, globals: { session: 'draft', workspace: '/b' } },
    ],
  ])('%j', (words, plan) => expect(quickRun(words)).toEqual(plan))

  it.each([
    ['what is no run', ['session', 'run']],
    ['options that stand before', ['--session', 'x', 'run', 'ls']],
    ['no command', ['run']],
    ['no command after --', ['run', '--']],
    ['an empty command', ['run', '']],
    ['help', ['run', '--help']],
    ['answers in JSON', ['run', '--json', 'ls']],
    ['an unknown option', ['run', '--sesion', 'x', 'ls']],
    ['an option without its value', ['run', '--session', '--', 'ls']],
    ['an empty value', ['run', '--session=', 'ls']],
    ['a wait that is no number', ['run', '--wait', 'long', 'ls']],
  ])('leaves to the parser: %s', (_what, words) => expect(quickRun(words)).toBe(null))
})
