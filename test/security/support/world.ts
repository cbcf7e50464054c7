/** A workspace among things that are nobody's business, and a way to see that they were left alone. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface World {
  /** What holds the workspace and its neighbours. */
  folder: string
  root: string
  outside: string
  /** The special files that this machine, or this user, cannot have. */
  missing: string[]
  /** Texts that no answer may hold, and no file of the workspace but their own. */
  secrets: string[]
  /** What stands outside and what is protected: every name, kind, mode, time and content. */
  canaries(): string
  /** What stands in the workspace, but for the state folder and what is protected. */
  lower(): string
  dispose(): void
}

/** Names that a disk takes, and that act where they are printed raw. */
export const actingNames = [
  '\u001b]8;;x:pwn\u0007PWN\u001b]8;;\u0007.md',
  '\u001b]52;c;UFdO\u0007.md',
  '\u001b[2J\u001b[31mPWN.md',
  '\u009b31mPWN.md',
  'PWN\rOK.md',
  'PWN\n# PWN\n',
  'PWN\u0007\u0008.md',
  'PWN\u202egnp.md',
  'PWN\u2066\u200b.md',
  '<b onclick=PWN>PWN.md',
  '[PWN](javascript:PWN).md',
  '![PWN](x).md',
  '`PWN` **PWN**.md',
  '```PWN.md',
  'www.pwn.example',
  '__PWN__.md',
  '--force',
  '__proto__',
  'constructor',
]

export const secretInEnvironment = 'SECRET-of-the-environment'

export function makeWorld(): World {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'cowrite-hostile-'))
  const [root, outside] = [join(folder, 'a book, été'), join(folder, 'outside')]
  const [secret, kept] = ['SECRET-of-the-neighbour', 'SECRET-that-is-protected']
  const put = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  const inside = (path: string, content: string) => put(`a book, été/${path}`, content)
  for (const name of ['secret.md', 'plan.md', 'inner/secret.md', 'SECRET-name.md'])
    put(`outside/${name}`, secret)
  put('secret.md', secret)
  put('outside/acts/plan.md', secret)
  inside('notes.txt', 'remember the lamp\n')
  inside('acts/act-1/plan.md', 'The plan.\n\nThey meet at the lamp.\n')
  inside('context/alexa.json', '{}\n')
  inside('.gitignore', '*.log\n')
  inside('.git/config', kept)
  inside('.git/HEAD', kept)
  inside('acts/.git/HEAD', kept)
  inside('sub/workspace/config.json', `{ "cowrite": 1, "note": "${kept}" }`)
  inside('sub/workspace/sessions/other/session.json', kept)
  for (const name of actingNames) inside(`names/${name}`, `${name} lamp\n`)
  inside('acting.md', `${actingNames.join('\n')}\nlamp\n`)
  makeLinks(root, outside)
  const missing = makeSpecialFiles(root)
  const protectedFolders = ['.git', 'acts/.git', 'sub/workspace']
  return {
    folder,
    root,
    outside,
    missing,
    secrets: [secret, kept, 'SECRET-name', secretInEnvironment],
    canaries: () =>
      treeDigest([outside, join(folder, 'secret.md'), ...protectedFolders.map((path) => join(root, path))]),
    lower: () =>
      treeDigest(
        [root],
        ['workspace', ...protectedFolders].map((path) => join(root, path)),
      ),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export const links = {
  'out-file.md': '../outside/secret.md',
  'out-folder': '../outside',
  'out-up': '..',
  'dangling.md': '../outside/nothing.md',
  'dangling-inside.md': 'acts/nothing.md',
  loop: 'loop',
  'loop-a': 'loop-b',
  'loop-b': 'loop-a',
  'inside.md': 'acts/act-1/plan.md',
  'acts/middle': '../../outside',
  'proc-self': '/proc/self',
  'proc-root': '/proc/self/root',
  'proc-cwd': '/proc/self/cwd',
  'dev-zero': '/dev/zero',
  'dev-stdin': '/dev/stdin',
  'git-link': '.git',
  'state-link': 'workspace',
  'chain-1': 'chain-2',
  'chain-2': 'acts/middle/secret.md',
}

function makeLinks(root: string, outside: string): void {
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name))
  symlinkSync(join(outside, 'secret.md'), join(root, 'absolute.md'))
  linkSync(join(root, 'context/alexa.json'), join(root, 'hard.json'))
}

/** Returns what could not be made here. */
function makeSpecialFiles(root: string): string[] {
  // A socket's name stays when its owner is killed.
  const socket = `require('node:net').createServer().listen('socket', () => process.kill(process.pid, 'SIGKILL'))`
  const makers: Record<string, [command: string, ...words: string[]]> = {
    fifo: ['mkfifo', join(root, 'fifo')],
    socket: [process.execPath, '-e', socket],
    device: ['mknod', join(root, 'device'), 'c', '1', '5'],
  }
  for (const [command, ...words] of Object.values(makers))
    spawnSync(command, words, { cwd: root, stdio: 'ignore' })
  return Object.keys(makers).filter((name) => !existsSync(join(root, name)))
}

/** Names, kinds, modes, times and contents of everything in some folders. */
export function treeDigest(folders: readonly string[], without: readonly string[] = []): string {
  const hash = createHash('sha256')
  const visit = (path: string): void => {
    if (without.includes(path)) return
    const stat = lstatSync(path, { bigint: true })
    hash.update(`${path}\0${stat.mode}\0${stat.mtimeNs}\0${stat.ino}\0`)
    if (stat.isFile()) hash.update(readFileSync(path))
    if (stat.isSymbolicLink()) hash.update(readlinkSync(path))
    if (stat.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name))
  }
  for (const folder of folders) if (existsSync(folder)) visit(folder)
  return hash.digest('hex')
}

/** The files of a folder that hold one of some texts; such as go while they are looked at hold nothing. */
export function findText(folder: string, texts: readonly string[]): string[] {
  const found: string[] = []
  const visit = (path: string): void => {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat?.isDirectory())
      for (const name of unlessGone(() => readdirSync(path)) ?? []) visit(join(path, name))
    if (!stat?.isFile()) return
    const content = unlessGone(() => readFileSync(path, 'latin1')) ?? ''
    if (texts.some((text) => content.includes(text))) found.push(path)
  }
  visit(folder)
  return found
}

function unlessGone<Value>(look: () => Value): Value | null {
  try {
    return look()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
