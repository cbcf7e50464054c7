/** What only Claude Code has: hooks that may be missing, chats that stay open, and plugins. */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Book, makeBook, project } from './support/book.js'
import { startChat } from './support/chat.js'
import { claudeCode, installed } from './support/clients.js'
import { note } from './support/findings.js'
import { ask, expectAnswer, open, whereIs } from './support/tour.js'

const found = installed(claudeCode)
const isMissing = 'missing' in found
const claude = isMissing ? '' : found.program
const tell = (row: string, cell: string) => note({ client: claudeCode.name, row, cell })

const newFile = 'notes/new.md'
const mate = 'context/mate.md'

let book: Book
beforeEach(() => {
  book = makeBook()
})
afterEach(() => book.remove())

describe.skipIf(isMissing)('Claude Code, where not all is as it should be', () => {
  it('writes nothing to the real files when a hook cannot start, and says so', async () => {
    const before = book.everything()
    book.cowrite('init', '--client', 'claude-code', '--yes')
    book.cowrite('session', 'start', 'draft')
    const settings = book.at('.claude/settings.json')
    writeFileSync(settings, readFileSync(settings, 'utf8').replaceAll('hooks/main.js', 'hooks/gone.js'))
    const { chat } = await open(claudeCode, claude, book, 'Go on')
    const calls = [
      await chat.call('Write', { file_path: book.at(newFile), content: 'New.\n' }),
      await chat.call('Bash', { command: `sed -i s/sings/hums/ ${mate}`, description: 'x' }),
    ]
    for (const { results } of calls) expect(results).toMatch(/hook error:.*gone\.js/)
    await chat.call('Read', { file_path: book.at(mate) })
    const edited = await chat.call('Edit', {
      file_path: book.at(mate),
      old_string: 'sings',
      new_string: 'hums',
    })
    expect(edited.results).toMatch(/hook error:.*gone\.js/)
    await chat.end()
    expect(book.everything()).toEqual(before)
    tell('guard', '✅ what writes is blocked, and the model is told why')
  })

  it('leads a chat that was open before cowrite init into the session, as soon as it has taken up the hooks', async () => {
    const line = (content: string) =>
      `${JSON.stringify({ type: 'user', message: { role: 'user', content } })}\n`
    const streams = ['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose']
    const chat = await startChat(book, claudeCode.wire, ({ url }) => ({
      command: [claude, '-p', ...streams, '--allowedTools', 'Read', 'Write', 'Edit', 'Bash'],
      env: claudeCode.env(url),
      input: line('Hello'),
    }))
    await chat.asked()
    await chat.say('Hello.')
    expect(book.cowrite('init', '--client', 'claude-code', '--yes')).toContain('go on with claude --continue')
    book.cowrite('session', 'start', 'draft')
    chat.process.stdin?.write(line('Write'))
    await chat.asked()
    const shell = (command: string) => chat.call('Bash', { command, description: 'Works on the book' })

    // What it writes before it has looked at its settings again can only be told afterwards.
    const early = 'notes/early.md'
    const told = [(await chat.call('Write', { file_path: book.at(early), content: 'Early.\n' })).text]
    const landed = whereIs(book, early, 'Early.\n')
    const before = book.everything()
    const taken = async () => {
      const { text } = await shell('sleep 0.5')
      told.push(text)
      return text.includes('session draft')
    }
    await expect.poll(taken, { timeout: 30_000, interval: 10 }).toBe(true)

    await chat.call('Write', { file_path: book.at(newFile), content: 'New.\n' })
    await shell(`sed -i s/sings/hums/ ${mate}`)
    expect([whereIs(book, newFile, 'New.\n'), whereIs(book, mate, 'She hums.\n')]).toEqual([
      'session',
      'session',
    ])
    expect(book.everything()).toEqual(before)
    told.push(book.cowrite('session', 'status'), (await chat.call('Read', { file_path: book.at(mate) })).text)
    await chat.end()
    const isTold = told.some((text) => text.includes(early) && /around|real files/i.test(text))
    expect(landed === 'session' || isTold, told.join('\n---\n')).toBe(true)
    tell('open-chat', '✅ its hooks are there within seconds; what it wrote before that is told')
  })
})

it.skipIf(isMissing)(
  'a worktree of Claude Code is the session as a folder, where each of its tools works by itself',
  async () => {
    const before = book.everything()
    book.cowrite('init', '--client', 'claude-code', '--yes')
    book.cowrite('session', 'start', 'draft')
    const command = (...words: Parameters<typeof claudeCode.command>) => [
      ...claudeCode.command(...words),
      'EnterWorktree',
      'ExitWorktree',
    ]
    const { chat } = await open({ ...claudeCode, command }, claude, book, 'Go on')
    const { results } = await chat.call('EnterWorktree', { name: 'draft' })
    const { views } = JSON.parse(book.cowrite('view', '--json'))
    expect(views, results).toHaveLength(1)
    const [{ folder }] = views
    const at = (path: string) => `${folder}/${path}`
    await chat.call('Write', { file_path: at(newFile), content: 'New.\n' })
    await chat.call('Edit', { file_path: at(newFile), old_string: 'New', new_string: 'Newer' })
    await chat.call('Read', { file_path: at('context/captain.md') })
    await chat.call('Edit', { file_path: at('context/captain.md'), old_string: 'limps', new_string: 'runs' })
    await chat.call('Bash', { command: `sed -i s/sings/hums/ ${mate}`, description: 'Works on the book' })
    await chat.end()
    book.cowrite('view', 'draft', '--close')
    const landed = [
      whereIs(book, newFile, 'Newer.\n'),
      whereIs(book, 'context/captain.md', 'He runs.\n'),
      whereIs(book, mate, 'She hums.\n'),
    ]
    expect(landed).toEqual(['session', 'session', 'session'])
    expect(book.everything()).toEqual(before)
    tell('worktree', '✅ the session as a folder, in which every tool works by itself')
  },
)

