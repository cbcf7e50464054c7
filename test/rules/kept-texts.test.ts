import { describe, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { findOperation, runOperation } from '../../lib/operations/index.js'
import type { Context } from '../../lib/operations/operation.js'
import { fileSystems } from '../support/file-systems.js'

const plan = 'acts/plan.md'

describe.each(fileSystems)('no text is lost by a decision, on %s', (name, open) => {
  async function start() {
    const place = await open()
    const { root, fs } = place
    fs.mkdirSync(`${root}/acts`)
    fs.writeFileSync(`${root}/${plan}`, 'The ship leaves.\n')
    const workspace = await openWorkspace(root, name === 'memfs' ? { fs: fs as never } : {})
    const end = async () => {
      await workspace.close()
      await place.dispose()
    }
    return { root, fs, workspace, end }
  }

  it('T3: keep_global keeps what it gives up as a retry in the archive', async () => {
    const { root, fs, workspace, end } = await start()
    const session = await workspace.start('draft')
    await session.write(plan, 'The ship sinks.\n')
    fs.writeFileSync(`${root}/${plan}`, 'The ship stays.\n')
    const result = await session.commit({ onConflict: 'keep_global' })
    expect(result).toMatchObject({ committed: true, dropped: [plan], closed: true })
    expect(fs.readFileSync(`${root}/${plan}`, 'utf8')).toBe('The ship stays.\n')
    const [kept] = await workspace.retries(plan)
    expect(kept).toMatchObject({ filePath: plan, kept: true, archivedIn: 'draft' })
    const bytes = await workspace.readArchivedRetry('draft', kept?.savedTo ?? '')
    expect(bytes.toString()).toBe('The ship sinks.\n')
    await end()
  })

  it('T3: a text that still holds markers is a conflict, until they are gone or it is given up', async () => {
    const { root, fs, workspace, end } = await start()
    const session = await workspace.start('draft')
    await session.write(plan, 'The ship sinks.\n')
    fs.writeFileSync(`${root}/${plan}`, 'The ship stays.\n')
    expect(await session.commit({ onConflict: 'markers' })).toMatchObject({
      committed: false,
      marked: [plan],
    })
    const preview = await session.preview()
    expect(preview.conflicts).toEqual([{ path: plan, reason: 'still holds the markers of a conflict' }])
    expect(preview.ways, 'nobody is led to commit markers').toEqual(['keep_global'])
    await expect(session.commit()).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(session.commit({ onConflict: 'markers' })).rejects.toMatchObject({ code: 'CONFLICT' })
    const insisting = { onConflict: 'keep_session', expect: preview.digest } as const
    await expect(session.commit(insisting), 'insisting is no decision').rejects.toMatchObject({
      code: 'CONFLICT',
      data: { conflicts: preview.conflicts, ways: ['keep_global'] },
    })
    await expect(session.commit({ ...insisting, files: [plan] })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(fs.readFileSync(`${root}/${plan}`, 'utf8')).toBe('The ship stays.\n')
    await session.move(plan, 'moved.md')
    await expect(session.commit(), 'wherever it goes').rejects.toMatchObject({ code: 'CONFLICT' })
    await session.move('moved.md', plan)
    await session.write(plan, 'The ship stays, and sinks.\n')
    expect(await session.commit()).toMatchObject({ committed: true })
    expect(fs.readFileSync(`${root}/${plan}`, 'utf8')).toBe('The ship stays, and sinks.\n')
    await end()
  })

  it('T3: what was decided beside a text that still holds markers is not committed without it', async () => {
    const { root, fs, workspace, end } = await start()
    const session = await workspace.start('draft')
    await session.write(plan, 'The ship sinks.\n')
    fs.writeFileSync(`${root}/${plan}`, 'The ship stays.\n')
    await session.commit({ onConflict: 'markers' })
    await session.write('cast.md', 'Nobody.\n')
    fs.writeFileSync(`${root}/cast.md`, 'Everybody.\n')
    const { digest, conflicts, decided } = await session.preview({ onConflict: 'keep_session' })
    expect(conflicts.map(({ path }) => path)).toEqual([plan])
    expect(decided).toMatchObject([{ path: 'cast.md', keeps: 'session' }])
    await expect(session.commit({ onConflict: 'keep_session', expect: digest })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    expect(fs.readFileSync(`${root}/cast.md`, 'utf8')).toBe('Everybody.\n')
    expect(fs.readFileSync(`${root}/${plan}`, 'utf8')).toBe('The ship stays.\n')
    await session.write(plan, 'The ship stays, and sinks.\n')
    const again = await session.preview({ onConflict: 'keep_session' })
    expect(await session.commit({ onConflict: 'keep_session', expect: again.digest })).toMatchObject({
      committed: true,
    })
    expect(fs.readFileSync(`${root}/cast.md`, 'utf8')).toBe('Nobody.\n')
    await end()
  })

  it('T3: where no conflict can be marked, asking for markers is refused', async () => {
    const { root, fs, workspace, end } = await start()
    const session = await workspace.start('draft')
    await session.write(plan, 'The ship sinks.\n')
    fs.rmSync(`${root}/${plan}`)
    await expect(session.commit({ onConflict: 'markers' })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await session.read(plan)).content).toBe('The ship sinks.\n')
    await end()
  })

  it('R2: bringing a version back keeps the text that it takes the place of', async () => {
    const { workspace, end } = await start()
    const session = await workspace.start('draft')
    await session.write(plan, 'First.\n')
    await session.retry(plan, 'too short')
    await session.write(plan, 'Second, seen by nobody.\n')
    await session.restoreRetry(plan, 1)
    expect((await session.read(plan)).content).toBe('First.\n')
    expect((await session.readRetry(plan, 2)).toString()).toBe('Second, seen by nobody.\n')
    await session.restoreRetry(plan, 2)
    expect(await session.retries(plan)).toHaveLength(2)
    await end()
  })

  it('R2: a version in the archive can be brought back into another session', async () => {
    const { workspace, end } = await start()
    const first = await workspace.start('first')
    await first.write(plan, 'Rejected.\n')
    await first.retry(plan, 'dull')
    await first.cancel()
    const second = await workspace.start('second')
    const context: Context = { workspace, session: (wanted) => workspace.session(wanted) }
    const restore = findOperation('restore_retry')
    if (!restore) throw new Error('restore_retry is not listed')
    await runOperation(restore, context, { file_path: 'plan.md', retry: 1 })
    expect((await second.read(plan)).content).toBe('Rejected.\n')
    await end()
  })

  it('C2: a hand that puts a copy of an old file into the session begins with that file', async () => {
    const { root, fs, workspace, end } = await start()
    // The file must be older than the session by more than a clock's step.
    await new Promise((settle) => setTimeout(settle, 60))
    const session = await workspace.start('draft')
    await new Promise((settle) => setTimeout(settle, 60))
    fs.mkdirSync(`${root}/workspace/sessions/draft/acts`, { recursive: true })
    fs.writeFileSync(`${root}/workspace/sessions/draft/${plan}`, 'The ship sinks.\n')
    const status = await session.status()
    expect(status.changes.modified.map(({ path }) => path)).toEqual([plan])
    expect(status.conflicts).toEqual([])
    expect(await session.commit()).toMatchObject({ committed: true })
    expect(fs.readFileSync(`${root}/${plan}`, 'utf8')).toBe('The ship sinks.\n')
    await end()
  })

  it('C2: where the live file is younger than the session, such a copy has no base, and a commit asks', async () => {
    const { root, fs, workspace, end } = await start()
    const session = await workspace.start('draft')
    await new Promise((settle) => setTimeout(settle, 60))
    fs.writeFileSync(`${root}/${plan}`, 'The ship stays.\n')
    fs.mkdirSync(`${root}/workspace/sessions/draft/acts`, { recursive: true })
    fs.writeFileSync(`${root}/workspace/sessions/draft/${plan}`, 'The ship sinks.\n')
    expect((await session.preview()).conflicts).toHaveLength(1)
    await expect(session.commit()).rejects.toMatchObject({ code: 'CONFLICT' })
    await end()
  })
})
