/** `cowrite doctor`: the real library behind the command line, and workspaces that were left as no one should. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { commandFolder } from '../support/command-line.js'

const draft = 'workspace/sessions/draft'
const book = commandFolder({ 'chapter.md': 'Call me Ismael.\n' })
const { at, put } = book
// What is tried live has tests of its own.
const cowrite = (...line: string[]) => book.run(line[0] === 'doctor' ? [...line, '--no-live'] : line)

async function startDraft(): Promise<void> {
  const workspace = await openWorkspace(book.folder)
  const session = await workspace.start('draft')
  await session.write('chapter.md', 'Call me Ishmael.\n')
  await session.status()
  await workspace.close()
}

/** A process died before its commit had happened: whoever opens the workspace in the usual way takes it back. */
function leaveTransaction(): string {
  const folder = 'workspace/journal/0007'
  const process = { host: '', boot: null, pid: 0, start: null }
  put(`${folder}/owner.json`, JSON.stringify({ kind: 'commit', session: 'draft', process }))
  return folder
}

describe('cowrite doctor', () => {
  it('says that a workspace is sound, and that there is none', async () => {
    const none = await cowrite('doctor')
    expect(none).toMatchObject({ status: 0, stderr: '' })
    expect(none.stdout).toContain('✅ Nothing to check')
    await startDraft()
    const { status, stdout } = await cowrite('doctor')
    expect(status).toBe(0)
    expect(stdout).toContain('✅ WORKSPACE SOUND\n\nChecked: 1 session, 0 commits, 0 archives\n')
    expect(stdout).toContain(' in workspace/\n   • Sessions: ')
  })

  it('shows what the dead left as it lies, and mends it with --fix alone', async () => {
    await startDraft()
    const folder = leaveTransaction()
    const looked = await cowrite('doctor')
    expect(looked).toMatchObject({ status: 0, stderr: '' })
    expect(looked.stdout).toContain('🩺 WORKSPACE CHECKED: 1 warning\n')
    expect(looked.stdout).toContain(`${folder} (draft): a process died before this commit happened; `)
    expect(looked.stdout).toContain('💡 Mend what needs no person: cowrite doctor --fix\n')
    expect(existsSync(at(folder))).toBe(true)

    const mended = await cowrite('doctor', '--fix', '--json')
    expect(mended.status).toBe(0)
    expect(JSON.parse(mended.stdout)).toMatchObject({
      sound: true,
      findings: [{ kind: 'transaction_abandoned', path: folder, session: 'draft', fixed: true }],
    })
    expect(existsSync(at(folder))).toBe(false)
    expect(JSON.parse((await cowrite('doctor', '--json')).stdout)).toMatchObject({
      sound: true,
      findings: [],
    })
  })

  it('ends in the status of CORRUPT while an error is left, and in 0 once all are mended', async () => {
    await startDraft()
    const metadata = `${draft}/session.json`
    put(metadata, '{"name":')
    const looked = await cowrite('doctor', '--json')
    expect(looked).toMatchObject({ status: 11, stderr: '' })
    expect(JSON.parse(looked.stdout)).toMatchObject({
      sound: false,
      findings: [{ kind: 'metadata_damaged', severity: 'error', mended_by: 'fix', fixed: false }],
    })
    expect(readFileSync(at(metadata), 'utf8')).toBe('{"name":')
    const mended = await cowrite('doctor', '--fix')
    expect(mended).toMatchObject({ status: 0, stderr: '' })
    expect(mended.stdout).toContain('✅ WORKSPACE MENDED: it is sound\n')
    expect(mended.stdout).toContain('🔧 Mended (1):\n')
  })

  it('leaves to a recovery what a recovery has to decide, and names the command', async () => {
    await startDraft()
    rmSync(at(`${draft}/chapter.md`))
    const { status, stdout } = await cowrite('doctor', '--fix')
    expect(status).toBe(11)
    expect(stdout).toContain('⛔ Errors (1):\n')
    expect(stdout).toContain('💡 Recover what can be saved: cowrite session recover draft\n')
    expect((await cowrite('session', 'recover', 'draft')).status).toBe(0)
    expect((await cowrite('doctor')).status).toBe(0)
  })

  it('lists the views that stand, each with the session that it shows', async () => {
    await startDraft()
    const place = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-views-')))
    const workspace = await openWorkspace(book.folder)
    try {
      const { folder, close } = await (await workspace.session('draft')).view({ place, provider: 'copy' })
      const { status, stdout } = await cowrite('doctor')
      expect(status).toBe(0)
      expect(stdout).toContain(`📂 Views that stand (1):\n   • draft: ${folder}\n`)
      expect(JSON.parse((await cowrite('doctor', '--json')).stdout).views).toMatchObject([
        { session: 'draft', folder, is_open: true },
      ])
      await close()
      expect((await cowrite('doctor')).stdout).not.toContain('Views that stand')
    } finally {
      await workspace.close()
      rmSync(place, { recursive: true, force: true })
    }
  })

  it('tells of a config that cannot be used, rather than failing on it', async () => {
    await startDraft()
    put('workspace/config.json', '{')
    for (const line of [['doctor'], ['doctor', '--fix']]) {
      const { status, stdout, stderr } = await cowrite(...line)
      expect({ status, stderr }).toEqual({ status: 11, stderr: '' })
      expect(stdout).toContain('workspace/config.json')
    }
    expect(readFileSync(at('workspace/config.json'), 'utf8')).toBe('{')
  })
})
