/** All that can be checked without running a test. Goes through to the end, then fails if anything did. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './freshness.mjs'

const checks = [
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'generated docs', command: ['node', join('scripts', 'generate-docs.mjs'), '--check'] },
  { name: 'package (publint)', command: ['publint', '--strict'] },
  { name: 'package types (attw)', command: ['attw', '--pack', '.', '--profile', 'esm-only'] },
  { name: 'package, installed', command: ['node', join('scripts', 'check-package.mjs')] },
]

const failed = checks.filter(({ name, command }) => !passes(name, command))
console.log(
  failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.map(({ name }) => name).join(', ')}.`,
)
process.exitCode = failed.length === 0 ? 0 : 1

function passes(name, [program, ...args]) {
  console.log(`\n── ${name}`)
  // npm run puts node_modules/.bin on the path; on Windows those are .cmd files, which only a shell can start.
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' }
  const { error, status } = spawnSync(program, args, options)
  if (error) console.error(error.message)
  return status === 0
}
