/** What git tells of a workspace: asked so that nothing of the repository's own is run, and nothing is written. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { environmentForGit, programFolder } from '../port/host.js'

export interface GitCommit {
  hash: string
  /** The first line. */
  message: string
  /** ISO 8601. */
  timestamp: string
}

export interface GitState {
  /** Null where no branch is checked out. */
  branch: string | null
  /** Paths that differ from the last commit, as `git status` has them: `M acts/plan.md`. */
  changed: string[]
}

type Settings = readonly (readonly [name: string, value: string])[]

const careful: Settings = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.untrackedCache', 'false'],
  ['log.showSignature', 'false'],
  ['status.submoduleSummary', 'false'],
]
/** In milliseconds: what git tells is an addition, and nobody waits for it. */
const patience = 10_000

/** Null where there is no git, or no repository that it can read. */
async function git(root: string, words: readonly string[], settings: Settings = []): Promise<string | null> {
  if (!mayBeRepository(root)) return null
  try {
    const { stdout } = await promisify(execFile)('git', ['--no-pager', '-C', root, ...words], {
      cwd: programFolder(),
      env: { ...environmentForGit(), ...asEnvironment([...careful, ...settings]) },
      timeout: patience,
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  } catch {
    // No git on this machine, no repository, none that may be read, no commit yet: git has nothing to tell.
    return null
  }
}

/** Where git would find one: to start it only to hear that there is none takes longer. */
function mayBeRepository(folder: string): boolean {
  return existsSync(join(folder, '.git')) || (dirname(folder) !== folder && mayBeRepository(dirname(folder)))
}

/** Not as options: in those, a name may not hold every sign that a repository may put into one. */
function asEnvironment(settings: Settings): Record<string, string> {
  const pairs = settings.flatMap(([name, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, name],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ])
  return Object.fromEntries([['GIT_CONFIG_COUNT', String(settings.length)], ...pairs])
}

const endOfField = '\x1f'
const endOfCommit = '\x1e'

/** The commits on the workspace's paths between two moments, newest first; null where git has nothing to tell. */
export async function commitsBetween(
  root: string,
  from: string,
  to: string,
  most: number,
): Promise<GitCommit[] | null> {
  const text = await git(root, [
    ...['log', '--no-show-signature', `--max-count=${most}`],
    ...[`--since=${from}`, `--until=${to}`, '--format=%H%x1f%ct%x1f%s%x1e', 'HEAD', '--', '.'],
  ])
  if (text === null) return null
  return text.split(endOfCommit).flatMap((entry) => {
    const [hash = '', seconds = '', message = ''] = entry.trim().split(endOfField)
    const time = new Date(Number(seconds) * 1_000)
    return hash === '' || Number.isNaN(time.getTime())
      ? []
      : [{ hash, message, timestamp: time.toISOString() }]
  })
}

/** Full names of what is below `prefix` in the repository at `folder`; none where git has nothing to tell. */
export async function referencesBelow(folder: string, prefix: string): Promise<string[]> {
  const text = await git(folder, ['for-each-ref', '--format=%(refname)', prefix])
  return (text ?? '').split('\n').filter((line) => line !== '')
}

export async function gitState(root: string): Promise<GitState | null> {
  const filters = await filtersOff(root)
  const words = [
    'status',
    '--porcelain=v1',
    '-z',
    '--branch',
    '--ignore-submodules=all',
    '--no-renames',
    '--',
    '.',
  ]
  const text = await git(root, words, filters)
  if (text === null) return null
  const [head = '', ...lines] = text.split('\0')
  const branch = /^## (?:No commits yet on )?(.+?)(?:\.\.\.\S+(?: \[.*\])?)?$/.exec(head)?.[1] ?? null
  return {
    branch: branch === null || branch.startsWith('HEAD (no branch)') ? null : branch,
    changed: lines.filter((line) => line !== '').map((line) => `${line.slice(0, 2).trim()} ${line.slice(3)}`),
  }
}

/** A filter is a program of the repository's choice, which git starts to compare a file. */
async function filtersOff(root: string): Promise<Settings> {
  const names = await git(root, ['config', '--null', '--name-only', '--get-regexp', '^filter\\.'])
  const found = new Set(
    (names ?? '').split('\0').flatMap((name) => /^(filter\..*)\.\w+$/s.exec(name)?.[1] ?? []),
  )
  return [...found].flatMap((name) => [
    [`${name}.clean`, ''] as const,
    [`${name}.process`, ''] as const,
    [`${name}.required`, 'false'] as const,
  ])
}
