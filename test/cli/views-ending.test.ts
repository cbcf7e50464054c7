/** Cancelling, deleting and committing with an open view, at a terminal and away from one, on the real library. */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { run, type World } from './fake-io.js'
import { realRooms as rooms } from './real-rooms.js'

const yes = { when: '(y/N)', press: 'y\r' }
const no = { when: '(y/N)', press: 'n\r' }

let around: string
let book: string
let folder: string
beforeEach(async () => {
  around = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-')))
  book = join(around, 'book')
  mkdirSync(book)
  writeFileSync(join(book, 'chapter.md'), 'live\n')
  const workspace = await openWorkspace(book)
  const session = await workspace.start('draft', { allowedPaths: ['*.md'] })
  mkdirSync(join(around, 'views'))
  folder = (await session.view({ provider: 'copy', place: join(around, 'views') })).folder
  writeFileSync(join(folder, 'chapter.md'), 'in the view\n')
  writeFileSync(join(folder, 'refused.txt'), 'x')
  await workspace.close()
})
afterEach(() => rmSync(around, { recursive: true, force: true }))

const cowrite = (line: string[], world: Partial<World> = {}) => run(line, { rooms, cwd: book, ...world })

describe('a session with an open view', () => {
  it('is cancelled on a yes to a question that counts what lies there', async () => {
    const asked = ['session', 'cancel', 'draft']
    const kept = await cowrite(asked, { terminal: true, keys: [no] })
    expect(kept.stdout.replace(/\s+/g, ' ')).toContain('discard its changes (1 file), with the view in')
    expect([kept.status, existsSync(folder)]).toEqual([1, true])
    const gone = await cowrite(asked, { terminal: true, keys: [yes] })
    expect(gone.stdout).toContain('   • Modified files: 1')
    expect(gone.stdout).toContain(`🪟 View ${folder}: what lay there was counted, and went, too`)
    expect(gone.stdout).toMatch(
      /kept \(1 file\):\n {3}workspace\/retries-archive\/draft-cancelled-[\d-]+\/left-out\//,
    )
    expect(existsSync(folder)).toBe(false)
    const { stdout } = await cowrite(['session', 'list', '--json'])
    expect(JSON.parse(stdout).count).toBe(0)
  })

  it('is deleted on a yes to a question that counts it, without a copy of its own', async () => {
    const kept = await cowrite(['session', 'delete', 'draft'], { terminal: true, keys: [no] })
    expect(kept.stdout).toContain(`changes to 1 file and 0 retries`)
    expect(kept.stdout).toContain(`🪟 View: ${folder}\n   What lies there is counted, and goes, too.`)
    const { stdout } = await cowrite(['session', 'delete', 'draft', '--force'])
    expect(stdout).toContain('1 file that was not brought in, without a backup')
    expect(stdout).toContain('   • refused.txt: outside of what the session may write')
    expect([existsSync(folder), existsSync(join(book, 'workspace/sessions/draft-2'))]).toEqual([false, false])
  })

  it('names what was committed by git among what goes', async () => {
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org']
    const git = (cwd: string, ...words: string[]) => execFileSync('git', ['-C', cwd, ...identity, ...words])
    git(book, 'init', '-q')
    git(book, 'commit', '-q', '--allow-empty', '-m', 'first')
    await cowrite(['view', 'draft', '--sync'])
    git(folder, 'commit', '-q', '--allow-empty', '-m', 'second')
    const asked = ['session', 'cancel', 'draft']
    const kept = await cowrite(asked, { terminal: true, keys: [no] })
    expect(kept.stdout.replace(/\s+/g, ' ')).toContain(
      'and 1 git commit made in this session (heads/master)?',
    )
    const told = await cowrite(['session', 'delete', 'draft'])
    expect(told.stdout).toContain(
      'changes to 1 file, 1 git commit made in this session (heads/master) and 0 retries',
    )
    const gone = await cowrite(asked)
    expect(gone.stdout).toContain('   • Git: 1 git commit made in this session (heads/master)')
  })

  it('tells of it in status, in the preview and in the commit', async () => {
    const { stdout: status } = await cowrite(['session', 'status'])
    expect(status).toContain(`🪟 View: ${folder} (a copy)\n`)
    const refused = 'does not come in (1):\n   • refused.txt: outside of what the session may write'
    expect(status).toContain(refused)
    const { stdout: preview } = await cowrite(['session', 'commit'])
    expect(preview).toContain('   What was done there is part of this; a commit of all closes it')
    expect(preview).toContain(refused)
    const { stdout } = await cowrite(['session', 'commit', '--force', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      view: { folder, became: 'closed', left_out: [{ path: 'refused.txt', code: 'PATH_PROTECTED' }] },
      left_out_kept: { folder: 'workspace/retries-archive/draft/left-out/', files: 1 },
    })
    expect(readFileSync(join(book, 'chapter.md'), 'utf8')).toBe('in the view\n')
  })
})
