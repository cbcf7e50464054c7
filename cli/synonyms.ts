import type { Command } from 'commander'

/** What other programs call the commands of a group, for whoever types it from habit. */
const synonyms: Record<string, Record<string, string>> = {
  'cowrite file': {
    ...{ delete: 'rm', remove: 'rm', del: 'rm', unlink: 'rm' },
    ...{ move: 'mv', rename: 'mv', list: 'ls', dir: 'ls' },
    ...{ cat: 'read', show: 'read', get: 'read', create: 'write', put: 'write', add: 'write' },
    ...{ grep: 'search', find: 'search', replace: 'edit' },
  },
  'cowrite session': {
    ...{
      new: 'start',
      create: 'start',
      begin: 'start',
      open: 'start',
      fork: 'start',
      remove: 'delete',
      rm: 'delete',
    },
    ...{ ls: 'list', use: 'switch', checkout: 'switch', apply: 'commit', save: 'commit' },
    ...{
      abort: 'cancel',
      discard: 'cancel',
      drop: 'cancel',
      log: 'commits',
      history: 'commits',
      revert: 'undo',
    },
    ...{ grep: 'search', find: 'search', describe: 'show' },
  },
}

/** The command of that group that is meant by a word which it does not have. */
export function othersCall(group: string, word: string): string | undefined {
  const words = synonyms[group] ?? {}
  return Object.hasOwn(words, word) ? words[word] : undefined
}

/** By which other commands, ours and others', are told not to ask. */
const unasked = ['--yes', '-y', '--force', '-f']

/** What a command calls the option that is meant by another's name for it. */
export function othersOption(option: string, { options }: Command): string[] {
  if (!unasked.includes(option)) return []
  return options.flatMap(({ long }) => (long === '--yes' || long === '--force' ? [long] : [])).slice(0, 1)
}
