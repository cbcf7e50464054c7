/** What is kept of sessions can be shown, found, counted, exported and taken away, whether they are open or have ended. */
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { CommitResult } from '../../lib/api.js'
import type { Session } from '../../lib/session.js'
import { encodeLine } from '../../lib/store/append-log.js'
import { localDay } from '../../lib/text/local-time.js'
import { type FileSystem, fileSystems } from '../support/file-systems.js'
import { codeOf, places, plan, scene } from './support/places.js'

/** Of all files in a folder, in bytes; whose turn it was at a lock is nobody's. */
function sizeOf({ fs, root }: FileSystem, folder: string): number {
  return fs.readdirSync(`${root}/${folder}`).reduce((sum: number, name) => {
    if (name === 'locks') return sum
    const path = `${folder}/${name}`
    const stat = fs.statSync(`${root}/${path}`)
    return sum + (stat.isDirectory() ? sizeOf({ fs, root } as FileSystem, path) : Number(stat.size))
  }, 0)
}

/** Files in a folder that hold a text. */
function holding(place: FileSystem, folder: string, text: string): string[] {
  const { fs, root } = place
  return fs.readdirSync(`${root}/${folder}`).flatMap((name) => {
    const path = `${folder}/${name}`
    if (fs.statSync(`${root}/${path}`).isDirectory()) return holding(place, path, text)
    return fs.readFileSync(`${root}/${path}`).includes(text) ? [path] : []
  })
}

