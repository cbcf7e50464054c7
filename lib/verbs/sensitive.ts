import picomatch from 'picomatch'
import { globTest } from '../text/glob.js'
import type { Examined } from './examine.js'

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
  matches(path: string): boolean
}

let made: Rule[] | undefined

/** Made when they are first asked for: there are many, and few commands ask. */
function rules(): Rule[] {
  made ??= patterns.map(([reason, ...globs]) => ({
    reason,
    matches: picomatch(globs, { dot: true, nocase: true }),
  }))
  return made
}

/** The paths among these changes that a person should look at before they land. */
export function sensitivePaths(
  changes: readonly Examined[],
  further: readonly string[],
): { path: string; reason: string }[] {
  const isFurther = globTest(further, 'the config', { ignoreCase: true })
  const found: { path: string; reason: string }[] = []
  for (const { path, kind, becomesExecutable } of changes) {
    if (kind === 'folder') continue
    const reason =
      rules().find((rule) => rule.matches(path))?.reason ??
      (isFurther(path) ? 'named as sensitive in the config' : becomesExecutable ? 'becomes executable' : null)
    if (reason !== null) found.push({ path, reason })
  }
  return found
}
