/** A folder that comes from elsewhere, with a state folder or a repository in it that nobody here made. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findWorkspace, openWorkspace } from '../../lib/index.js'

let folder: string
let root: string
beforeEach(() => {
  folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'cowrite-elsewhere-'))
  root = join(folder, 'book')
  put('notes.txt', 'remember the lamp\n')
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

function put(path: string, content: string): void {
  fs.mkdirSync(dirname(join(root, path)), { recursive: true })
  fs.writeFileSync(join(root, path), content)
}

/** A journal as it may come with a folder from elsewhere: nobody here began it, and opening finishes it. */
async function plantJournal(path: string, staged = 'workspace/journal/0001/new/0'): Promise<void> {
  const workspace = await openWorkspace(root)
  await workspace.initialize()
  await workspace.close()
  const content = '#!/bin/sh\n'
  const sha256 = createHash('sha256').update(content).digest('hex')
  if (!fs.existsSync(join(root, staged))) put(staged, content)
  fs.chmodSync(join(root, staged), 0o755)
  for (const name of ['old', 'removed'])
    fs.mkdirSync(join(root, 'workspace/journal/0001', name), { recursive: true })
  const next = { kind: 'file', mode: 0o755, sha256, size: content.length, staged, inode: '' }
  const json = JSON.stringify({
    version: 1,
    id: '0001',
    kind: 'commit',
    session: '',
    createdAt: new Date(0).toISOString(),
    agentId: 'x',
    undoes: null,
    merged: [],
    targets: [{ path, expected: null, next, kept: null }],
    afterwards: { do: 'nothing' },
  })
  put('workspace/journal/0001/intent.json', `${createHash('sha256').update(json).digest('hex')}\n${json}\n`)
}

describe('a folder that comes from elsewhere', () => {
  it.each(['.git/hooks/pre-commit', 'acts/.GIT/config', 'workspace/config.json', '.cowrite/config.json'])(
    'P3: brings no journal that is carried out on %s',
    async (path) => {
      put('.git/hooks/README', '')
      fs.mkdirSync(join(root, 'acts/.GIT'), { recursive: true })
      await plantJournal(path)
      const before = fs.existsSync(join(root, path)) ? fs.readFileSync(join(root, path), 'utf8') : null
      await (await openWorkspace(root)).close()
      expect(fs.existsSync(join(root, path)) ? fs.readFileSync(join(root, path), 'utf8') : null).toBe(before)
    },
  )

  it('P3: nor one that takes its content from what is protected', async () => {
    put('.git/config', '#!/bin/sh\n')
    await plantJournal('acts-of-git.txt', '.git/config')
    await (await openWorkspace(root)).close()
    expect(fs.readdirSync(root).sort()).toEqual(['.git', 'notes.txt', 'workspace'])
    expect(fs.existsSync(join(root, '.git/config'))).toBe(true)
  })

  it('control: any other such journal is carried out', async () => {
    await plantJournal('new.sh')
    await (await openWorkspace(root)).close()
    expect(fs.readFileSync(join(root, 'new.sh'), 'utf8')).toBe('#!/bin/sh\n')
  })

  it('S4: is not waited for where a FIFO bears the name of the marker', () => {
    fs.mkdirSync(join(folder, 'workspace'))
    execFileSync('mkfifo', [join(folder, 'workspace/config.json')])
    expect(findWorkspace(root)).toBe(null)
  })

  it.runIf(hasGit())('P7: names no program in its git config that is run', async () => {
    const git = (...words: string[]) =>
      execFileSync('git', ['-C', root, ...words], { stdio: 'pipe' })
        .toString()
        .trim()
    put('here/a.md', 'a')
    put('there/b.md', 'b')
    put('.gitignore', '*.log\n')
    execFileSync('git', ['init', '-q', root])
    git('add', '-A')
    git('-c', 'user.email=a@example.com', '-c', 'user.name=a', 'commit', '-qm', 'x')
    git('sparse-checkout', 'init', '--cone', '--sparse-index')
    git('sparse-checkout', 'set', 'here')
    const tree = git('rev-parse', 'HEAD:there')
    fs.rmSync(join(root, '.git/objects', tree.slice(0, 2), tree.slice(2)))
    put('.git/run.sh', `#!/bin/sh\ntouch '${folder}/ran'\nexit 1\n`)
    fs.chmodSync(join(root, '.git/run.sh'), 0o755)
    const settings = [
      ['core.repositoryformatversion', '1'],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.url', root],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.uploadpack', join(root, '.git/run.sh')],
      ['core.fsmonitor', join(root, '.git/run.sh')],
    ]
    for (const [name = '', value = ''] of settings) git('config', name, value)
    const workspace = await openWorkspace(root)
    const session = await workspace.start('work')
    await session.write('here/x.log', 'ignored')
    expect((await session.status()).ignored).toBe(1)
    await workspace.close()
    expect(fs.existsSync(join(folder, 'ran'))).toBe(false)
    spawnSync('git', ['-C', root, 'ls-files'], { stdio: 'ignore' })
    expect(fs.existsSync(join(folder, 'ran')), 'control: git itself runs it').toBe(true)
  })
})

function hasGit(): boolean {
  try {
    execFileSync('git', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
