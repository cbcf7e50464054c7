import picomatch from 'picomatch'
import { ancestorsOf, type WorkspacePath } from '../paths.js'
import type { SessionStore } from '../store/overlay.js'
import { globTest } from '../text/glob.js'
import { aliasesBy } from './aliases.js'
import type { Examined } from './examined.js'

/** What runs code on someone's machine, or steers an agent, when it lands in a folder (T8). */
const patterns: readonly (readonly [reason: string, ...globs: string[]])[] = [
  [
    'tells agents which servers to run',
    '**/.mcp.json',
    '**/.mcp/**',
    '**/.cursor/**',
    '**/.gemini/**',
    '**/.codex/**',
    '**/opencode.json*',
    '**/.opencode/**',
  ],
  [
    'steers or configures an agent',
    '**/.claude/**',
    '**/.claude-plugin/**',
    '**/CLAUDE.md',
    '**/CLAUDE.local.md',
    '**/AGENTS.md',
    '**/GEMINI.md',
    '**/SKILL.md',
    '**/.cursorrules',
    '**/.windsurfrules',
    '**/copilot-instructions.md',
  ],
  [
    'runs when the folder is opened in an editor',
    '**/.vscode/tasks.json',
    '**/.vscode/settings.json',
    '**/.vscode/launch.json',
    '**/*.code-workspace',
    '**/.devcontainer/**',
    '**/.devcontainer.json',
    '**/.idea/**',
  ],
  [
    'runs on other machines',
    '**/.github/workflows/**',
    '**/.github/actions/**',
    '**/.gitlab-ci.yml',
    '**/.circleci/**',
    '**/azure-pipelines.yml',
    '**/jenkinsfile',
  ],
  [
    'runs with git',
    '**/.husky/**',
    '**/hooks/{applypatch-msg,pre-applypatch,post-applypatch,pre-commit,pre-merge-commit,prepare-commit-msg,commit-msg,post-commit,pre-rebase,post-checkout,post-merge,pre-push,pre-receive,update,post-receive,post-update,pre-auto-gc,post-rewrite,push-to-checkout,fsmonitor-watchman}',
    '**/.git/config',
    '**/.gitattributes',
    '**/.gitmodules',
    '**/.pre-commit-config.yaml',
    '**/lefthook.yml',
  ],
  [
    'runs in the shell',
    '**/.envrc',
    '**/.env',
    '**/.bashrc',
    '**/.zshrc',
    '**/.profile',
    '**/.bash_profile',
    '**/.npmrc',
    '**/.yarnrc*',
  ],
  [
    'runs scripts on install or build',
    '**/package.json',
    '**/makefile',
    '**/setup.py',
    '**/build.rs',
    '**/.pnpmfile.cjs',
  ],
]

interface Rule {
  reason: string
  /** The folders that its globs speak of, such as `.github/workflows`, in lower case. */
  folders: string[]
  matches(path: string): boolean
}

let made: Rule[] | undefined

/** Made when they are first asked for: there are many, and few commands ask. */
function rules(): Rule[] {
  made ??= patterns.map(([reason, ...globs]) => ({
    reason,
    folders: [...new Set(globs.flatMap(foldersOf))],
    matches: picomatch(globs, { dot: true, nocase: true }),
  }))
  return made
}

/**
 * Whether any rule may match: each of their globs begins with a name at any depth. This tells nearly every path; to hold
 * it against all the globs takes twenty times as long.
 */
function mayMatch(path: string): boolean {
  beginnings ??= beginningsOf(patterns.flatMap(([, ...globs]) => globs))
  const { names, others } = beginnings
  return path
    .toLowerCase()
    .split('/')
    .some((name) => names.has(name) || others.some((other) => other.test(name)))
}

let beginnings: { names: Set<string>; others: RegExp[] } | undefined

function beginningsOf(globs: readonly string[]): NonNullable<typeof beginnings> {
  const all = new Set(
    globs.map((glob) =>
      glob
        .replace(/^\*\*\//, '')
        .replace(/\/.*/, '')
        .toLowerCase(),
    ),
  )
  const others = [...all].filter((name) => name.includes('*'))
  return {
    names: all,
    others: others.map((name) => new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 's')),
  }
}

function foldersOf(glob: string): WorkspacePath[] {
  return ancestorsOf(glob.replace(/^\*\*\//, '').toLowerCase())
}

/** The paths among these changes that a person should look at before they land, by any name that they can be reached by. */
export function sensitivePaths(
  store: SessionStore,
  changes: readonly Examined[],
  further: readonly string[],
): { path: string; reason: string }[] {
  const isFurther = globTest(further, 'the config', { ignoreCase: true })
  const reasonFor = (path: string): string | null =>
    (mayMatch(path) ? rules().find((rule) => rule.matches(path))?.reason : undefined) ??
    (isFurther(path) ? 'named as sensitive in the config' : null)
  const folders = new Set(rules().flatMap((rule) => rule.folders.flatMap((folder) => folder.split('/'))))
  const aliasesOf = aliasesBy(store, changes, folders)
  const reasonBehindLinks = (path: string): string | null => {
    for (const alias of aliasesOf(path)) {
      const reason = reasonFor(alias)
      if (reason !== null) return `${reason}, as ${alias}`
    }
    return null
  }
  const found: { path: string; reason: string }[] = []
  for (const { path, kind, becomesExecutable } of changes) {
    if (kind === 'folder') continue
    const reason =
      reasonFor(path) ??
      (kind === 'symlink' ? reasonForFolder(path) : null) ??
      reasonBehindLinks(path) ??
      (becomesExecutable ? 'becomes executable' : null)
    if (reason !== null) found.push({ path, reason })
  }
  return found
}

/** A link in the place of such a folder makes of whatever it leads to what would be pointed out there. */
function reasonForFolder(path: WorkspacePath): string | null {
  const name = `/${path.toLowerCase()}`
  return rules().find(({ folders }) => folders.some((folder) => name.endsWith(`/${folder}`)))?.reason ?? null
}
