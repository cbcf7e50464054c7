/** A fresh home and a fresh workspace with a session's worth of text, and cowrite's own command on it. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'

export const project = join(import.meta.dirname, '../../..')
export const program = join(project, 'dist/cli/main.js')

export interface Book {
  home: string
  root: string
  env: Record<string, string>
  /** Runs `cowrite …`, which has to end well, and gives what it printed. */
  cowrite(...words: string[]): string
  /** A real file's text; null where there is none. */
  real(path: string): string | null
  /** All real files but cowrite's and the clients' own, with their texts. */
  everything(): Record<string, string>
  /** The file as the session has it; null where it has none. */
  inSession(path: string): string | null
  put(path: string, text: string): void
  drop(path: string): void
  /** An absolute path. */
  at(path: string): string
  remove(): void
}

export const notebook = JSON.stringify({
  cells: [
    { cell_type: 'code', id: 'a', metadata: {}, execution_count: null, outputs: [], source: 'print(1)' },
  ],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
})

const firstFiles = {
  'acts/act-1/scene-0101.md': 'The sea was grey.\nThe captain slept.\n',
  'acts/act-1/scene-0102.md': 'Nobody spoke.\n',
  'context/captain.md': 'He limps.\n',
  'context/mate.md': 'She sings.\n',
  'context/cook.md': 'He waits.\n',
  'counts.ipynb': notebook,
}

const clientsOwn =
  /^(workspace|\.claude|\.mcp\.json|\.agents|\.gemini|\.opencode|opencode\.jsonc?|\.codex|\.cursor|\.vscode)($|\/)/

export function makeBook(): Book {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-client-')))
  const [home, root] = [join(folder, 'home'), join(folder, 'book')]
  for (const path of [home, root]) mkdirSync(path)
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    TMPDIR: tmpdir(),
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
  }
  const at = (path: string) => join(root, path)
  const run = (words: string[]) =>
    spawnSync(process.execPath, [program, ...words], { cwd: root, env, encoding: 'utf8', input: '' })
  const book: Book = {
    home,
    root,
    env,
    at,
    cowrite(...words) {
      const { status, stdout, stderr } = run(words)
      expect(status, `cowrite ${words.join(' ')}\n${stdout}${stderr}`).toBe(0)
      return stdout
    },
    real: (path) => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : null),
    everything() {
      const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
        (path) => !clientsOwn.test(path),
      )
      const files = paths.filter((path) => lstatSync(at(path)).isFile()).toSorted()
      return Object.fromEntries(files.map((path) => [path, readFileSync(at(path), 'utf8')]))
    },
    inSession(path) {
      const { status, stdout } = run(['file', 'read', path])
      return status === 0 ? stdout : null
    },
    put(path, text) {
      mkdirSync(dirname(at(path)), { recursive: true })
      writeFileSync(at(path), text)
    },
    drop: (path) => rmSync(at(path)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
  for (const [path, text] of Object.entries(firstFiles)) book.put(path, text)
  return book
}
