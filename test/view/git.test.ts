/** Git in a view: the workspace's repository is the session's own there, and what is committed comes by a fetch. */
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { Session } from '../../lib/session.js'
import { type Place, paths, places } from '../rules/support/places.js'
import { builtLibrary } from '../support/built.js'
import { fileSystems } from '../support/file-systems.js'
import { keepViewsTogether, namedWays } from './support/ways.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]

/** Nobody's settings but these. */
const settings = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
}

keepViewsTogether()

describe.each(namedWays)('git in a view by %s', (_name, { isHere, name, sh }) => {
  if (!isHere) return it.skip('is not to be had', () => {})
  const isCommand = name === 'kernel-overlay'
  const place = places(onDisk)

  function git({ root }: Place, ...words: string[]): string {
    return execFileSync('git', ['-C', root, ...words], { env: { ...process.env, ...settings } })
      .toString()
      .trim()
  }

  function repository(): Place {
    const where = place()
    git(where, 'init', '-q', '-b', 'main')
    git(where, 'add', '.')
    git(where, 'commit', '-qm', 'first')
    return where
  }

  it('V6: what is committed in the view stays in it from run to run, and the real repository as it is', async () => {
    const where = repository()
    const before = git(where, 'for-each-ref')
    const session = await where.start()
    await sh(session, 'git switch -qc draft; echo x > new; git add new; git commit -qm second', settings)
    expect(git(where, 'for-each-ref')).toBe(before)
    expect(git(where, 'status', '--porcelain')).toBe('')
    const { stdout } = await sh(
      session,
      'git gc -q; git log --format=%s; git status --porcelain; git fsck',
      settings,
    )
    expect(stdout).toBe('second\nfirst\n')
    git(where, 'branch', 'of-a-person')
    expect((await sh(session, 'git branch --format="%(refname:short)"', settings)).stdout).toBe(
      'draft\nmain\n',
    )
    expect(paths((await session.status()).changes.created)).toEqual(['new'])
  })

  it('V6: a commit of the session fetches it into refs of its own; hooks and config never come', async () => {
    const where = repository()
    const session = await where.start()
    await sh(
      session,
      `echo x > new; git add new; git commit -qm second; git branch other; git tag v1
       git config core.pager evil; echo evil > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit`,
      settings,
    )
    expect(await session.preview()).toMatchObject({ gitCommits: 1 })
    const reached = ['heads/main', 'heads/other', 'tags/v1'].map((name) => `refs/cowrite/first/${name}`)
    expect(await session.commit()).toMatchObject({
      gitReferences: reached.map((reference) => ({ repository: '', reference })),
    })
    expect(git(where, 'log', '-1', '--format=%s', 'refs/cowrite/first/heads/main')).toBe('second')
    expect(git(where, 'for-each-ref', '--format=%(refname)').split('\n')).toEqual([
      ...reached,
      'refs/heads/main',
    ])
    expect(git(where, 'log', '--format=%s', 'main')).toBe('first')
    expect(git(where, 'fsck')).toBe('')
    expect(where.read('.git/config')).not.toContain('evil')
    expect(where.has('.git/hooks/pre-commit')).toBe(false)
    expect(git(where, 'status', '--porcelain')).toBe('?? new')
  })

  it('V6: commits that go with a session that is thrown away are counted before, and told', async () => {
    const where = repository()
    const workspace = await where.open()
    const session = (await workspace.start('first')) as Session
    await sh(session, 'git status > /dev/null', settings)
    expect(await session.gitCommits()).toBe(0)
    await sh(
      session,
      `echo x > new; git add new; git commit -qm second; git tag -am same v1; git switch -qc draft
       git commit -q --allow-empty -m third; git gc -q`,
      settings,
    )
    git(where, 'commit', '-q', '--allow-empty', '-m', 'by a person')
    git(where, 'gc', '-q')
    expect(await session.gitCommits()).toBe(2)
    expect(await workspace.records.remove('first')).toMatchObject({ deleted: false, gitCommits: 2 })
    expect(await workspace.cancel('first')).toMatchObject({ cancelled: true, gitCommits: 2 })
    const other = (await workspace.start('other')) as Session
    await sh(other, 'git commit -q --allow-empty -m another', settings)
    await other.commit()
    expect(git(where, 'log', '-1', '--format=%s', 'refs/cowrite/other/heads/main')).toBe('another')
  })

  it.runIf(isCommand)(
    'V6: stashes, notes and commits that nothing names come along, and are told',
    async () => {
      const where = repository()
      where.put('notes.txt', 'of a person')
      git(where, 'stash', '-q')
      const session = await where.start()
      await sh(
        session,
        `echo one > notes.txt; git stash -q; echo two > notes.txt; git stash -q; git notes add -m noted
       echo three > notes.txt; git commit -qam lost; git reset -q --hard HEAD~1`,
        settings,
      )
      const told = { gitCommits: 4, gitNames: ['notes/commits', 'stash@{0}', 'stash@{1}', 'HEAD@{1}'] }
      expect(await session.status()).toMatchObject(told)
      expect(await session.preview()).toMatchObject(told)
      const reached = ['notes/commits', 'stash/0', 'stash/1', 'reflog/1'].map(
        (name) => `refs/cowrite/first/${name}`,
      )
      expect(await session.commit()).toMatchObject({
        gitReferences: reached.map((reference) => ({ repository: '', reference })),
      })
      const textIn = (reference: string): string => git(where, 'show', `${reference}:notes.txt`)
      expect(reached.slice(1).map(textIn)).toEqual(['two', 'one', 'three'])
      expect(git(where, 'show', `refs/cowrite/first/notes/commits:${git(where, 'rev-parse', 'main')}`)).toBe(
        'noted',
      )
      expect(git(where, 'stash', 'list').split('\n')).toHaveLength(1)
      git(where, 'stash', 'apply', '-q', 'refs/cowrite/first/stash/1')
      expect(where.read('notes.txt')).toBe('one\n')
    },
  )

  it.runIf(isCommand)('V6: what an earlier session of the same name has left stays', async () => {
    const where = repository()
    for (const text of ['one', 'two']) {
      const session = await where.start()
      await sh(session, `echo ${text} > notes.txt; git stash -q; git tag -f ${text}`, settings)
      await session.commit()
    }
    const references = git(where, 'for-each-ref', '--format=%(refname)', 'refs/cowrite').split('\n')
    expect(references).toEqual(
      ['2/stash/0', '2/tags/two', 'stash/0', 'tags/one'].map((name) => `refs/cowrite/first/${name}`),
    )
    expect(git(where, 'show', 'refs/cowrite/first/stash/0:notes.txt')).toBe('one')
    const last = await where.start()
    await sh(last, 'echo three > notes.txt; git stash -q', settings)
    expect(await last.cancel()).toMatchObject({ gitCommits: 1, gitNames: ['stash@{0}'] })
  })

  it.runIf(isCommand)('V6: commits of a command that is still at work are counted, too', async () => {
    const where = repository()
    const session = (await where.start()) as Session
    const running = await session.run(
      'sh',
      ['-c', 'git commit -q --allow-empty -m second; echo committed; read go; git log -1 --format=%s'],
      { stdio: 'pipe', env: { ...process.env, ...settings } },
    )
    for await (const _ of running.stdout ?? []) {
      expect(await session.gitCommits()).toBe(1)
      expect(await session.cancel()).toMatchObject({ gitCommits: 1, view: { became: 'in_use' } })
      running.stdin?.end('go\n')
      break
    }
    expect((await running.done).exitCode).toBe(0)
  })

  it.runIf(isCommand)('V6: a commit of the session that is refused brings nothing', async () => {
    const where = repository()
    const before = git(where, 'for-each-ref')
    const session = await where.start()
    await sh(session, 'echo x > notes.txt; git commit -qam second', settings)
    where.put('notes.txt', 'theirs')
    await expect(session.commit()).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(git(where, 'for-each-ref')).toBe(before)
    expect(git(where, 'fsck', '--no-reflogs', '--unreachable')).toBe('')
    expect((await sh(session, 'git log --format=%s', settings)).stdout).toBe('second\nfirst\n')
  })

  it.runIf(isCommand)('V6: a session that is committed from inside the view fetches as well', async () => {
    const where = repository()
    const session = (await where.start()) as Session
    const program = `
      import { execSync } from 'node:child_process'
      import { openWorkspace } from ${JSON.stringify(builtLibrary())}
      execSync('echo x > new; git add new; git commit -qm second')
      const workspace = await openWorkspace('.')
      await (await workspace.session('first')).commit()
      console.log('committed')
      process.stdin.once('data', () => {
        execSync('echo y > newer; git add newer; git commit -qm third')
        process.stdin.destroy()
      })`
    const running = await session.run(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: 'pipe',
      env: { ...process.env, ...settings },
    })
    const fetched = (): string => git(where, 'log', '--format=%s', 'refs/cowrite/first/heads/main')
    for await (const text of running.stdout ?? []) {
      expect(text.toString()).toBe('committed\n')
      expect(fetched()).toBe('second\nfirst')
      running.stdin?.write('go on\n')
    }
    expect((await running.done).exitCode).toBe(0)
    expect(fetched()).toBe('third\nsecond\nfirst')
    expect(git(where, 'log', '--format=%s', 'main')).toBe('first')
  })

  it.runIf(isCommand)(
    'V6: a repository that is made in the view is a folder like any other, whose hooks a person is to look at',
    async () => {
      const where = place()
      const session = await where.start()
      await sh(
        session,
        `git init -q -b main new; cd new; echo x > file; git add file; git commit -qm first
       echo echo > .git/hooks/post-commit`,
        settings,
      )
      expect(
        (await sh(session, 'cd new; git log --format=%s; git status --porcelain', settings)).stdout,
      ).toBe('first\n')
      const { sensitive } = await session.preview()
      expect(paths(sensitive)).toEqual(
        expect.arrayContaining(['new/.git/config', 'new/.git/hooks/post-commit']),
      )
      await session.commit()
      expect(git(where, '-C', 'new', 'log', '--format=%s')).toBe('first')
      expect(git(where, '-C', 'new', 'fsck')).toBe('')
    },
  )
})
