/** git, with nothing in the background and nothing from the user's own settings. */
import { mkdirSync } from 'node:fs'
import { run } from './folders.mjs'

const settings = [
  ...[
    '-c',
    'gc.auto=0',
    '-c',
    'maintenance.auto=false',
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@localhost',
  ],
  ...['-c', 'core.autocrlf=false', '-c', 'commit.gpgsign=false', '-c', 'init.defaultBranch=main'],
]

/** @param {string} folder @param {readonly string[]} args */
export function git(folder, args, environment = {}) {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', ...environment }
  return run('git', [...settings, ...args], { cwd: folder, env })
}

/** Makes `folder` a repository in which everything is committed and packed. */
export function makeRepository(folder) {
  mkdirSync(folder, { recursive: true })
  git(folder, ['init', '-q'])
  git(folder, ['add', '-A'])
  git(folder, ['commit', '-q', '-m', 'as it was'])
  git(folder, ['repack', '-adq'])
}
