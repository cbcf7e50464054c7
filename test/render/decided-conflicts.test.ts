import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CowriteError, openWorkspace, type Workspace } from '../../lib/index.js'
import { findOperation, runOperation } from '../../lib/operations/index.js'
import type { Operation } from '../../lib/operations/operation.js'
import { nextSteps } from '../../lib/render/next-steps.js'

const commit = findOperation('commit_session') as Operation

describe('a preview with on_conflict', () => {
  let folder: string
  let workspace: Workspace
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-decided-')))
    writeFileSync(join(folder, 'a.md'), 'one\n')
    workspace = await openWorkspace(folder)
    const session = await workspace.start('draft')
    await session.write('a.md', 'mine\n')
    writeFileSync(join(folder, 'a.md'), 'theirs\n')
  })
  afterEach(async () => {
    await workspace.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const run = (input: object) =>
    runOperation(commit, { workspace, session: (name) => workspace.session(name) }, input)

  it.each([
    ['keep_session', "the session's version stays"],
    ['keep_global', 'the global version stays'],
  ])('T8: shows each conflict that %s decides, and whose version stays', async (on_conflict, said) => {
    const text = commit.render(await run({ on_conflict }), 'chat')
    expect(text).toContain('⚖️ Conflicts decided (1):')
    expect(text).toMatch(new RegExp(`a\\.md: changed on both sides.*; ${said}`))
  })

  it('T3: names a next step that carries its digest, and so is taken', async () => {
    const preview = await run({ on_conflict: 'keep_session' })
    const digest = String(preview.digest)
    expect(commit.render(preview, 'shell')).toContain(
      `cowrite session commit draft --force --on-conflict keep_session --expect ${digest}`,
    )
    const result = await run({ name: 'draft', force: true, on_conflict: 'keep_session', expect: digest })
    expect(result.committed).toBe(true)
  })

  it('T3: says of markers that they go into the copies, and that nothing is committed', async () => {
    const text = commit.render(await run({ on_conflict: 'markers' }), 'shell')
    expect(text).not.toContain('OVERWRITE')
    expect(text).not.toContain('to be committed')
    expect(text).toContain("This will put conflict markers into the session's copies")
    expect(text).toContain('💡 To proceed: cowrite session commit draft --force --on-conflict markers')
    writeFileSync(join(folder, 'a.md'), 'one\n')
    const clean = commit.render(await run({ on_conflict: 'markers' }), 'shell')
    expect(clean, 'where nothing is to be marked it would be a commit').toContain('OVERWRITE')
  })

  it('T3: a text that still holds markers is led to its markers, not to keep_session', async () => {
    await run({ force: true, on_conflict: 'markers' })
    const preview = await run({})
    expect(preview.ways).toEqual(['keep_global'])
    const call = { force: true, on_conflict: 'keep_session', expect: preview.digest }
    const error = await run(call).catch((thrown: CowriteError) => thrown)
    expect(error).toMatchObject({ code: 'CONFLICT' })
    const steps = nextSteps(error as CowriteError, 'commit_session').map((step) => step.plain('shell'))
    expect(steps).toContain('cowrite file read a.md --session draft')
    expect(steps.filter((step) => step.includes('keep_session'))).toEqual([])
    expect(readFileSync(join(folder, 'a.md'), 'utf8')).toBe('theirs\n')
  })

  it('P3: shows what is barred apart from what is committed, and names the ways that work', async () => {
    const session = await workspace.start('limited', { readOnlyPaths: ['context'] })
    await session.write('a.md', 'mine\n')
    const place = join(folder, 'workspace/sessions/limited/context')
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'style.md'), 'by hand\n')
    const preview = await run({ name: 'limited' })
    const text = commit.render(preview, 'shell')
    expect(text).toContain(
      "🚧 Barred (1), no commit takes them:\n   • context/style.md: is read-only in session 'limited'",
    )
    expect(text).not.toContain('OVERWRITE')
    const ways = [
      'cowrite session commit limited --force --file a.md',
      `cowrite session commit limited --force --on-conflict keep_global --expect ${preview.digest}`,
    ]
    for (const way of ways) expect(text).toContain(way)
    const error = await run({ name: 'limited', force: true }).catch((thrown: CowriteError) => thrown)
    const about = { given: { name: 'limited', force: true } }
    const steps = nextSteps(error as CowriteError, 'commit_session', about)
    expect(steps.map((step) => step.plain('shell'))).toEqual(['cowrite session commit limited', ...ways])
  })

  it('T3: of a file that is deleted says what global made of it since', async () => {
    writeFileSync(join(folder, 'gone.md'), 'one\n')
    const session = await workspace.start('deleting')
    await session.remove('gone.md')
    writeFileSync(join(folder, 'gone.md'), "one\nthe person's\n")
    const diff = findOperation('diff_session') as Operation
    const context = { workspace, session: (name?: string) => workspace.session(name) }
    const text = diff.render(await runOperation(diff, context, { name: 'deleting' }), 'shell')
    expect(text).toContain('⛔ In conflict: changed in the live files since, deleted in the session')
    expect(text).toContain('🌍 Global, since the session deleted it, became the text above')
  })

  it('says nothing is decided where nobody chose', async () => {
    const text = commit.render(await run({}), 'chat')
    expect(text).not.toContain('decided (')
    expect(text).toContain('⛔ Conflicts (1)')
  })
})
