/** What is mounted inside a workspace, and views of it: by the built program, in a namespace in which anybody may mount. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { built } from '../support/built.js'
import { canMount, here } from './support/mounts.js'

describe.runIf(canMount)(`a mount inside the workspace, ${here}`, () => {
  let around: string
  beforeEach(() => {
    around = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-')))
    for (const folder of ['book/mnt', 'book/a b/in']) mkdirSync(join(around, folder), { recursive: true })
    writeFileSync(join(around, 'book/notes.txt'), 'live\n')
  })
  afterEach(() => rmSync(around, { recursive: true, force: true }))

  /** Lines of shell in the workspace, with `cowrite`; what they mount goes with them. */
  function inNamespace(script: string) {
    const start = `set -e; cd "$0/book"`
    const cowrite = `cowrite() { '${process.execPath}' '${built('cli/main.js')}' "$@"; }`
    const words = [
      '--user',
      '--map-root-user',
      '--mount',
      'sh',
      '-c',
      `${start}; ${cowrite}; ${script}`,
      around,
    ]
    const env = { ...process.env, XDG_STATE_HOME: join(around, 'state') }
    return spawnSync('unshare', words, { encoding: 'utf8', env })
  }

  it('V1, T2: is named where a command would not see it, shown in a folder, and not to be deleted by a commit', () => {
    const { stdout, stderr } = inNamespace(
      `mount -t tmpfs none mnt; mount --bind mnt 'a b/in'; echo in > mnt/one
       cowrite session start first >&2
       cowrite run -- ls || echo "status $?"
       cat "$(cowrite view first --provider copy)/a b/in/one"
       rm -r "$(cowrite view first)/mnt"; cowrite view --close first >&2
       cowrite session commit --force --json >../told || cat mnt/one ../told`,
    )
    expect(stderr).toContain('what is mounted inside the workspace: mnt (tmpfs), a b/in (tmpfs).')
    expect(stderr).toContain('Show the session as a folder, and work there: cowrite view <NAME>')
    const [status, shown, still, ...told] = stdout.split('\n')
    expect([status, shown, still]).toEqual(['status 1', 'in', 'in'])
    expect(JSON.parse(told.join('\n')).error).toMatchObject({
      message: 'something is mounted at or below 1 path; nothing was committed.',
      data: { conflicts: [{ path: 'mnt', reason: 'something is mounted there' }] },
    })
  })

  it('V1: is what a hook of an agent goes by: its commands are run in a folder then', () => {
    const event = {
      hook_event_name: 'PreToolUse',
      tool_name: 'Bash',
      session_id: 'a',
      cwd: join(around, 'book'),
    }
    const input = JSON.stringify({ ...event, tool_input: { command: 'ls' } })
    const { stdout } = inNamespace(
      `cowrite session start first >&2; mount -t tmpfs none mnt
       echo '${input}' | CLAUDE_PROJECT_DIR=$PWD '${process.execPath}' '${built('hooks/main.js')}' cowrite-init:file`,
    )
    expect(stdout).toContain(join(around, 'state'))
    expect(stdout).not.toContain('run --session')
  })

  it('V2: what was mounted while a command ran is not taken for deleted, and what was done beneath it is told', () => {
    const command = `rm -r "a b"; echo w > mnt/w; echo y > new; mkdir own; echo o > own/o
      mount -t tmpfs none own; touch ../ready; while [ ! -e ../go ]; do sleep 0.02; done`
    const { stdout, stderr } = inNamespace(
      `cowrite session start first >&2
       cowrite run --json -- sh -ec '${command}' >../told & running=$!
       while [ ! -e ../ready ]; do sleep 0.02; done
       for at in mnt 'a b/in'; do mount -t tmpfs none "$at"; touch "$at/one"; done
       touch ../go; wait $running; cat ../told`,
    )
    const told = JSON.parse(stdout)
    expect(told.changes).toMatchObject({ modified: [], created: ['new'], deleted: [] })
    const reason = 'something is mounted there that the view does not show'
    expect(told.left_out).toMatchObject([
      { path: 'a b', reason: `${reason}, so not deleted`, saved_to: null },
      { path: 'mnt', reason, saved_to: expect.stringContaining('left-out') },
      { path: 'own', reason },
    ])
    expect(stderr).not.toContain('ERROR')
  })
})
