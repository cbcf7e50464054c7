import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { CowriteError } from '../../lib/errors.js'
import type { WorkspaceApi } from '../../lib/workspace-api.js'
import { run } from './fake-io.js'
import { fakeRooms } from './fake-rooms.js'

const parts: Partial<WorkspaceApi> = {
  list: async () => ({ sessions: [{ name: 'draft' }, { name: 'dark' }], count: 2, active: null }) as never,
  commits: async () => [{ commitId: 'c-1' }] as never,
}

async function complete(...words: string[]): Promise<string[]> {
  const { stdout, status } = await run(['__complete', '--', ...words], {
    rooms: fakeRooms({}, parts).rooms,
    cwd: '/',
  })
  expect(status).toBe(0)
  return stdout.split('\n').filter((line) => line !== '')
}

describe('what Tab offers', () => {
  it.each([
    [['ses'], ['session']],
    [
      ['session', 'st'],
      ['start', 'status'],
    ],
    [
      ['session', 'commit', 'd'],
      ['draft', 'dark'],
    ],
    [['session', 'cancel', 'dr'], ['draft']],
    [['session', 'start', ''], []],
    [
      ['session', 'status', '--session', ''],
      ['draft', 'dark'],
    ],
    [['--session', 'draft', 'session', 'und'], ['undo']],
    [['session', 'undo', ''], ['c-1']],
    [['session', 'commit', '--on-c'], ['--on-conflict']],
    [['session', 'commit', '--on-conflict', 'keep_s'], ['keep_session']],
    [['retry', ''], []],
    [['completion', 'z'], ['zsh']],
    [
      ['help', 'session', 'c'],
      ['commit', 'cancel'],
    ],
    [['nonsense', 'x'], []],
  ])('%j → %j', async (words, offered) => {
    expect(await complete(...words)).toEqual(offered)
  })

  it('nothing, without a word, where there is no workspace', async () => {
    const { rooms } = fakeRooms(
      {},
      {
        list: async () => {
          throw new CowriteError('WORKSPACE_UNAVAILABLE', 'x', { root: '/' })
        },
      },
    )
    const outcome = await run(['__complete', '--', 'session', 'cancel', ''], { rooms, cwd: '/' })
    expect(outcome).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })

  it('stays out of help', async () => {
    const { stdout } = await run(['--help'], { rooms: fakeRooms().rooms, cwd: '/' })
    expect(stdout).not.toContain('__complete')
  })
})

describe('the scripts', () => {
  const scriptFor = async (shell: string) =>
    (await run(['completion', shell], { rooms: fakeRooms().rooms, cwd: '/' })).stdout

  it.each(['bash', 'zsh', 'fish'])('%s: asks the program', async (shell) => {
    expect(await scriptFor(shell)).toContain('cowrite __complete --')
  })

  it('bash: holds as a script, and completes from what the program answers', async () => {
    const script = await scriptFor('bash')
    const checked = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })
    expect(checked).toMatchObject({ status: 0, stderr: '' })

    const asked = spawnSync('bash', ['--norc'], {
      encoding: 'utf8',
      input: `
cowrite() { printf '%s\\n' "asked: $*" 'dark one' 'd$(echo acted)'; }
${script}
COMP_WORDS=(cowrite session commit d more) COMP_CWORD=3
_cowrite
printf '%s|' "\${COMPREPLY[@]}"`,
    })
    expect(asked.stdout).toBe('asked: __complete -- session commit d|dark one|d$(echo acted)|')
  })

  it('another shell is told which there are', async () => {
    const outcome = await run(['completion', 'tcsh'], { rooms: fakeRooms().rooms, cwd: '/' })
    expect(outcome.status).toBe(1)
    expect(outcome.stderr).toContain('bash, zsh, fish')
  })
})
