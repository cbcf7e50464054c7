import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CommitResult } from '../../lib/api.js'
import { rollForward } from '../../lib/engine/apply.js'
import { recoverAll, sweepTrash, transact, withTransaction } from '../../lib/engine/engine.js'
import { readIntent, type Target } from '../../lib/engine/intent.js'
import { begin, discard, end, finished, inFlight, isBusy } from '../../lib/engine/transaction.js'
import type { FilePort } from '../../lib/port/port.js'
import { layoutOf } from '../../lib/store/layout.js'
import { Workspace } from '../../lib/workspace.js'
import { Crash, faultyPort, interceptedPort } from '../support/faulty-port.js'
import { type FileSystem, fileSystems } from '../support/file-systems.js'
import { readTree } from '../support/trees.js'
import { prepare, reboot } from './book.js'
import { byHand, saveByRename } from './edits.js'

const layout = layoutOf('workspace')
const owner = { kind: 'commit', session: '' } as const
const noFinish = async (): Promise<void> => {}
const scene = 'acts/act-1/chapter-01/scene-0101.md'
const cut = 'acts/act-1/chapter-02/cut.md'

// Each makes many workspaces, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

describe.each(fileSystems)('transactions on %s', (_name, open) => {
  let prepared: Awaited<ReturnType<typeof prepare>>
  let system: FileSystem
  let port: FilePort
  beforeAll(async () => {
    prepared = await prepare(open)
  })
  afterAll(() => prepared.dispose())
  beforeEach(({ onTestFinished }) => {
    const copy = prepared.copyOf('changes')
    system = copy
    port = copy.port
    onTestFinished(() => copy.dispose())
  })

  const read = (path: string): string => system.fs.readFileSync(`${system.root}/${path}`, 'utf8')
  const write = (path: string, text: string): void => system.fs.writeFileSync(`${system.root}/${path}`, text)
  const isThere = (path: string): boolean => system.fs.existsSync(`${system.root}/${path}`)

  async function opened(through: FilePort = port): Promise<Workspace> {
    const workspace = new Workspace(through, {})
    await workspace.recoverDead()
    return workspace
  }

  async function commitThrough(through: FilePort): Promise<CommitResult> {
    const workspace = new Workspace(through, {})
    const session = await workspace.session('draft')
    return (await session.commit()) as CommitResult
  }

  /** A commit that dies before or after the step that `at` picks. */
  async function crashedCommit(
    at: (step: string) => boolean,
    how: 'crash before' | 'crash after',
    hook = () => {},
  ) {
    const hooked = interceptedPort(port, {
      before: ({ name, paths }) => (at(`${name} ${paths.join(' -> ')}`) ? void hook() : undefined),
    })
    await expect(commitThrough(faultyPort(hooked, at, { how }).port)).rejects.toThrow(Crash)
    reboot(system)
  }

  describe('fencing numbers', () => {
    it('D5: of two owners at once the later steps back', () => {
      const first = begin(port, layout, owner)
      expect(() => begin(port, layout, owner)).toThrow(expect.objectContaining({ code: 'LOCKED' }))
      expect(inFlight(port, layout)).toEqual([first.id])
      discard(port, layout, first)
      end(first)
    })

    it('D5: a number that was withdrawn is not given again', () => {
      const numbers: string[] = []
      for (let again = 0; again < 3; again++) {
        const transaction = begin(port, layout, owner)
        numbers.push(transaction.id)
        discard(port, layout, transaction)
        end(transaction)
      }
      expect(numbers).toEqual(['0001', '0002', '0003'])
      expect(system.fs.readdirSync(`${system.root}/${layout.journal}`)).toEqual(['0003.withdrawn'])
    })

    it('D5: nor is one whose transaction was finished and pruned away', async () => {
      write(
        'workspace/config.json',
        JSON.stringify({ cowrite: 1, history: { max_commits: 1, max_bytes: 0 } }),
      )
      const ids: (string | null)[] = []
      const workspace = await opened()
      for (const name of ['one', 'two', 'three']) {
        const session = await workspace.start(name)
        await session.write('untouched.md', `${name}\n`)
        ids.push(((await session.commit()) as CommitResult).commitId)
        expect(finished(port, layout), 'T7: the newest is never dropped').toEqual([ids.at(-1)])
      }
      expect(ids).toEqual(['0001', '0002', '0003'])
      await workspace.close()
    })

    it('D5: an owner that was taken for dead and comes back cannot commit', async () => {
      const target: Target = {
        path: 'late.md',
        expected: null,
        wanted: { kind: 'file', mode: 0o644, content: { bytes: Buffer.from('late\n') } },
      }
      const about = {
        ...owner,
        agentId: '',
        undoes: null,
        merged: [],
        afterwards: { do: 'nothing' as const },
      }
      const paused = begin(port, layout, owner)
      reboot(system)
      end(paused)
      expect((await recoverAll(port, layout, noFinish)).withdrawn).toEqual([{ id: paused.id, session: '' }])
      await withTransaction(port, layout, owner, async (next) => {
        expect(next.id).not.toBe(paused.id)
        const before = readTree(system.fs, system.root, [])
        await expect(transact(port, layout, paused, about, [target], noFinish)).rejects.toMatchObject({
          code: 'ENOENT',
        })
        expect(readTree(system.fs, system.root, [])).toEqual(before)
        const other = { ...target, path: 'next.md' }
        await transact(port, layout, next, about, [other], noFinish)
      })
      expect([isThere('late.md'), isThere('next.md')]).toEqual([false, true])
    })

    it('D5: one that comes back after its commit was carried out changes nothing, and ends no other session', async () => {
      await crashedCommit((step) => step.endsWith(`-> ${scene}`), 'crash before')
      const intent = readIntent(port, layout.journalEntry('0001'))
      expect(intent).not.toBeNull()
      const workspace = await opened()
      const again = await workspace.start('draft')
      await again.write('untouched.md', 'in the new session\n')
      write('context/themes/one.md', byHand)
      const lower = readTree(system.fs, system.root)
      const late = rollForward(port, layout, intent as NonNullable<typeof intent>, noFinish)
      await expect(late).rejects.toMatchObject({ code: 'ENOENT' })
      expect(readTree(system.fs, system.root)).toEqual(lower)
      expect((await again.read('untouched.md')).content).toBe('in the new session\n')
      await workspace.close()
    })

    it('a transaction that this process could not take back is not its own for ever', async () => {
      const isDiscard = (step: string): boolean => step.includes('.withdrawn')
      let broken = true
      const failing = interceptedPort(port, {
        before({ name, paths }) {
          const step = `${name} ${paths.join(' -> ')}`
          const isOwner = step.startsWith('remove') && step.endsWith('owner.json')
          if (broken && (isDiscard(step) || isOwner || step.includes('intent.json')))
            throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO', syscall: name })
        },
      })
      const workspace = new Workspace(failing, {})
      await expect((await workspace.session('draft')).commit()).rejects.toMatchObject({ code: 'IO' })
      expect(isBusy(port, layout)).toBe(false)
      broken = false
      expect(await (await workspace.session('draft')).commit()).toMatchObject({ committed: true })
      await workspace.close()
    })
  })

  describe('the order of a commit', () => {
    it('T2: everything that the intent tells of is durable before it, and it before anything else', async () => {
      const { port: counting, steps } = faultyPort(port)
      await commitThrough(counting)
      const at = (pattern: RegExp): number => steps.findIndex((step) => pattern.test(step))
      const last = (pattern: RegExp): number => steps.findLastIndex((step) => pattern.test(step))
      const intent = at(/^rename .* -> .*intent\.json$/)
      expect(last(/^(create|write|symlink|link) .*journal\/0001\/new\/\d+$/)).toBeLessThan(
        at(/^syncFolder .*0001\/new$/),
      )
      expect(last(/^link .* -> .*\/old\/\d+$/)).toBeLessThan(at(/^syncFolder .*0001\/old$/))
      for (const folder of [
        /0001\/new$/,
        /0001\/old$/,
        /^syncFolder workspace\/journal$/,
        /^syncFolder workspace$/,
        /^syncFolder $/,
      ])
        expect(
          steps.slice(0, intent).some((step) => step.startsWith('syncFolder') && folder.test(step)),
          String(folder),
        ).toBe(true)
      expect(steps[intent - 1]).toMatch(/^sync .*intent\.json/)
      expect(steps[intent + 1]).toBe('syncFolder workspace/journal/0001')
      const firstOfLower = at(/^rename acts\/act-1\/chapter-02\/cut\.md -> /)
      expect(firstOfLower).toBeGreaterThan(intent + 1)
      const toHistory = at(/^rename workspace\/journal\/0001 -> workspace\/history\/0001$/)
      for (const folder of ['acts', 'acts/act-3', 'acts/act-3/chapter-09', 'context', 'context/themes']) {
        const synced = last(new RegExp(`^syncFolder ${folder}$`))
        expect(synced, folder).toBeGreaterThan(last(new RegExp(`^(link|rename) .* -> ${folder}/[^/]+$`)))
        expect(synced, folder).toBeLessThan(toHistory)
      }
      expect(steps.slice(toHistory)).toContain('syncFolder workspace/history')
    })

    it('T2: an error after the commit point is clean-up that is pending, and the next operation does it', async () => {
      const broken = faultyPort(port, (step) => step.endsWith(`-> ${scene}`), {
        how: 'error',
        errno: 'EIO',
        once: false,
      })
      expect(await commitThrough(broken.port)).toMatchObject({
        committed: true,
        commitId: '0001',
        pendingCleanup: true,
      })
      reboot(system)
      const workspace = await opened()
      expect(read(scene)).toBe('one\n\ntwo, rewritten\n\nthree\n')
      expect((await workspace.list()).sessions.map(({ name }) => name)).toEqual(['other'])
      expect((await workspace.commits()).map(({ commitId }) => commitId)).toEqual(['0001'])
      await workspace.close()
    })

    it('T2: what is pending is left to any process, not only to the one that could not do it', async () => {
      const broken = faultyPort(port, (step) => step.endsWith(`-> ${scene}`), {
        how: 'error',
        errno: 'EIO',
        once: true,
      })
      expect(await commitThrough(broken.port)).toMatchObject({ pendingCleanup: true })
      expect(inFlight(port, layout)).toEqual(['0001'])
      expect(isThere('workspace/journal/0001/owner.json')).toBe(false)
      expect(isBusy(port, layout)).toBe(false)
    })

    it('T2: a disk that is gone before the intent is in place leaves lower as it was, and no commit is claimed', async () => {
      const before = readTree(system.fs, system.root)
      let isGone = false
      const failing = interceptedPort(port, {
        before({ name, paths }) {
          isGone ||= name === 'create' && paths.join().includes('journal/0001/intent.json')
          if (isGone) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO', syscall: name })
        },
      })
      await expect(commitThrough(failing)).rejects.toMatchObject({ code: 'IO' })
      expect(isGone).toBe(true)
      reboot(system)
      const workspace = await opened()
      expect(readTree(system.fs, system.root)).toEqual(before)
      expect(await workspace.commits()).toEqual([])
      await workspace.close()
    })

    it('S4: a commit that cannot be finished keeps nobody from looking, and the next commit says why', async () => {
      await crashedCommit((step) => step.endsWith(`-> ${scene}`), 'crash before')
      const readOnly = faultyPort(port, 1, { how: 'error', errno: 'EROFS', once: false })
      const workspace = await opened(readOnly.port)
      expect((await workspace.list()).count).toBe(2)
      expect((await (await workspace.session('other')).read('untouched.md')).content).toBe('somebody else\n')
      await expect((await workspace.session('other')).commit()).rejects.toMatchObject({
        code: 'CANNOT_WRITE',
      })
      await workspace.close()
    })
  })

  describe('a commit that has a repository', () => {
    const parts = [
      'sub',
      'sub/.git',
      'sub/.git/HEAD',
      'sub/.git/hooks',
      'sub/.git/hooks/post-checkout',
      'z.md',
    ]
    const targets = parts.map((path): Target => {
      const isFolder = /^sub$|git$|hooks$/.test(path)
      const content = { bytes: Buffer.from(`${path}\n`) }
      return {
        path,
        expected: null,
        wanted: isFolder ? { kind: 'folder', mode: 0o755 } : { kind: 'file', mode: 0o644, content },
      }
    })
    const about = { ...owner, agentId: '', undoes: null, merged: [], afterwards: { do: 'nothing' as const } }
    const commit = (through: FilePort, all: readonly Target[]) =>
      withTransaction(through, layout, owner, (its) => transact(through, layout, its, about, all, noFinish))

    beforeEach(async () => {
      const dying = faultyPort(port, (step) => step.endsWith('-> sub/.git/HEAD'), { how: 'crash after' })
      await expect(commit(dying.port, targets)).rejects.toThrow(Crash)
      reboot(system)
      expect([isThere('sub/.git/HEAD'), isThere('z.md')]).toEqual([true, false])
    })

    it('T2: is finished like any other after a crash, and can be read in the history', async () => {
      expect(await recoverAll(port, layout, noFinish)).toMatchObject({
        finished: [{ id: '0001' }],
        blocked: [],
      })
      expect(read('sub/.git/hooks/post-checkout')).toBe('sub/.git/hooks/post-checkout\n')
      expect(read('z.md')).toBe('z.md\n')
      expect(readIntent(port, layout.historyEntry('0001'))).toMatchObject({ id: '0001' })
    })

    it('P3: is not finished where the folder was copied or cloned: it stands, and is told', async () => {
      const journal = `${system.root}/${layout.journal}`
      system.fs.cpSync(`${journal}/0001`, `${journal}/copy`, { recursive: true })
      system.fs.rmSync(`${journal}/0001`, { recursive: true })
      system.fs.renameSync(`${journal}/copy`, `${journal}/0001`)
      const before = readTree(system.fs, system.root, [])
      for (let again = 0; again < 2; again++) {
        const { finished, withdrawn, blocked } = await recoverAll(port, layout, noFinish)
        expect([finished, withdrawn]).toEqual([[], []])
        expect(blocked).toMatchObject([{ id: '0001', error: { code: 'PATH_PROTECTED' } }])
        expect(readTree(system.fs, system.root, [])).toEqual(before)
      }
      const workspace = await opened()
      expect(await workspace.recover()).toMatchObject({
        findings: [expect.stringContaining('workspace/journal/0001')],
      })
      await workspace.close()
    })

    it('T2: nothing is begun that could not be finished', async () => {
      await recoverAll(port, layout, noFinish)
      const before = readTree(system.fs, system.root)
      const [, , , , , plain] = targets as [Target, Target, Target, Target, Target, Target]
      const own = { ...plain, path: 'workspace/config.json.md' }
      await expect(commit(port, [{ ...plain, path: 'y.md' }, own])).rejects.toMatchObject({
        code: 'PATH_PROTECTED',
      })
      expect(readTree(system.fs, system.root)).toEqual(before)
      expect(isThere('y.md')).toBe(false)
    })
  })

  describe('what a person did between a crash and the recovery', () => {
    it('T2: an edit that a crash left aside goes back, and is reported', async () => {
      const moment = (step: string): boolean => step.startsWith(`rename ${cut} -> `)
      await crashedCommit(moment, 'crash after', () => saveByRename(system, cut))
      expect(isThere(cut)).toBe(false)
      const workspace = new Workspace(port, {})
      const { findings } = await workspace.recover()
      expect(findings.join()).toContain(cut)
      expect(read(cut)).toBe(`to be deleted\n${byHand}`)
      await workspace.close()
    })

    it('T2: where something new has come to its name, both are kept', async () => {
      const moment = (step: string): boolean => step.startsWith(`rename ${cut} -> `)
      await crashedCommit(moment, 'crash after', () => saveByRename(system, cut))
      write(cut, 'newer still\n')
      const workspace = new Workspace(port, {})
      const { findings } = await workspace.recover()
      const saved = /version is (\S+)/.exec(findings.join())?.[1] ?? ''
      expect(read(saved)).toContain(byHand)
      expect(read(cut)).toBe('newer still\n')
      await workspace.close()
    })

    it('T2: a file that was edited stays, and the session’s version is in the history', async () => {
      await crashedCommit((step) => step.endsWith(`-> ${scene}`), 'crash before')
      saveByRename(system, scene)
      const workspace = new Workspace(port, {})
      const { findings, finished: done } = await workspace.recover()
      expect(done).toEqual(['0001'])
      expect(read(scene)).toContain(byHand)
      const saved = /version is (\S+)/.exec(findings.join())?.[1] ?? ''
      expect(read(saved)).toBe('one\n\ntwo, rewritten\n\nthree\n')
      expect(read('context/themes/one.md')).toBe('idea one\n')
      await workspace.close()
    })

    it.each([
      ['a link', (at: string) => system.fs.symlinkSync('/', at)],
      ['a file', (at: string) => system.fs.writeFileSync(at, byHand)],
      ['nothing', () => {}],
    ])('P2, T2: %s in the place of a folder is theirs, and the rest is carried out', async (_what, put) => {
      await crashedCommit((step) => step.endsWith(`-> ${scene}`), 'crash before')
      const folder = `${system.root}/acts/act-1`
      system.fs.rmSync(folder, { recursive: true })
      put(folder)
      const workspace = await opened()
      expect(read('context/themes/one.md')).toBe('idea one\n')
      expect((await workspace.list()).sessions.map(({ name }) => name)).toEqual(['other'])
      expect(inFlight(port, layout)).toEqual([])
      await workspace.close()
    })

    it('T5: another session that took the name of one that had just ended is not ended with it', async () => {
      const longOpen = await opened()
      await crashedCommit((step) => step.includes(' -> workspace/trash/session-draft-'), 'crash after')
      const session = await longOpen.start('draft')
      await session.write('untouched.md', 'in the new session\n')
      const workspace = await opened()
      expect((await (await workspace.session('draft')).read('untouched.md')).content).toBe(
        'in the new session\n',
      )
      expect((await workspace.retries()).map(({ archivedIn }) => archivedIn)).toEqual(['draft', 'draft'])
      await workspace.close()
      await longOpen.close()
    })
  })

  describe('what comes after', () => {
    it('T5: undo, redo and undo again bring back the same trees', async () => {
      const before = readTree(system.fs, system.root)
      const workspace = await opened()
      await (await workspace.session('draft')).commit()
      const after = readTree(system.fs, system.root)
      let newest = '0001'
      for (const expected of [before, after, before, after]) {
        newest = (await workspace.undo(newest)).undoId
        expect(readTree(system.fs, system.root)).toEqual(expected)
      }
      expect(newest).toBe('0005')
      await workspace.close()
    })

    it('T5: an undo is refused with all that was changed since, and leaves all as it is', async () => {
      const workspace = await opened()
      await (await workspace.session('draft')).commit()
      write('context/themes/one.md', byHand)
      system.fs.rmSync(`${system.root}/acts/act-3/chapter-09/scene-0901.md`)
      const lower = readTree(system.fs, system.root)
      await expect(workspace.undo()).rejects.toMatchObject({
        code: 'CONFLICT',
        data: {
          conflicts: [
            { path: 'acts/act-3/chapter-09/scene-0901.md', reason: 'deleted since the commit' },
            { path: 'context/themes/one.md', reason: 'changed since the commit' },
          ],
        },
      })
      expect(readTree(system.fs, system.root)).toEqual(lower)
      await workspace.close()
    })

    it('D5: an archive of the same name is not written over', async () => {
      const workspace = await opened()
      system.fs.mkdirSync(`${system.root}/workspace/retries-archive/draft`)
      write('workspace/retries-archive/draft/mine.txt', 'mine\n')
      expect(await (await workspace.session('draft')).commit()).toMatchObject({
        archive: 'workspace/retries-archive/draft-2/',
      })
      expect(read('workspace/retries-archive/draft/mine.txt')).toBe('mine\n')
      expect(isThere('workspace/retries-archive/draft-2/scene-0101.md-retry-1.md')).toBe(true)
      await workspace.close()
    })

    it('S4: a sweep of the trash leaves the retries that are still to be archived', async () => {
      await crashedCommit((step) => step.includes(' -> workspace/trash/session-draft-'), 'crash after')
      expect(sweepTrash(port, layout)).toBe(true)
      const workspace = await opened()
      expect((await workspace.retries()).map(({ reason }) => reason)).toEqual([
        'Too much exposition',
        'The wrong voice',
      ])
      await workspace.close()
    })

    it('T3: two sessions with different files commit one after the other', async () => {
      const workspace = await opened()
      await (await workspace.session('other')).commit()
      expect(await (await workspace.session('draft')).commit()).toMatchObject({
        commitId: '0002',
        overtaken: [],
      })
      expect([read('untouched.md'), read('acts/empty.md')]).toEqual(['somebody else\n', 'no longer empty\n'])
      await workspace.close()
    })

    it('T3: of two sessions with one file the later merges, or is refused', async () => {
      const workspace = await opened()
      const other = await workspace.session('other')
      await other.write('acts/empty.md', 'not empty either\n')
      await other.write(scene, 'one\n\ntwo\n\nthree, by the other\n')
      await (await workspace.session('draft')).commit()
      const preview = await other.preview()
      expect(preview).toMatchObject({ merged: [scene], conflicts: [{ path: 'acts/empty.md' }] })
      await expect(other.commit()).rejects.toMatchObject({ code: 'CONFLICT' })
      await other.commit({ files: [scene] })
      expect(read(scene)).toBe('one\n\ntwo, rewritten\n\nthree, by the other\n')
      await workspace.close()
    })

    it('C7: a whole commit ends the session though ignored files stay behind', async () => {
      const result = await commitThrough(port)
      expect(result).toMatchObject({ closed: true, remaining: [] })
      expect(isThere('acts/notes.cache')).toBe(false)
      expect(isThere('workspace/sessions/draft')).toBe(false)
    })

    it('a commit that is stopped while it stages leaves nothing', async () => {
      const stop = new AbortController()
      const lower = readTree(system.fs, system.root)
      const workspace = await opened()
      const session = await workspace.session('draft')
      const stopped = session.commit({
        signal: stop.signal,
        onProgress: (done) => {
          if (done === 5) stop.abort()
        },
      })
      await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' })
      expect(readTree(system.fs, system.root)).toEqual(lower)
      expect(inFlight(port, layout)).toEqual([])
      expect(await session.commit()).toMatchObject({ committed: true })
      await workspace.close()
    })
  })
})
