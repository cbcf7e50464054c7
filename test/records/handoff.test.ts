import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { handoffPage, notesIn } from '../../lib/records/handoff-page.js'
import { fileSystems } from '../support/file-systems.js'
import { claudeChat, codexChat, lines } from './support/transcripts.js'

let home: string
let claude: string
let codex: string
beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-handoff-')))
  claude = join(home, 'claude.jsonl')
  codex = join(home, 'codex.jsonl')
  writeFileSync(claude, claudeChat.text)
  writeFileSync(codex, codexChat.text)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe.each(fileSystems)('handing a session over, on %s', (name, open) => {
  let at: ReturnType<typeof open>
  beforeEach(() => {
    at = open()
    at.fs.mkdirSync(join(at.root, 'acts'))
    at.fs.writeFileSync(join(at.root, 'acts/one.md'), 'Call me Ishmael.\n')
  })
  afterEach(() => at.dispose())

  const openBook = (more: object = {}) =>
    openWorkspace(at.root, { ...(name === 'memfs' ? { fs: at.fs as never } : {}), ...more })

  it('tells the goal, what was changed, what is still rejected, what is to be done, and what was said last', async () => {
    const workspace = await openBook()
    const session = await workspace.start('draft', { description: 'Cut it' })
    await session.write('acts/one.md', 'Call me.\n')
    await session.retry('acts/one.md', 'Too *short*')
    await session.write('acts/two.md', 'Two.\n')
    await session.retry('acts/two.md', 'Too dull')
    await session.write('acts/two.md', 'Two, with a whale.\n')
    await workspace.chats.link(claude, 'draft')

    const { compactMarkdown, context, savedTo } = await workspace.chats.createHandoff('draft', {
      notes: 'The ending\nis `open`.',
    })
    expect(context).toMatchObject({
      ...{ goal: 'Make chapter 3 shorter, and keep the whale.', status: 'ACTIVE', messages: 5, tokens: 720 },
      files: [
        { path: 'acts/one.md', change: 'modified', sizeBytes: 9 },
        { path: 'acts/two.md', change: 'created', sizeBytes: 19 },
      ],
      openRetries: [
        {
          ...{ filePath: 'acts/one.md', retry: 1, reason: 'Too *short*' },
          savedTo: 'workspace/sessions/draft/human-retries/one.md-retry-1.md',
        },
      ],
      todos: [
        { text: 'Read the plan', status: 'completed' },
        { text: 'Cut chapter 3', status: 'in_progress' },
      ],
    })
    for (const part of [
      '# Handoff: draft',
      '**Goal:** Make chapter 3 shorter, and keep the whale.',
      'The ending  \nis \\`open\\`.',
      '- acts/two.md (created, 19 B)',
      '## Open retries (1)\n\n- acts/one.md, retry 1: "Too \\*short\\*"  \n  The rejected text: workspace/sessions/draft/',
      '## Rejected before, not the present text\n\n- acts/two.md, retry 1: "Too dull"',
      '/human-retries/two.md-retry-1.md\n\n  ```\n  Two.\n  ```\n',
      '- [x] Read the plan\n- [ ] Cut chapter 3 (in progress)',
      '- 2026-01-16 09:20 User: Too much exposition. Again, please.',
      '## Could not be read',
    ])
      expect(compactMarkdown).toContain(part)
    expect(at.fs.readFileSync(join(at.root, savedTo), 'utf8')).toBe(compactMarkdown)
    expect((await workspace.chats.handoff('draft')).compactMarkdown).toBe(compactMarkdown)
    await workspace.close()
  })

  it('keeps what was noted where it is written anew without notes', async () => {
    const workspace = await openBook()
    const session = await workspace.start('draft')
    await session.write('acts/two.md', 'Two.\n')
    const notes = 'The ending is *open*.\n\n## Not a heading'
    const noted = await workspace.chats.createHandoff('draft', { notes })
    const part = /## Notes\n[^#]*/.exec(noted.compactMarkdown)?.[0]
    const again = await workspace.chats.createHandoff('draft')
    expect(part).toContain('ending')
    expect(again.compactMarkdown).toContain(part)
    expect(again.compactMarkdown.match(/^## /gm)).toEqual(noted.compactMarkdown.match(/^## /gm))
  })

  it('of a session without chats, and of one whose transcripts are empty, torn, foreign or gone', async () => {
    const workspace = await openBook()
    await workspace.start('draft', { description: 'Cut it' })
    expect((await workspace.chats.handoff('draft')).compactMarkdown).toBeNull()
    const alone = await workspace.chats.createHandoff('draft')
    expect(alone.context).toMatchObject({
      goal: 'Cut it',
      messages: null,
      tokens: null,
      costUsd: null,
      todos: [],
    })

    const path = join(home, 'worn.jsonl')
    writeFileSync(path, claudeChat.text)
    await workspace.chats.link(path, 'draft')
    const worn = [
      '',
      '{"type":"assis',
      lines({ anything: 1 }),
      'Call me Ishmael.\n',
      lines([1], 'null', '[['),
    ]
    for (const text of worn) {
      writeFileSync(path, text)
      const { context } = await workspace.chats.createHandoff('draft')
      expect(context, text).toMatchObject({ goal: 'Cut it', messages: null, todos: [] })
    }
    rmSync(path)
    expect((await workspace.chats.createHandoff('draft')).compactMarkdown).toContain('the transcript is gone')
    expect(await workspace.chats.messages('draft')).toMatchObject({
      ...{ messages: [], totalCount: 0 },
      transcripts: [{ problem: 'gone' }],
    })
    await workspace.close()
  })

  it('of one that has ended, from what remains of it', async () => {
    const workspace = await openBook()
    const session = await workspace.start('draft', { description: 'Cut it' })
    await session.write('acts/one.md', 'Call me.\n')
    await session.retry('acts/one.md', 'Too short')
    await workspace.chats.link(codex, 'draft')
    await session.commit()
    const { context, compactMarkdown } = await workspace.chats.createHandoff('draft')
    expect(context).toMatchObject({
      ...{ status: 'COMMITTED', goal: 'Give chapter 4 a title.', messages: 3 },
      openRetries: [{ filePath: 'acts/one.md', retry: 1, reason: 'Too short' }],
      files: [{ path: 'acts/one.md', change: 'modified', sizeBytes: 9 }],
      commits: [{ source: 'cowrite', message: '1 file of session draft' }],
    })
    expect(compactMarkdown).toContain('- acts/one.md, retry 1: "Too short"')
    expect((await workspace.chats.messages('draft', { role: 'user' })).totalCount).toBe(1)
    await workspace.close()
  })

  it('of one that has ended: a retry is open for as long as its text is the present one', async () => {
    const workspace = await openBook()
    const openIn = async (name: string) =>
      (await workspace.chats.createHandoff(name)).context.openRetries.map(({ filePath }) => filePath)
    const session = await workspace.start('draft')
    await session.write('acts/one.md', 'Call me.\n')
    await session.retry('acts/one.md', 'Too short')
    await session.write('acts/deep/two.md', 'Two.\n')
    await session.retry('acts/deep/two.md', 'Too dull')
    await session.write('acts/deep/two.md', 'Two, with a whale.\n')
    await session.commit()
    expect(await openIn('draft')).toEqual(['acts/one.md'])
    at.fs.writeFileSync(join(at.root, 'acts/one.md'), 'Call me Ishmael.\n')
    expect(await openIn('draft')).toEqual([])
    const { compactMarkdown } = await workspace.chats.createHandoff('draft')
    expect(compactMarkdown).toContain('## Rejected before, not the present text\n\n- acts/one.md, retry 1')

    const given = await workspace.start('given-up')
    await given.retry('acts/one.md', 'Still dull')
    await given.write('acts/three.md', 'Three.\n')
    await given.retry('acts/three.md', 'No')
    await given.cancel()
    expect(await openIn('given-up')).toEqual(['acts/one.md'])
    await workspace.close()
  })

  it('calls each rejection open whose very text is the present one, and no other of the file', async () => {
    const workspace = await openBook()
    const session = await workspace.start('draft')
    const openOnes = async () =>
      (await workspace.chats.createHandoff('draft')).context.openRetries.map(({ retry }) => retry)
    await session.write('acts/one.md', 'Blue.\n')
    await session.retry('acts/one.md', 'Too blue')
    await session.write('acts/one.md', 'Green.\n')
    expect(await openOnes()).toEqual([])
    await session.retry('acts/one.md', 'Too green')
    expect(await openOnes()).toEqual([2])
    await session.write('acts/one.md', 'Blue.\n')
    expect(await openOnes()).toEqual([1])
    await session.move('acts/one.md', 'acts/moved.md')
    expect(await openOnes()).toEqual([1])
    await session.commit()
    expect(await openOnes()).toEqual([1])
    const { compactMarkdown } = await workspace.chats.createHandoff('draft')
    const archive = 'workspace/retries-archive/draft/one.md-retry-'
    expect(compactMarkdown).toContain(`The rejected text: ${archive}1.md\n\n  \`\`\`\n  Blue.\n  \`\`\``)
    expect(compactMarkdown).toContain(`The rejected text: ${archive}2.md\n\n  \`\`\`\n  Green.\n  \`\`\``)
    await workspace.close()
  })

  it('shows a rejected text once, and only where it is short', async () => {
    const workspace = await openBook()
    const session = await workspace.start('draft')
    await session.retry('acts/one.md', 'Dull')
    await session.retry('acts/one.md', 'Still dull')
    await session.write('acts/long.md', 'Long. '.repeat(500))
    await session.retry('acts/long.md', 'Too long')
    const { compactMarkdown } = await workspace.chats.createHandoff('draft')
    expect(compactMarkdown.match(/Call me Ishmael/g)).toHaveLength(1)
    expect(compactMarkdown).toMatch(/retry-2\.md, the same as of retry 1$/m)
    expect(compactMarkdown).toMatch(/long\.md-retry-1\.md$/m)
    expect(compactMarkdown).not.toContain('Long. Long.')
    await workspace.close()
  })

  it('of one that has ended: what was moved is told as moved, and an undone commit as undone', async () => {
    const workspace = await openBook()
    const session = await workspace.start('draft')
    await session.move('acts/one.md', 'acts/moved.md')
    await session.commit()
    const { compactMarkdown } = await workspace.chats.createHandoff('draft')
    expect(compactMarkdown).toContain(
      '## Files changed (1)\n\n- acts/moved.md (moved from acts/one.md, 17 B)\n',
    )
    expect(compactMarkdown).toContain('**Status:** COMMITTED ·')
    await workspace.undo()
    const { compactMarkdown: undone } = await workspace.chats.createHandoff('draft')
    expect(undone).toContain('**Status:** COMMITTED, undone since ·')
    await workspace.close()
  })

  it('counts the files of a commit, and not the folders that it made', async () => {
    const workspace = await openBook()
    const session = await workspace.start('draft')
    await session.write('new/and/deep/one.md', 'One.\n')
    await session.commit()
    const { commits } = await workspace.chats.commits('draft')
    expect(commits.filter(({ source }) => source === 'cowrite')).toMatchObject([
      { message: '1 file of session draft' },
    ])
    const page = (await workspace.chats.createHandoff('draft')).compactMarkdown
    expect(page).toMatch(/cowrite 0+1: 1 file of session draft/)
    await workspace.close()
  })

  it('S3: of one whose record cannot be read, from its chats', async () => {
    const workspace = await openBook()
    const session = await workspace.start('draft')
    await session.write('acts/one.md', 'Call me.\n')
    await workspace.chats.link(claude)
    await workspace.close()
    const record = join(at.root, 'workspace/sessions/draft/.cowrite/record')
    at.fs.writeFileSync(record, at.fs.readFileSync(record).fill(0x41, 0, 40))
    const again = await openBook()
    const { context, compactMarkdown } = await again.chats.createHandoff('draft')
    expect(context).toMatchObject({ status: 'CRASHED', messages: 5, files: [] })
    expect((await again.chats.handoff('draft')).compactMarkdown).toBe(compactMarkdown)
    await again.close()
  })

  it('is offered to whoever begins next, once', async () => {
    const workspace = await openBook()
    const first = await workspace.start('first')
    expect(await workspace.chats.offered(first)).toBeNull()
    await workspace.chats.createHandoff('first')
    expect(await workspace.chats.offered(first)).toMatchObject({ session: 'first' })
    const second = await workspace.start('second')
    expect(await workspace.chats.offered(second)).toMatchObject({ session: 'first' })
    const third = await workspace.start('third')
    expect(await workspace.chats.offered(third)).toBeNull()
    expect(await workspace.chats.offered(first)).toMatchObject({ session: 'first' })
    await workspace.close()
  })

  it('S2: a chat that went from one session to another left in each what was said there', async () => {
    const workspace = await openBook({ chat: 'c-1', client: 'claude-code' })
    const chat = join(home, 'moving.jsonl')
    const said = (uuid: string, content: string) => ({
      ...{ type: 'user', uuid, sessionId: 'c-1', timestamp: new Date().toISOString() },
      message: { content },
    })
    const before = await workspace.start('before')
    await workspace.chats.meet(before, chat)
    await workspace.chats.meet(before, chat)
    await pause()
    const first = lines(said('1', 'In the first.'))
    writeFileSync(chat, first)
    await pause()
    const after = await workspace.start('after')
    await workspace.chats.meet(after, chat)
    await pause()
    writeFileSync(chat, first + lines(said('2', 'In the second.')))
    const saidIn = async (name: string) =>
      (await workspace.chats.messages(name)).messages.map(({ content }) => content)
    expect(await saidIn('before')).toEqual(['In the first.'])
    expect(await saidIn('after')).toEqual(['In the second.'])
    expect((await workspace.chats.search('the in')).results.map(({ session }) => session)).toEqual([
      'after',
      'before',
    ])
    expect((await workspace.chats.search('in', { limit: 1 })).hasMore).toBe(true)
    await workspace.close()
  })

  it('refuses what is no transcript, no session and no words', async () => {
    const workspace = await openBook()
    await expect(workspace.chats.messages()).rejects.toMatchObject({ code: 'NO_ACTIVE_SESSION' })
    await workspace.start('draft')
    const prose = join(home, 'prose.md')
    writeFileSync(prose, 'Call me Ishmael.\n')
    await expect(workspace.chats.link(prose)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(workspace.chats.link(home)).rejects.toMatchObject({ code: 'WRONG_KIND' })
    await expect(workspace.chats.link(join(home, 'none'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(workspace.chats.messages('none')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    await expect(workspace.chats.messages('../x')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(workspace.chats.search('  ')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await workspace.close()
  })
})

/** Moments of transcripts and of links are told apart by the millisecond. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 3))

describe('commits of a session', () => {
  it("are cowrite's and git's, of its time alone, and no program of the repository runs for it", async () => {
    const book = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-commits-')))
    try {
      const git = (words: string[], date?: string) =>
        execFileSync('git', ['-C', book, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
          env: { ...process.env, ...(date ? { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date } : {}) },
        })
      git(['init', '-q'])
      writeFileSync(join(book, 'one.md'), 'one\n')
      git(['add', '-A'])
      git(['commit', '-qm', 'Long before'], '2020-01-01T00:00:00Z')

      const workspace = await openWorkspace(book)
      const session = await workspace.start('draft')
      await session.write('one.md', 'two\n')
      await session.write('other.md', 'other\n')
      await session.commit({ files: ['one.md'] })
      writeFileSync(join(book, 'three.md'), 'three\n')
      git(['add', 'three.md'])
      git(['commit', '-qm', 'Add `three`'])
      const ran = join(book, 'ran')
      git(['config', 'filter.x=y.clean', `touch '${ran}'; cat`])
      git(['config', 'core.fsmonitor', `touch '${ran}'; false`])
      git(['config', 'log.showSignature', 'true'])
      git(['config', 'gpg.program', `touch '${ran}'; false`])
      writeFileSync(join(book, '.gitattributes'), '*.md filter=x=y\n')

      const { context } = await workspace.chats.createHandoff('draft')
      expect(context.git).toMatchObject({
        changed: expect.arrayContaining(['M one.md', '?? .gitattributes']),
      })
      expect(existsSync(ran)).toBe(false)
      const { commits, hasGit } = await workspace.chats.commits('draft', { maxCommits: 5 })
      expect(hasGit).toBe(true)
      expect(commits.map(({ source, message }) => [source, message]).sort()).toEqual([
        ['cowrite', '1 file of session draft'],
        ['git', 'Add `three`'],
      ])
      expect((await workspace.chats.commits('draft', { maxCommits: 1 })).commits).toHaveLength(1)
      await workspace.close()
    } finally {
      rmSync(book, { recursive: true, force: true })
    }
  })
})

describe('the page of a handoff', () => {
  it('P7: is Markdown in which nothing acts that somebody said', () => {
    const hostile = '</x>\n```\n# [a](b)\u001b[2J\u202e|*'
    const text = `${hostile}\n\n## Notes\n\n- x\n`
    const retry = { filePath: hostile, retry: 1, reason: hostile, savedTo: hostile, text }
    const page = handoffPage({
      ...{ session: hostile, description: hostile, status: 'ACTIVE', createdAt: hostile, updatedAt: hostile },
      ...{
        agentId: hostile,
        at: hostile,
        goal: hostile,
        notes: hostile,
        keptNotes: null,
        messages: 1,
        tokens: 1,
        costUsd: 0.5,
      },
      ...{ toolCalls: 1, models: [hostile], replaced: [retry], openRetries: [retry] },
      files: [{ path: hostile, change: 'modified', sizeBytes: 1 }],
      todos: [{ text: hostile, status: 'pending' }],
      activity: [{ at: hostile, who: 'User', text: hostile }],
      findings: [hostile],
      commits: [{ hash: hostile, message: hostile, timestamp: hostile, source: 'git' }],
      git: { branch: hostile, changed: [hostile] },
    })
    // What stands in a fence of its own, within its list item, is text.
    const fences = page.match(/^ {2}(`{4,})\n(?: {2}.*\n|\n)*? {2}\1$/gm) ?? []
    expect(fences).toHaveLength(2)
    expect(notesIn(page)).not.toContain('- x')
    const outside = page.replaceAll(fences[0] ?? '', '').replace(/\\[^\p{L}\p{N}]/gu, '')
    expect(outside).not.toMatch(/<\/x>|`|\[a\]|(?!\n)[\p{Cc}\p{Bidi_Control}]/u)
    expect(page.match(/^#.*$/gm)?.every((line) => /^#{1,2} [A-Z]/.test(line))).toBe(true)
  })
})
