/** The commands on records, on the real library: pages, tables, documents, questions and exit codes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { commandFolder } from '../support/command-line.js'

const yes = { when: '(y/N)', press: 'y\r' }
const no = { when: '(y/N)', press: 'n\r' }

const place = commandFolder({ 'chapter.md': 'Call me Ismael.\n' })
let book: string
beforeEach(async () => {
  book = place.folder
  const workspace = await openWorkspace(book, { agentId: 'writer', client: 'claude-code' })
  const session = await workspace.start('chapter-3', { description: 'Chapter 3, darker' })
  await session.write('chapter.md', 'Call me Ishmael.\n')
  await session.retry('chapter.md', 'Too dark')
  await session.retry('chapter.md', 'Still too dark')
  await session.commit()
  for (const name of ['draft-1', 'draft-2']) await workspace.start(name)
  await workspace.close()
})

const cowrite = place.run
const sessions = () => readdirSync(join(book, 'workspace/sessions')).length

describe('session list', () => {
  beforeEach(async () => {
    const workspace = await openWorkspace(book, { agentId: 'writer', client: 'claude-code' })
    for (let number = 3; number <= 22; number++)
      await workspace.start(`draft-${number}`, { activate: number === 22 })
    await workspace.close()
  })

  it('shows pages, and how to see the next', async () => {
    const { stdout } = await cowrite(['session', 'list'])
    expect(stdout).toContain('📋 SESSIONS (showing 20 of 22)')
    expect(stdout).toContain('2 more: cowrite session list --limit 20 --offset 20')
    const last = await cowrite(['session', 'list', '--limit', '20', '--offset', '20'])
    expect(last.stdout).toContain('(showing 2 of 22)')
    expect(last.stdout).not.toContain('more:')
    expect((await cowrite(['session', 'list', '--page', '2'])).stdout).toBe(last.stdout)
    const { stdout: json } = await cowrite(['session', 'list', '--json'])
    expect(JSON.parse(json)).toMatchObject({ count: 22, next: { limit: 20, offset: 20 } })
    expect(JSON.parse(json).sessions).toHaveLength(20)
  })

  it('has the ended ones where they are asked for, by state, agent and client', async () => {
    const names = async (...options: string[]) => {
      const { stdout } = await cowrite(['session', 'list', '--json', ...options])
      return JSON.parse(stdout).sessions.map(({ name }: { name: string }) => name)
    }
    expect(await names('--status', 'committed')).toEqual(['chapter-3'])
    expect(await names('--all', '--thread', 'writer', '--source', 'claude', '--limit', '100')).toHaveLength(
      23,
    )
    expect(await names('--agent', 'somebody-else')).toEqual([])
    expect(await names('--status', 'active')).toEqual(['draft-22'])
    expect((await cowrite(['session', 'list', '--status', 'paused'])).status).toBe(1)
  })
})

describe('session list, where nothing is open', () => {
  beforeEach(async () => {
    for (const name of ['draft-1', 'draft-2']) await cowrite(['session', 'delete', name, '--force'])
  })

  it('says that some have ended, and how to see them', async () => {
    const { stdout } = await cowrite(['session', 'list'])
    expect(stdout).toContain('None is open. 1 session has ended.')
    expect(stdout).toContain('All there are: cowrite session list --all')
    expect(JSON.parse((await cowrite(['session', 'list', '--json'])).stdout)).toMatchObject({
      count: 0,
      ended: 1,
    })
    await cowrite(['session', 'delete', 'chapter-3', '--force'])
    expect((await cowrite(['session', 'list'])).stdout).toContain('No sessions yet.')
  })

  it('gives steps that fit ended ones, and says of a commit that it was undone', async () => {
    const committed = await cowrite(['session', 'list', '--all'])
    expect(committed.stdout).toContain('Undo a commit: cowrite session commits')
    expect(committed.stdout).not.toContain('session switch')
    await cowrite(['session', 'undo'])
    const undone = await cowrite(['session', 'list', '--all'])
    expect(undone.stdout).toContain('│ COMMITTED, undone │')
    expect(undone.stdout).not.toContain('Undo a commit')
    const { stdout } = await cowrite(['session', 'list', '--all', '--json'])
    expect(JSON.parse(stdout).sessions).toMatchObject([{ status: 'COMMITTED', undone: true }])
  })
})

describe('session show, search, stats and export', () => {
  it('takes md for markdown', async () => {
    const short = await cowrite(['session', 'export', 'chapter-3', '--format', 'md'])
    expect(short.status).toBe(0)
    expect(short.stdout).toBe(
      (await cowrite(['session', 'export', 'chapter-3', '--format', 'markdown'])).stdout,
    )
  })

  it('tells of a session that has ended', async () => {
    const { stdout } = await cowrite(['session', 'show', 'chapter-3', '--with-history'])
    for (const told of [
      'COMMITTED',
      'writer',
      'claude-code',
      'Retry 2: "Still too dark"',
      '📜 History (5):',
      '] began the session (claude-code)',
    ])
      expect(stdout).toContain(told)
    expect((await cowrite(['session', 'show', 'nowhere'])).status).toBe(7)
    expect(JSON.parse((await cowrite(['session', 'show', 'chapter-3', '--json'])).stdout)).toMatchObject({
      ...{ session_id: 'chapter-3', is_fork: false, parent_session_id: null, total_cost_usd: null },
      ...{ tool_call_count: 5, history: null },
    })
  })

  it('finds the session in which something was rejected twice', async () => {
    const { stdout } = await cowrite(['session', 'search', 'chapter dark'])
    expect(stdout).toContain('🔍 SESSIONS FOUND (1 total)')
    expect(stdout).toMatch(/📂 chapter-3 \(COMMITTED, \d{4}-\d\d-\d\d, 2 rejections in all\)/)
    expect(stdout).toContain(
      '   • chapter.md: changed, rejected 2 times\n     - "Too dark"\n     - "Still too dark"\n',
    )
    expect(stdout).toContain('cowrite session show chapter-3 --with-history')
  })

  it('prints figures as a table, as JSON and for a spreadsheet', async () => {
    const table = await cowrite(['session', 'stats', '--by-agent', '--by-date'])
    expect(table.stdout).toContain('📊 SESSION STATISTICS (Last 7 days)')
    expect(table.stdout).toMatch(/│ writer │ 3 /)
    const json = await cowrite(['session', 'stats', '--format', 'json'])
    expect(JSON.parse(json.stdout)).toMatchObject({
      ...{
        total: 3,
        by_status: { COMMITTED: 1, ACTIVE: 1, INACTIVE: 1 },
        by_source: { 'claude-code': 3 },
      },
    })
    const { stdout: csv } = await cowrite(['session', 'stats', '--format', 'csv', '--by-thread'])
    expect(csv.split('\r\n').map((line) => line.trim())).toEqual([
      'agent_id,sessions,average_messages,total_tokens,total_cost_usd,operations',
      expect.stringMatching(/^writer,3,,,,[1-9]\d*$/),
    ])
    const both = await cowrite(['session', 'stats', '--format', 'csv', '--by-agent', '--by-date'])
    const [titles, ...lines] = both.stdout.trim().split('\r\n')
    expect(titles).toBe('by,agent_id,sessions,average_messages,total_tokens,total_cost_usd,operations,date')
    expect(lines).toEqual(['agent,writer,3,,,,7,', expect.stringMatching(/^date,,3,,,,7,\d{4}-\d\d-\d\d$/)])
    const since = async (when: string) => {
      const { stdout } = await cowrite(['session', 'stats', '--since', when, '--json'])
      return JSON.parse(stdout).total
    }
    expect(await since('all')).toBe(3)
    expect(await since('2020-02-29')).toBe(3)
    expect(await since('2999-01-01')).toBe(0)
    expect((await cowrite(['session', 'stats', '--since', '2020-02-29'])).stdout).toContain(
      '(Since 2020-02-29)',
    )
    expect((await cowrite(['session', 'stats', '--since', '2021-02-29'])).stderr).toContain(
      '--since must be a time such as 24h or 7d, a date such as 2026-01-16, a day such as yesterday or tuesday, or all',
    )
    expect((await cowrite(['session', 'stats', '--help'])).stdout).toMatch(
      /a\s+date\s+such\s+as\s+2026-01-16,\s+a\s+day\s+such\s+as\s+tuesday,\s+or\s+all/,
    )
    expect((await cowrite(['session', 'stats', '--since', 'lately'])).status).toBe(1)
    expect((await cowrite(['session', 'stats', '--format', 'xml'])).status).toBe(1)
  })

  it('writes a document to a file, whole or not at all', async () => {
    const line = ['session', 'export', 'chapter-3', '--format', 'markdown']
    const { stdout } = await cowrite(line)
    expect(stdout).toMatch(/^# Session: chapter-3\n/)
    const written = await cowrite([...line, '--output', 'chapter-3.md'])
    expect(written.stdout).toBe('✅ Session chapter-3 exported to chapter-3.md\n')
    expect(readFileSync(join(book, 'chapter-3.md'), 'utf8')).toBe(stdout)
    const again = await cowrite([...line.slice(0, 3), '--format', 'csv', '--output', 'chapter-3.md'])
    expect(again).toMatchObject({ status: 9, stdout: '' })
    expect(again.stderr).toContain('--force')
    expect(readFileSync(join(book, 'chapter-3.md'), 'utf8')).toBe(stdout)
    expect((await cowrite([...line, '--output', 'chapter-3.md', '--force'])).status).toBe(0)
    const own = await cowrite([...line, '--output', 'workspace/config.json', '--force'])
    expect(own).toMatchObject({ status: 1, stdout: '' })
    expect(own.stderr).toContain('PATH_PROTECTED')
    expect(await cowrite([...line, '-o', 'nowhere/chapter-3.md'])).toMatchObject({ status: 9, stdout: '' })
    expect((await cowrite([...line, '-o', 'workspace'])).status).toBe(9)
    expect(readdirSync(book).filter((name) => name.includes('.tmp'))).toEqual([])
    expect((await cowrite(['session', 'export', 'nowhere'])).status).toBe(7)
    expect((await cowrite(['session', 'export', 'chapter-3', '--format', 'xml'])).status).toBe(1)
  })
})

describe('session delete and prune', () => {
  it('asks, and takes a session away on a yes', async () => {
    const kept = await cowrite(['session', 'delete', 'draft-1'], { terminal: true, keys: [no] })
    expect(kept).toMatchObject({ status: 1 })
    expect(kept.stdout).toContain('This will permanently delete session draft-1')
    expect(sessions()).toBe(2)
    const gone = await cowrite(['session', 'delete', 'draft-1'], { terminal: true, keys: [yes] })
    expect(gone.stdout).toContain('✅ Session draft-1 deleted successfully.')
    expect(sessions()).toBe(1)
  })

  it('does not ask with --force, and changes nothing where nobody can be asked', async () => {
    const refused = await cowrite(['session', 'delete', 'draft-2'])
    expect(refused.status).toBe(1)
    expect(refused.stdout).toContain('This will permanently delete session draft-2: changes to 0 files')
    expect(refused.stderr).toContain('cowrite session delete draft-2 --force')
    const { error } = JSON.parse((await cowrite(['session', 'delete', 'draft-2', '--json'])).stdout)
    expect(error).toMatchObject({
      ...{ code: 'CANCELLED', next_steps: ['cowrite session delete draft-2 --force'] },
      data: { preview: { session_id: 'draft-2', deleted: false, changes: 0, human_retries: 0 } },
    })
    expect(sessions()).toBe(2)
    const { stdout } = await cowrite(['session', 'delete', 'draft-2', '--force'])
    expect(stdout).toContain('✅ Session draft-2 deleted successfully.\n')
    expect((await cowrite(['session', 'list', '--all'])).stdout).not.toContain('draft-2')
    expect((await cowrite(['session', 'show', 'draft-2'])).status).toBe(7)
    expect((await cowrite(['session', 'delete', 'draft-2-never', '--force'])).status).toBe(7)
    expect(sessions()).toBe(1)
  })

  it('prunes on a yes or by force; else it says what would go', async () => {
    const nothing = await cowrite(['session', 'prune', '--dry-run'])
    expect(nothing.stdout).toContain('Nothing to delete.')
    await new Promise((resolve) => setTimeout(resolve, 1_010))
    const archive = join(book, 'workspace/retries-archive/chapter-3')
    const dry = await cowrite(['session', 'prune', '--older-than', '1s'])
    expect(dry.stdout).toContain('Would delete 1 session')
    expect(dry.stdout).toMatch(
      / {3}• chapter-3: COMMITTED, ended \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, \d+(\.\d)? [KM]?B\n/,
    )
    const { sessions: named, freed_bytes } = JSON.parse(
      (await cowrite(['session', 'prune', '--older-than', '1s', '--dry-run', '--json'])).stdout,
    )
    expect(named).toMatchObject([{ session_id: 'chapter-3', size_bytes: freed_bytes }])
    expect(dry.stdout).toContain('cowrite session prune --older-than 1s --force')
    await cowrite(['session', 'prune', '--older-than', '1s', '--dry-run', '--force'])
    const kept = await cowrite(['session', 'prune', '--older-than', '1s'], { terminal: true, keys: [no] })
    expect(kept.status).toBe(1)
    expect(kept.stdout).toContain('To be deleted: 1 session')
    expect(kept.stdout).not.toContain('DRY RUN')
    expect(existsSync(archive)).toBe(true)
    const gone = await cowrite(['session', 'prune', '--older-than', '1s'], { terminal: true, keys: [yes] })
    expect(gone.stdout).toContain('✅ Deleted 1 session')
    expect(existsSync(archive)).toBe(false)
    expect(sessions()).toBe(2)
    expect((await cowrite(['session', 'prune', '--older-than', 'old'])).status).toBe(1)
  })
})

describe('a command that is refused for its input', () => {
  it('is in the log of the open session that it names, and of no other', async () => {
    const lines = [
      ['retries', '--retry', '0', '--session', 'draft-1'],
      ['session', 'commit', 'draft-1', '--expect', ''],
      ['retries', '--retry', '0', '--session', 'nobody'],
      ['retries', '--retry', '0'],
    ]
    for (const line of lines) expect((await cowrite(line)).status, line.join(' ')).toBe(1)
    const workspace = await openWorkspace(book)
    const refused = (await workspace.records.operations()).filter(({ outcome }) => outcome !== 'ok')
    await workspace.close()
    expect(refused.map(({ operation, session, outcome }) => [operation, session, outcome])).toEqual([
      ['list_retries', 'draft-1', 'INVALID_INPUT'],
      ['commit_session', 'draft-1', 'INVALID_INPUT'],
    ])
  })
})
