import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientNames } from '../../clients/names.js'
import { operations } from '../../lib/operations/index.js'
import { readCommand, wordsOf } from '../../mcp-server/command-words.js'
import { run } from '../cli/fake-io.js'
import { realRooms } from '../cli/real-rooms.js'
import { built } from '../support/built.js'
import { type Block, blocksOf } from './blocks.js'

const project = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(join(project, 'README.md'), 'utf8')
const blocks = blocksOf(readme)
const marked = (mark: string): Block[] => blocks.filter((block) => block.mark === mark)
const program = built('cli/main.js')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cowrite-readme-'))
  mkdirSync(join(folder, 'bin'))
  // As npm puts it there.
  writeFileSync(join(folder, 'bin/cowrite'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`)
  writeFileSync(join(folder, 'bin/npx'), '#!/bin/sh\n[ "$1" = -y ] && shift\nexec "$@"\n')
  for (const name of ['cowrite', 'npx']) chmodSync(join(folder, 'bin', name), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const environment = () => ({
  ...(process.env as Record<string, string>),
  NO_COLOR: '1',
  PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
})

function shell(script: string, cwd: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', script], {
    cwd,
    encoding: 'utf8',
    env: environment(),
  })
  expect(status, `${script}\n${stdout}${stderr}`).toBe(0)
  return stdout
}

describe('the README', () => {
  it('begins with the two commands, which the package has', () => {
    const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    const commands = marked('clone').flatMap(({ text }) =>
      text.split('\n').map((line) => line.replace(/ *#.*/, '')),
    )
    expect(commands.filter(Boolean)).toEqual(['npm run demo', 'npm test'])
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test']))
  })

  it('marks every block with how it is held', () => {
    const known = [
      'clone',
      'chat',
      'install',
      'run',
      'shows',
      'run in a new book',
      'typescript',
      'init',
      'mcp',
      'plugin',
      'config',
    ]
    expect(blocks.length).toBeGreaterThan(10)
    for (const { mark, text } of blocks) expect(known, text).toContain(mark)
  })

  it('names the package and its program as they are called', () => {
    const { name, bin } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    expect(marked('install').map(({ text }) => text.trim())).toEqual([`npm install --global ${name}`])
    expect(Object.keys(bin)).toEqual(['cowrite', 'cowrite-hook'])
  })

  it('names the plugin and its marketplace as they are called', () => {
    const manifest = (name: string) =>
      JSON.parse(readFileSync(join(project, '.claude-plugin', `${name}.json`), 'utf8'))
    const { name: marketplace, plugins } = manifest('marketplace')
    expect(plugins).toMatchObject([{ name: manifest('plugin').name, source: './' }])
    const [{ text = '' } = {}] = marked('plugin')
    expect(text).toContain(`claude plugin install ${plugins[0].name}@${marketplace}`)
  })

  it('walks through a first session, and each step shows and does what it says', () => {
    const walk = join(folder, 'walk')
    mkdirSync(walk)
    const chapter = () => readFileSync(join(walk, 'my-book/chapter-1.md'), 'utf8')
    const commits = blocks.filter(({ mark, text }) => mark === 'run' && text.includes('--force'))
    expect(commits).toHaveLength(1)
    let cwd = walk
    let shown = ''
    for (const block of blocks) {
      const { mark, text } = block
      if (commits.includes(block)) expect(chapter()).toContain('Ismael')
      if (mark === 'run') {
        shown = shell(text, cwd)
        if (/^cd my-book$/m.test(text)) cwd = join(walk, 'my-book')
      }
      if (commits.includes(block)) expect(chapter()).toContain('Ishmael')
      if (mark === 'shows') expectInOrder(text, shown)
    }
    expect(chapter()).toBe('Call me Ismael. Some years ago I went to sea.\n')
  })

  it('has commands for a shell that all work', () => {
    const [block] = marked('run in a new book')
    const book = join(folder, 'book')
    mkdirSync(join(book, 'acts'), { recursive: true })
    const lines = (block?.text ?? '').trim().split('\n')
    expect(lines.length).toBeGreaterThanOrEqual(8)
    for (const line of lines) expect(shell(line, book), line).not.toBe('')
    expect(existsSync(join(book, 'acts/chapter-2.md'))).toBe(false)
  })

  it('has forks, merges and checkpoints that work, and a template that the config takes', () => {
    const block = marked('run in a new book').find(({ text }) => text.includes('session merge'))
    const book = join(folder, 'two-ways')
    mkdirSync(join(book, 'context'), { recursive: true })
    writeFileSync(join(book, 'context/style.md'), 'Dry.\n')
    expect(shell(`set -e\n${block?.text}`, book)).toContain('✅ SESSIONS MERGED: darker → main')
    const chapter = readFileSync(join(book, 'acts/chapter-4.md'), 'utf8')
    expect(chapter).toBe('The Gryphon lay asleep in the sun.')
    writeFileSync(join(book, 'workspace/config.json'), marked('config')[0]?.text ?? '')
    shell('cowrite session start chapter-5 --template chapter', book)
    expect(shell('cowrite file read acts/style.md', book)).toContain('Dry.')
  })

  it('has chat commands that the server reads', () => {
    const lines = marked('chat').flatMap(({ text }) =>
      text.split('\n').filter((line) => line.startsWith('/')),
    )
    expect(lines.length).toBeGreaterThan(8)
    for (const line of lines) {
      const [typed = ''] = line.slice(1).split(/ {3,}/)
      expect(readCommand(operations, wordsOf(typed)), line).toHaveProperty('tool')
    }
    const listed = /`\/session` also has (.*)\./.exec(readme)?.[1]?.match(/`(\w+)`/g) ?? []
    expect(listed.length).toBeGreaterThan(5)
    for (const word of listed) {
      expect(readCommand(operations, ['session', word.replaceAll('`', '')]), word).toHaveProperty('tool')
    }
  })

  it('has TypeScript that runs', async () => {
    const home = join(folder, 'typescript')
    mkdirSync(join(home, 'node_modules/@types'), { recursive: true })
    mkdirSync(join(home, 'my-book'))
    symlinkSync(project, join(home, 'node_modules/cowrite'), 'junction')
    writeFileSync(join(home, 'my-book/chapter-1.md'), 'Call me Ismael.\n')
    writeFileSync(join(home, 'package.json'), '{ "type": "module" }')
    const [block] = marked('typescript')
    const { code } = await transform(block?.text ?? '', { loader: 'ts', format: 'esm', target: 'node20' })
    writeFileSync(join(home, 'use.js'), code)
    expect(shell(`"${process.execPath}" use.js`, home)).toContain('[-Ismael-]{+Ishmael+}')
    expect(readFileSync(join(home, 'my-book/chapter-1.md'), 'utf8')).toBe('Call me Ismael.\n')
  })

  it('has the command that sets clients up, and its table says what each of them is given', async () => {
    const home = mkdtempSync(join(folder, 'home-'))
    const book = join(home, 'book')
    mkdirSync(book)
    const [block] = marked('init')
    const [cowrite, ...line] = (block?.text ?? '').trim().split(' ')
    expect(cowrite).toBe('cowrite')
    const rows = [...readme.matchAll(/^\| [\w ]+ \| `([a-z-]+)` \| `([^`]+)` \| (.*?) \| /gm)]
    expect(rows.map(([, client]) => client)).toEqual([...clientNames])
    for (const [, client, server = '', others = ''] of rows) {
      const world = { rooms: realRooms, cwd: book, env: { HOME: home } }
      const told = JSON.parse((await run([...line, '--json', '--client', client as string], world)).stdout)
      const files: { file: string; what: string }[] = told.clients[0].files
      expect(files.find(({ what }) => what === 'server')?.file).toBe(server)
      const folders = files.filter(({ what }) => what !== 'server').map(({ file }) => file)
      const listed = [...others.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)
      expect(folders.every((file) => listed.some((path) => file.startsWith(path)))).toBe(true)
      expect(listed.every((path) => folders.some((file) => file.startsWith(path)))).toBe(true)
    }
  })

  it('has an MCP setting that starts the server', async () => {
    const [block] = marked('mcp')
    const { cowrite } = JSON.parse(block?.text ?? '').mcpServers
    const client = new Client({ name: 'reader', version: '1' })
    await client.connect(
      new StdioClientTransport({ ...cowrite, env: environment(), cwd: folder, stderr: 'ignore' }),
    )
    try {
      const { tools } = await client.listTools()
      expect(tools.map(({ name }) => name)).toContain('create_session')
    } finally {
      await client.close()
    }
  })

  it('links to files and headings that are there', () => {
    const links = [...readme.matchAll(/\]\(((?!https?:)[^)#]*)(#[^)]*)?\)/g)]
    expect(links.length).toBeGreaterThan(8)
    for (const [link, path = '', heading] of links) {
      const target = path === '' ? 'README.md' : path
      expect(existsSync(join(project, target)), link).toBe(true)
      if (heading) expect(headingsOf(readFileSync(join(project, target), 'utf8')), link).toContain(heading)
    }
  })
})

/** Every line of `expected` stands in `shown`, in that order; others may stand between. */
function expectInOrder(expected: string, shown: string): void {
  let rest = shown.split('\n')
  for (const line of expected.trimEnd().split('\n')) {
    const at = rest.indexOf(line)
    expect(at, `"${line}" is not to be seen in order in:\n${shown}`).toBeGreaterThanOrEqual(0)
    rest = rest.slice(at + 1)
  }
}

function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(
    ([, text = '']) =>
      `#${text
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')}`,
  )
}