describe.skipIf(isMissing)('cowrite as a plugin of Claude Code', () => {
  let folder: string
  let plugin: string
  // As its user gets it.
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-plugin-')))
    npm(project, 'pack', '--ignore-scripts', '--pack-destination', folder)
    const [packed = ''] = readdirSync(folder)
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    npm(
      folder,
      'install',
      `./${packed}`,
      '--omit=dev',
      '--prefer-offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
    )
    plugin = join(folder, 'node_modules', 'cowrite')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const run = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(claude, words, {
      cwd: book.root,
      env: { ...book.env, ...claudeCode.env('http://127.0.0.1:9') },
      encoding: 'utf8',
    })
    expect(status, `claude ${words.join(' ')}\n${stdout}${stderr}`).toBe(0)
    return stdout
  }
  const install = () => {
    run('plugin', 'marketplace', 'add', plugin)
    run('plugin', 'install', 'cowrite@cowrite')
  }
  const withPlugin = { ...claudeCode, prefix: 'mcp__plugin_cowrite_cowrite__' }

  it('is valid under claude plugin validate --strict', () => {
    expect(run('plugin', 'validate', plugin, '--strict')).toContain('Validation passed')
  })

  it('brings the server, the hooks and the skills, and all of it goes again', async () => {
    book.cowrite('init')
    const [home, before] = [folderOf(book.home), book.everything()]
    install()
    expect(run('mcp', 'list')).toMatch(/plugin:cowrite:cowrite: .*Connected/)
    const tour = await open(withPlugin, claude, book, '/cowrite:session start draft')
    expect(tour.first.text).toMatch(/^# Session$/m)
    expectAnswer(await ask(tour, 'create_session', { name: 'draft' }), '✅ SESSION CREATED: draft')
    await tour.chat.call('Write', { file_path: book.at(newFile), content: 'New.\n' })
    await tour.chat.call('Bash', { command: `sed -i s/sings/hums/ ${mate}`, description: 'x' })
    await tour.chat.end()
    expect([whereIs(book, newFile, 'New.\n'), whereIs(book, mate, 'She hums.\n')]).toEqual([
      'session',
      'session',
    ])
    expect(book.everything()).toEqual(before)

    const retrying = await open(withPlugin, claude, book, `/retry ${newFile} "Too short"`, { again: true })
    expect(retrying.first.text).toMatch(/^# Retry$/m)
    const rejected = { file_path: newFile, reason: 'Too short' }
    expectAnswer(await ask(retrying, 'record_human_retry', rejected), '✅ HUMAN RETRY RECORDED')
    await retrying.chat.end()

    run('plugin', 'uninstall', 'cowrite@cowrite')
    run('plugin', 'marketplace', 'remove', 'cowrite')
    expect(JSON.stringify(folderOf(book.home)['.claude/settings.json'] ?? '{}')).not.toContain('cowrite')
    expect(home['.claude/settings.json']).toBeUndefined()
    tell('plugin', '✅ `/cowrite:session`, `/retry`, server and hooks')
  })

  it('has the literal /session with the skill in the folder of the person', async () => {
    book.cowrite('init')
    install()
    mkdirSync(join(book.home, '.claude', 'skills'), { recursive: true })
    cpSync(join(plugin, 'skill', 'session'), join(book.home, '.claude', 'skills', 'session'), {
      recursive: true,
    })
    const tour = await open(withPlugin, claude, book, '/session start draft')
    expect(tour.first.text).toMatch(/^# Session$/m)
    expectAnswer(await ask(tour, 'create_session', { name: 'draft' }), '✅ SESSION CREATED: draft')
    await tour.chat.end()
  })

  it('stands beside cowrite init in the same folder', async () => {
    const before = book.everything()
    install()
    book.cowrite('init', '--client', 'claude-code', '--yes')
    const tour = await open(claudeCode, claude, book, '/session start draft')
    expectAnswer(await ask(tour, 'create_session', { name: 'draft' }), '✅ SESSION CREATED: draft')
    await tour.chat.call('Write', { file_path: book.at(newFile), content: 'New.\n' })
    await tour.chat.call('Bash', { command: `sed -i s/sings/hums/ ${mate}`, description: 'x' })
    await tour.chat.end()
    expect([whereIs(book, newFile, 'New.\n'), whereIs(book, mate, 'She hums.\n')]).toEqual([
      'session',
      'session',
    ])
    expect(book.everything()).toEqual(before)
  })
})

function npm(cwd: string, ...words: string[]): void {
  const { status, stderr } = spawnSync('npm', [...words, '--loglevel=error'], { cwd, encoding: 'utf8' })
  expect(status, `npm ${words.join(' ')}\n${stderr}`).toBe(0)
}

/** The files of a folder, by their paths. */
function folderOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')]
    }),
  )
}
