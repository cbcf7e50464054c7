/** `cowrite run` in a linked worktree, whose repository no view can show as the session's own. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runBuilt } from '../support/built.js'
import { canMount, here } from './support/mounts.js'

const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org']

describe.runIf(canMount)(`a linked worktree, ${here}`, () => {
  let folder: string
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-')))
    const git = (...words: string[]) => execFileSync('git', ['-C', folder, ...identity, ...words])
    git('init', '-q', 'book')
    git('-C', 'book', 'commit', '-q', '--allow-empty', '-m', 'first')
    git('-C', 'book', 'worktree', 'add', '-q', '../linked')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('V6: says once that what git did there is in the real repository, and nothing of what it only looked at', () => {
    const cowrite = (...words: string[]) => runBuilt('cli/main.js', words, { cwd: join(folder, 'linked') })
    expect(cowrite('session', 'start', 'first').status).toBe(0)
    expect(cowrite('run', '--', 'git', 'status', '--short').stderr).toBe('')
    const commit = ['git', ...identity, 'commit', '-q', '--allow-empty', '-m', 'second']
    const { status, stderr } = cowrite('run', '--', ...commit)
    expect(status).toBe(0)
    expect(stderr).toMatch(/^⚠️ {2}cowrite run: \.git is a file here, .* is in the real repository.*\n$/)
    const told = JSON.parse(cowrite('run', '--json', '--', ...commit).stdout)
    expect(told).toMatchObject({ real_git_moved: true })
  })
})
