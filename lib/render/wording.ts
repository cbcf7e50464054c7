/** Sentences and lists that several answers share. */
import { count, shortened } from '../text/words.js'
import { baseName, folded, section, shortNames } from './blocks.js'
import type { Inert } from './face.js'
import type { RetryResult } from './results.js'
import type { Argument } from './spell.js'

export const recoveredLine =
  '🔧 Recovered: its last process ended unexpectedly; everything was checked and is whole'

/** `   • scene-0101.md: 2 retries`, then each with its reason. */
export function retriesByFile(retries: readonly RetryResult[], inert: Inert): string[] {
  const nameOf = shortNames(retries.map((retry) => retry.file_path))
  const byFile = new Map<string, RetryResult[]>()
  for (const retry of retries) byFile.set(retry.file_path, [...(byFile.get(retry.file_path) ?? []), retry])
  return [...byFile].flatMap(([path, ofFile]) => [
    `   • ${inert(nameOf(path))}: ${ofFile.length} ${ofFile.length === 1 ? 'retry' : 'retries'}`,
    ...ofFile.map((retry) => `     - Retry ${retry.retry}: "${inert(retry.reason)}"`),
  ])
}

/** Changes that no commit takes. */
export function barredSection(items: readonly { path: string; reason: string }[] | undefined, inert: Inert) {
  const barred = items ?? []
  return section(`🚧 Barred (${barred.length}), no commit takes them:`, withReasons(barred, inert))
}

/** As an argument: a list too long to be read is left to be filled in. */
export function named(files: readonly string[]): Argument {
  return files.length > mostNamed ? { placeholder: 'files' } : files
}

const mostNamed = 20

/** `path: reason` for conflicts and sensitive paths. */
export function withReasons(items: readonly { path: string; reason: string }[], inert: Inert): string[] {
  return items.map(({ path, reason }) => `${inert(shortened(path))}: ${inert(reason)}`)
}

/** What has happened, and is not in its place yet. */
export function waitingInWords(
  waiting: { paths: readonly string[]; reason: string } | undefined,
  inert: Inert,
): string[] | null {
  if (waiting === undefined) return null
  return [
    `⏳ Not in place yet (${waiting.paths.length}):`,
    ...folded(waiting.paths.map(inert)).map((path) => `   • ${path}`),
    `   ${inert(waiting.reason)}. The next command that can write there puts them in place.`,
  ]
}

/** What was edited in the live files while a transaction ran, and where the other version went. */
export function overtakenInWords(
  items: readonly { path: string; saved_to: string }[],
  inert: Inert,
): string[] {
  return items.map(({ path, saved_to }) =>
    saved_to === ''
      ? `${inert(path)}: it was to go, and is still there`
      : `${inert(path)}: the other version is in ${inert(saved_to)}`,
  )
}

/**
 * The number that a scene's file name holds, if it is one: `0101` in `scene-0101.md`.
 */
export function sceneNumber(path: string): string | undefined {
  return /^scene-(\d+)\.\w+$/.exec(baseName(path))?.[1]
}

/**
 * `2 git commits made in this session (heads/main, stash@{0})`: no repository of the workspace has them. A branch or a
 * tag may name what was there already. Null where there are none.
 */
export function gitCommitsInWords(
  {
    git_commits: commits = 0,
    git_names: names = [],
  }: {
    git_commits?: number | null | undefined
    git_names?: readonly string[] | undefined
  },
  inert: Inert,
): string | null {
  if (commits === null) return 'the git commits made in this session, which cannot be counted'
  if (commits === 0 && names.length === 0) return null
  const made =
    commits === 0 ? `${count(names.length, 'reference')} of git` : `${count(commits, 'git commit')} made`
  const shown = names.slice(0, mostGitNames).map(inert)
  const more = names.length - shown.length
  const which = [...shown, ...(more === 0 ? [] : [`${more} more`])].join(', ')
  return `${made} in this session${which === '' ? '' : ` (${which})`}`
}

const mostGitNames = 6

export function scratchLine(files: number): string[] {
  return files === 0 ? [] : [`🧹 Scratch dropped: ${count(files, 'file')} in artifacts/`]
}
