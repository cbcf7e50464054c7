import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace, type Workspace } from '../../lib/index.js'
import { findOperation, runOperation } from '../../lib/operations/index.js'
import type { Operation } from '../../lib/operations/operation.js'

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

  it('says nothing is decided where nobody chose', async () => {
    const text = commit.render(await run({}), 'chat')
    expect(text).not.toContain('decided (')
    expect(text).toContain('⛔ Conflicts (1)')
  })
})
