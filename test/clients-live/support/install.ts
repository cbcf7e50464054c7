/** Clients as npm has them, each in a folder of its own that is kept from run to run. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface Installed {
  /** What starts it, as an absolute path. */
  program: string
  version: string
}

const cache = process.env.COWRITE_CLIENTS ?? join(homedir(), '.cache', 'cowrite-clients')

/** Installs a version of a package; the reason where it cannot be had here. */
export function install(name: string, version: string, bin: string): Installed | { missing: string } {
  const folder = join(cache, `${name.replace('@', '').replace('/', '-')}-${version}`)
  const program = join(folder, 'node_modules', '.bin', bin)
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const words = [
      'install',
      `${name}@${version}`,
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]
    const { status, stderr, error } = spawnSync('npm', words, {
      cwd: folder,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
    if (status !== 0)
      return {
        missing: error?.message ?? /npm error (?!code )(.+)/.exec(stderr)?.[1] ?? `npm ended with ${status}`,
      }
  }
  if (!existsSync(program)) return { missing: `${name} ${version} has no program ${bin}` }
  return { program, version: versionOf(folder, name) }
}

function versionOf(folder: string, name: string): string {
  const text = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