describe.each(fileSystems)('records, on %s', (_name, open) => {
  const make = places(open)

  /** One committed, one cancelled, one open session, and another that bears the name of the first. */
  async function prepared() {
    const place = make()
    const writer = await place.open({ agentId: 'writer', client: 'claude-code' })
    const first = await writer.start('chapter', { description: 'The first chapter, darker' })
    await first.write(scene, 'New.\n')
    await first.retry(scene, 'Too dark')
    await first.retry(scene, 'Still too long')
    await codeOf(first.write('.git/config', 'mine'))
    const committed = await first.commit()
    const other = await place.open({ agentId: 'editor', client: 'codex' })
    const second = await other.start('idea', { description: 'An idea' })
    await (second as Session).fs.writeFile(plan, 'Another plan.\n')
    await second.cancel()
    const third = await other.start('chapter', { description: 'Again' })
    await (third as Session).fs.writeFile('acts/new.md', 'new\n')
    return { place, records: other.records, createdAt: first.createdAt, committed, third }
  }

  it('shows an ended session as it was', async () => {
    const { records, createdAt, committed } = await prepared()
    const id = `chapter@${createdAt}`
    const details = await records.show(id, { withHistory: true })
    expect(details).toMatchObject({
      ...{ sessionId: id, name: 'chapter', status: 'COMMITTED', description: 'The first chapter, darker' },
      ...{ agentId: 'writer', source: 'claude-code', createdAt, changes: 1, humanRetries: 2 },
      files: [{ path: scene, change: 'modified' }],
      retries: [{ reason: 'Too dark' }, { reason: 'Still too long' }],
      commits: [{ commitId: 'commitId' in committed ? committed.commitId : '', files: [scene] }],
      ...{ toolCallCount: 6, refusedCount: 1, archive: 'workspace/retries-archive/chapter/' },
      ...{ totalMessages: null, totalTokens: null, totalCostUsd: null },
    })
    const told = (details.history ?? []).map(({ kind, what, outcome }) => `${kind} ${what} ${outcome}`)
    const committedAs = `operation commit_session (${'commitId' in committed ? committed.commitId : ''}) ok`
    expect(told[0]).toBe('operation create_session ok')
    // What happened within one millisecond may stand either way.
    expect([...told].sort()).toEqual(
      [
        'operation create_session ok',
        'operation write_session_file ok',
        'retry Retry 1: Too dark ok',
        'retry Retry 2: Still too long ok',
        'operation write_session_file PATH_PROTECTED',
        committedAs,
      ].sort(),
    )
  })

  it('shows an open session with changes that no call of a tool made', async () => {
    const { records } = await prepared()
    const details = await records.show('chapter', { withHistory: true })
    expect(details).toMatchObject({ status: 'ACTIVE', files: [{ path: 'acts/new.md', change: 'created' }] })
    expect(details.history).toMatchObject([
      { kind: 'operation', what: 'create_session' },
      { kind: 'change', what: 'created', paths: ['acts/new.md'] },
    ])
    expect(await records.show()).toMatchObject({ sessionId: 'chapter', history: null })
    expect(await codeOf(records.show('nowhere'))).toBe('SESSION_NOT_FOUND')
    expect(await codeOf(records.show('chapter@1999'))).toBe('SESSION_NOT_FOUND')
  })

  it('tells in a history what a commit took that no call of a tool wrote, while the session goes on', async () => {
    const { records, third } = await prepared()
    const { fs } = third as Session
    await fs.rename(plan, 'acts/moved.md')
    await fs.writeFile('acts/kept.md', 'kept\n')
    await third.write(scene, 'told\n')
    const { commitId } = (await third.commit({
      files: ['acts/new.md', 'acts/moved.md', scene],
    })) as CommitResult
    await fs.writeFile('acts/new.md', 'newer\n')
    await fs.writeFile('acts/late.md', 'late\n')
    const told = async () => {
      const { history } = await records.show('chapter', { withHistory: true })
      return (history ?? []).map(({ kind, what, paths }) => [kind, what, ...paths].join(' '))
    }
    const commit = `operation commit_session (${commitId}) ${[scene, 'acts/moved.md', 'acts/new.md', plan].join(' ')}`
    const taken = [`change moved ${plan} acts/moved.md`, 'change created acts/new.md']
    const all = [
      'operation create_session',
      'change created acts/kept.md',
      `operation write_session_file ${scene}`,
      ...taken,
      commit,
      'change created acts/late.md',
      'change modified acts/new.md',
    ]
    // What happened in one moment may stand in any order, but for what a commit took: it was there before.
    const open = await told()
    expect([...open].sort()).toEqual([...all].sort())
    for (const change of taken) expect(open.indexOf(change)).toBeLessThan(open.indexOf(commit))
    await third.commit()
    expect((await told()).slice(0, -1).sort()).toEqual([...open].sort())
  })

  it('lists pages, of all that fit', async () => {
    const { records, createdAt } = await prepared()
    const names = async (options: Parameters<typeof records.list>[0]) => {
      const { sessions, count } = await records.list(options)
      return { ids: sessions.map(({ sessionId }) => sessionId), count }
    }
    const old = `chapter@${createdAt}`
    expect(await names({})).toEqual({ ids: ['chapter'], count: 1 })
    const all = await names({ all: true })
    expect([...all.ids].sort()).toEqual(['chapter', old, 'idea'].sort())
    expect(await names({ all: true, limit: 1, offset: 1 })).toEqual({ ids: [all.ids[1]], count: 3 })
    expect(await names({ status: 'cancelled' })).toEqual({ ids: ['idea'], count: 1 })
    expect(await names({ status: 'inactive' })).toEqual({ ids: [], count: 0 })
    expect(await names({ all: true, agentId: 'writer' })).toEqual({ ids: [old], count: 1 })
    expect((await names({ all: true, source: 'claude' })).ids).toEqual([old])
    expect(await codeOf(records.list({ status: 'paused' }))).toBe('INVALID_INPUT')
    const today = await records.list({ all: true, since: 'today', until: 'today' })
    expect(today).toMatchObject({ count: 3, span: { from: expect.any(String), until: expect.any(String) } })
    expect((await names({ all: true, until: 'yesterday' })).ids).toEqual([])
    expect((await names({ all: true, since: createdAt, until: createdAt })).ids).toEqual([])
    expect((await records.search('chapter', { until: 'yesterday' })).count).toBe(0)
    expect((await records.search('chapter', { until: 'today' })).count).toBe(2)
    expect(await codeOf(records.search('chapter', { until: 'someday' }))).toBe('INVALID_INPUT')
    expect(await records.list({ all: true })).not.toHaveProperty('span')
  })

  it('finds sessions by all words, wherever each of them stands', async () => {
    const { place, records, createdAt } = await prepared()
    const found = async (query: string) => {
      const { sessions } = await records.search(query)
      return sessions.map(({ sessionId, hits }) => [sessionId, [...new Set(hits.map((hit) => hit.in))]])
    }
    const old = `chapter@${createdAt}`
    expect(await found('LONG')).toEqual([[old, ['retry']]])
    expect(await found('scene-0101 dark')).toEqual([[old, ['description', 'retry', 'path']]])
    expect(await found('plan.md')).toEqual([['idea', ['path']]])
    expect(await found('acts/new.md')).toEqual([['chapter', ['path']]])
    expect(await found('AGAIN acts/NEW.md')).toEqual([['chapter', ['description', 'path']]])
    expect(await found('scene-0101 whale')).toEqual([])
    const fork = await place.open()
    await fork.start('fork', { from: 'chapter', description: 'To say "no"' })
    expect(await found('fork acts/new.md')).toEqual([['fork', ['name', 'path']]])
    expect(await found('"no"')).toEqual([['fork', ['description']]])
    expect(await codeOf(records.search(' '))).toBe('INVALID_INPUT')
  })

  it('counts what was at work in a span of time', async () => {
    const { records } = await prepared()
    const figures = await records.stats({ byAgent: true, byDate: true })
    expect(figures).toMatchObject({
      ...{ total: 3, openSessions: 1, changes: 3, humanRetries: 2, toolCallCount: 9 },
      byStatus: { ACTIVE: 1, COMMITTED: 1, CANCELLED: 1 },
      bySource: { codex: 2, 'claude-code': 1 },
      byAgent: [
        { agentId: 'editor', sessions: 2 },
        { agentId: 'writer', sessions: 1 },
      ],
    })
    expect(figures.byDate.reduce((sum, { operations }) => sum + operations, 0)).toBe(9)
    expect(await codeOf(records.stats({ since: 'lately' }))).toBe('INVALID_INPUT')
    expect(await records.stats({ since: 'all' })).toMatchObject({ from: null, total: 3 })
  })

  it('counts what was done for each agent, in all as many as were done', async () => {
    const { records } = await prepared()
    const { byAgent, toolCallCount } = await records.stats({ since: 'all', byAgent: true })
    expect(byAgent.map(({ agentId }) => agentId).sort()).toEqual(['editor', 'writer'])
    expect(byAgent.every(({ operations }) => operations > 0)).toBe(true)
    expect(byAgent.reduce((sum, { operations }) => sum + operations, 0)).toBe(toolCallCount)
  })

  it("counts by the days of the person's own calendar, while programs get UTC", async () => {
    const { records, createdAt } = await prepared()
    const before = process.env.TZ
    // Wherever it is another day than in London by now.
    process.env.TZ = new Date().getUTCHours() < 10 ? 'Pacific/Honolulu' : 'Pacific/Kiritimati'
    try {
      const day = localDay(createdAt)
      expect(day).not.toBe(createdAt.slice(0, 10))
      expect((await records.stats({ byDate: true })).byDate.map(({ date }) => date)).toContain(day)
      const began = new Date(`${day}T00:00`).toISOString()
      expect(await records.stats({ since: day })).toMatchObject({ from: began, total: 3 })
      const { sessions } = await records.list({ all: true, since: day })
      expect(sessions.map((session) => session.createdAt)).toContain(createdAt)
      expect(await records.show(`chapter@${day}`)).toMatchObject({ name: 'chapter' })
    } finally {
      process.env.TZ = before ?? 'UTC'
    }
  })

  it('counts the same in show, export and statistics, and nothing that came before a session or after it', async () => {
    const place = make()
    const workspace = await place.open()
    const { records, chats } = workspace
    expect(await codeOf(workspace.session('chapter'))).toBe('SESSION_NOT_FOUND')
    const first = await workspace.start('chapter')
    await first.write(scene, 'New.\n')
    await first.diff()
    await first.preview()
    await first.retry(scene, 'Too dark')
    await codeOf(first.write('.git/config', 'mine'))
    await first.commit()
    const tallies = async (id: string) => {
      const { content } = await records.export(id, 'json')
      const { content: csv } = await records.export(id, 'csv')
      const details = await records.show(id, { withHistory: true })
      const exported = JSON.parse(content)
      const { toolCallCount, lookCount, refusedCount, timeSpentSeconds, history } = details
      expect(exported).toMatchObject({ tool_call_count: toolCallCount, time_spent_seconds: timeSpentSeconds })
      expect(exported.history).toHaveLength(history?.length ?? 0)
      expect(csv.trim().split('\r\n')).toHaveLength(1 + (history?.length ?? 0))
      expect(history).toHaveLength(toolCallCount - lookCount)
      return { toolCallCount, lookCount, refusedCount, timeSpentSeconds, commits: details.commits.length }
    }
    const ended = await tallies('chapter')
    expect(ended).toMatchObject({ toolCallCount: 7, lookCount: 1, refusedCount: 1, commits: 1 })
    expect((await records.stats({ since: 'all' })).toolCallCount).toBe(7)

    await chats.createHandoff('chapter')
    await chats.commits('chapter')
    await codeOf(workspace.switch('chapter'))
    expect(await tallies('chapter')).toEqual(ended)
    expect((await records.stats({ since: 'all', byDate: true })).toolCallCount).toBe(7)

    const again = await workspace.start('chapter')
    await chats.messages('chapter')
    expect(await tallies('chapter')).toMatchObject({ toolCallCount: 2, lookCount: 1, commits: 0 })
    expect(await tallies(`chapter@${first.createdAt}`)).toEqual(ended)
    const { byDate, toolCallCount } = await records.stats({ since: 'all', byDate: true })
    expect(toolCallCount).toBe(9)
    expect(byDate.reduce((sum, { operations }) => sum + operations, 0)).toBe(9)
    await again.cancel()
  })

  it('exports a session whole, and inert', async () => {
    const { place, records, createdAt } = await prepared()
    const session = await (await place.open()).start('odd', { description: '=1+1, "quoted" <b>' })
    await session.retry(plan, '=HYPERLINK("x")')
    const json = JSON.parse((await records.export(`chapter@${createdAt}`, 'json')).content)
    expect(json).toMatchObject({
      ...{ name: 'chapter', agent_id: 'writer', created_at: createdAt, total_messages: null, messages: [] },
      human_retries: [{ reason: 'Too dark' }, { reason: 'Still too long' }],
    })
    const { content: csv } = await records.export('odd', 'csv')
    expect(csv.split('\r\n')[0]).toMatch(/^timestamp,role,content,tokens,cost_usd,/)
    expect(csv).toContain('"Retry 1: =HYPERLINK(""x"")"')
    const { content: markdown } = await records.export('odd', 'markdown')
    expect(markdown).toMatch(/^# Session: odd\n/)
    expect(markdown).toContain('\\<b\\>')
  })

  it('deletes an open session without a backup, and of an ended one all that is kept', async () => {
    const { place, records, createdAt, third } = await prepared()
    await third.retry('acts/new.md', 'No')
    expect(await records.remove('chapter')).toMatchObject({ deleted: false, changes: 1, humanRetries: 1 })
    expect(place.names('workspace/sessions')).toEqual(['chapter'])
    await records.remove('chapter', { force: true })
    expect(place.names('workspace/sessions')).toEqual([])
    expect(place.names('workspace/retries-archive')).toEqual(['chapter'])
    const old = `chapter@${createdAt}`
    expect(await records.remove(old)).toMatchObject({ status: 'COMMITTED', deleted: false, commits: 1 })
    const { freedBytes } = await records.remove(old)
    expect(freedBytes).toBeGreaterThan(0)
    expect(await records.remove(old, { force: true })).toMatchObject({ deleted: true, freedBytes })
    expect(place.names('workspace/retries-archive')).toEqual([])
    expect(place.names('workspace/history')).toEqual([])
    expect(await codeOf(records.show(old))).toBe('SESSION_NOT_FOUND')
    expect((await records.operations()).filter((one) => one.sessionCreatedAt === createdAt)).toEqual([])
    expect((await records.list({ all: true })).sessions.map(({ name }) => name)).toEqual(['idea'])
  })

  it('knows nothing more of an open session that was deleted, what it had committed included', async () => {
    const { place, records } = await prepared()
    const workspace = await place.open()
    const session = await workspace.start('Gone')
    await session.write(plan, 'A plan.\n')
    await session.write('acts/other.md', 'Other.\n')
    await session.commit({ files: [plan] })
    await workspace.chats.createHandoff('Gone')
    const whole = place.names('workspace/history')
    expect(await records.remove('gone')).toMatchObject({
      status: 'ACTIVE',
      deleted: false,
      changes: 1,
      commits: 1,
    })
    const { freedBytes } = await workspace.records.remove('gone', { force: true })
    expect(freedBytes).toBeGreaterThan(0)
    expect(place.names('workspace/history')).toHaveLength(whole.length - 1)
    expect(place.names('workspace/handoffs')).toEqual([])
    expect(await codeOf(records.show('Gone'))).toBe('SESSION_NOT_FOUND')
    expect((await records.list({ all: true })).sessions.map(({ name }) => name)).not.toContain('Gone')
    expect((await records.search('Gone')).count).toBe(0)
    expect((await records.operations('Gone')).map(({ operation }) => operation)).toEqual(['delete_session'])
    await (await place.open()).recover()
    expect((await records.list({ all: true })).sessions.map(({ name }) => name)).not.toContain('Gone')
    expect(place.read(plan)).toBe('A plan.\n')
  })

  it('takes undone commits and the undoings of them away with their session, and nothing of a namesake', async () => {
    const { place, records } = await prepared()
    const secret = 'A secret that nobody shall find.'
    const workspace = await place.open()
    const session = await workspace.start('one')
    await session.write('acts/secret.md', `${secret}\n`)
    const commit = await session.commit()
    const id = ('commitId' in commit && commit.commitId) || ''
    const { undoId } = await workspace.undo(id)
    const going = { commits: 1, undos: 1, undoable: 0, restorable: 1 }
    expect(await records.remove('one')).toMatchObject(going)
    await workspace.undo(undoId)
    const again = await workspace.start('one')
    await again.write('acts/other.md', 'Other.\n')
    await again.write('acts/open.md', 'Not committed.\n')
    const kept = await again.commit({ files: ['acts/other.md'] })
    const older = `one@${session.createdAt}`
    const whole = { commits: 1, undos: 2, undoable: 1, restorable: 0 }
    const dry = await records.remove(older)
    expect(dry).toMatchObject(whole)
    expect(holding(place, 'workspace', secret)).not.toEqual([])
    expect(await records.remove(older, { force: true })).toEqual({ ...dry, deleted: true })
    expect(holding(place, 'workspace', secret)).toEqual([])
    const left = (await workspace.commits()).filter((one) => one.session === 'one')
    expect(left.map(({ commitId }) => commitId)).toEqual(['commitId' in kept ? kept.commitId : ''])
    expect((await records.operations()).filter(({ note }) => note === id || note === undoId)).toEqual([])
  })

  it('prunes undone commits too, and gives none of their numbers again', async () => {
    const { place, records } = await prepared()
    const workspace = await place.open()
    const session = await workspace.start('one')
    await session.write('acts/secret.md', 'Secret.\n')
    await session.commit()
    const { undoId } = await workspace.undo()
    await new Promise((resolve) => setTimeout(resolve, 1_010))
    const dry = await records.prune({ olderThan: '1s' })
    expect(dry).toMatchObject({ commits: 2, undos: 1 })
    const pruned = await records.prune({ olderThan: '1s', force: true })
    expect(pruned).toEqual({ ...dry, pruned: true, before: pruned.before })
    expect(await workspace.commits()).toEqual([])
    const next = await (await workspace.start('two')).write('acts/two.md', 'Two.\n').then(async () => {
      return (await workspace.session('two')).commit()
    })
    expect(Number('commitId' in next ? next.commitId : 0)).toBeGreaterThan(Number(undoId))
    const findings = (await workspace.doctor()).findings.map(({ kind }) => kind)
    expect(findings).not.toContain('journal_leftover')
  })

  it('prunes what ended long ago, and nothing that is open', async () => {
    const { place, records } = await prepared()
    expect(await records.prune({ olderThan: '30d', force: true })).toMatchObject({
      sessions: [],
      freedBytes: 0,
    })
    const writer = await place.open({ agentId: 'writer' })
    await writer.chats.createHandoff('idea')
    await new Promise((resolve) => setTimeout(resolve, 1_010))
    const dry = await records.prune({ olderThan: '1s' })
    expect(dry).toMatchObject({ pruned: false, archives: 1, commits: 1, idle: ['chapter'] })
    expect(dry.sessions.map(({ name }) => name).sort()).toEqual(['chapter', 'idea'])
    expect((await records.prune({ olderThan: '1s', agentId: 'nobody', force: true })).sessions).toEqual([])
    const folders = ['log', 'history', 'retries-archive', 'handoffs'].map((name) => `workspace/${name}`)
    const kept = () => folders.reduce((sum, folder) => sum + sizeOf(place, folder), 0)
    const before = kept()
    const pruned = await records.prune({ olderThan: '1s', force: true })
    expect(pruned).toEqual({ ...dry, pruned: true, before: pruned.before })
    const own = (await records.operations()).findLast(({ operation }) => operation === 'prune_sessions')
    expect(before - kept()).toBe(dry.freedBytes - encodeLine(own).length)
    expect(dry.sessions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(dry.freedBytes)
    for (const { sizeBytes } of dry.sessions) expect(sizeBytes).toBeGreaterThan(500)
    expect(place.names('workspace/retries-archive')).toEqual([])
    expect((await records.list({ all: true })).sessions).toMatchObject([
      { name: 'chapter', status: 'ACTIVE' },
    ])
    const left = await records.operations('chapter')
    expect(new Set(left.map(({ agent }) => agent))).toEqual(new Set(['editor']))
  })

  it('knows by history and archives alone what ended before a list was kept', async () => {
    const { place, records } = await prepared()
    place.fs.rmSync(`${place.root}/workspace/log/ended-sessions.jsonl`)
    const { sessions } = await records.list({ status: 'committed' })
    expect(sessions).toMatchObject([{ name: 'chapter', status: 'COMMITTED', humanRetries: 2 }])
    expect((await records.show(sessions[0]?.sessionId)).files).toEqual([{ path: scene, change: 'modified' }])
  })

  it('has nothing to tell where nothing was ever started', async () => {
    const { records } = await make().open()
    expect(await records.list({ all: true })).toMatchObject({ sessions: [], count: 0 })
    expect(await records.stats()).toMatchObject({ total: 0, totalMessages: null })
    expect(await records.prune({ force: true })).toMatchObject({ sessions: [], freedBytes: 0 })
    expect(await codeOf(records.show())).toBe('NO_ACTIVE_SESSION')
    expect(await codeOf(records.remove('a', { force: true }))).toBe('SESSION_NOT_FOUND')
  })
})

describe('records of a workspace that is a repository', () => {
  const [, openDisk] = fileSystems[0] as (typeof fileSystems)[number]
  const make = places(openDisk)
  const git = (root: string, ...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-C', root, ...words]).toString()

  it('tells what stays in git of a session that is taken away, and takes nothing out of it', async () => {
    const place = make()
    git(place.root, 'init', '--quiet')
    git(place.root, 'commit', '--quiet', '--allow-empty', '-m', 'one')
    for (const name of ['gone', 'gone-2'])
      git(place.root, 'update-ref', `refs/cowrite/${name}/heads/x`, 'HEAD')
    const workspace = await place.open()
    await (await workspace.start('gone')).write(plan, 'A plan.\n')
    const gitReferences = [{ repository: '', reference: 'refs/cowrite/gone/heads/x' }]
    expect(await workspace.records.remove('gone')).toMatchObject({ gitReferences })
    expect(await workspace.records.remove('gone', { force: true })).toMatchObject({ gitReferences })
    expect(git(place.root, 'for-each-ref', 'refs/cowrite/').split('\n')).toHaveLength(3)
  })
})
