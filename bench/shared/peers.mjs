/** The packages that cowrite is measured beside, and the programs of the machine: which of them are to be had. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../../scripts/freshness.mjs'
import { privateMounts } from './mounts.mjs'

const benchFolder = join(root, 'bench')
export const peerFolder = join(benchFolder, 'node_modules')
const { dependencies } = JSON.parse(readFileSync(join(benchFolder, 'package.json'), 'utf8'))

/** What a subject is called, and the package that it is. */
const packages = {
  'just-bash': 'just-bash',
  'agentfs-sdk': 'agentfs-sdk',
  'zen-fs': '@zenfs/core',
  'server-filesystem': '@modelcontextprotocol/server-filesystem',
}

/** Installs what is missing or of another version into bench/node_modules. Gives the reason where that cannot be. */
export function installPeers(tell) {
  if (Object.keys(dependencies).every((name) => installedVersion(name) === dependencies[name])) return null
  tell('Installing the packages to measure beside …')
  // No install scripts: what a package ships is what is measured.
  const args = [
    'install',
    '--ignore-scripts',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const { error, status, stderr } = spawnSync('npm', args, {
    cwd: benchFolder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (error) return error.message
  return status === 0 ? null : `npm install ended with ${status}: ${stderr.trim().split('\n')[0]}`
}

/** @returns {string | null} */
function installedVersion(name) {
  const file = join(peerFolder, name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : null
}

/** Imports a peer. Node finds it in bench/node_modules, the nearest on the way up from here. */
export function importPeer(subject) {
  return import(packages[subject])
}

/**
 * What can be measured here: for each capability null, or the reason why not.
 *
 * @param {string} folder on the disk that is measured
 * @param {string | null} installFailure
 * @returns {Record<string, string | null>}
 */
export function capabilities(folder, installFailure) {
  const peers = Object.entries(packages).map(([subject, name]) => {
    if (installedVersion(name) !== null) return [subject, null]
    return [subject, `${name} is not installed${installFailure ? `: ${installFailure}` : ''}`]
  })
  return {
    ...Object.fromEntries(peers),
    git: answers('git', ['--version']),
    cp: answers('cp', ['--version']),
    strace: answers('strace', ['--version']),
    overlayfs: triedApart('overlay', folder, `mountOverlay(folder, folder + '/overlay')`),
    reflinks: triedApart('reflinks', folder, `mountReflinkDisk(folder + '/reflinks', 1024 ** 3)`),
  }
}

/** The versions of what is measured, for the record. */
export function peerVersions() {
  const own = Object.entries(packages).map(([subject, name]) => [subject, installedVersion(name)])
  const git = spawnSync('git', ['--version'], { encoding: 'utf8' }).stdout?.match(/[\d.]+\d/)?.[0]
  return Object.fromEntries([...own, ['git', git ?? null]].filter(([, version]) => version !== null))
}

function answers(program, args) {
  const { error, status } = spawnSync(program, args, { stdio: 'ignore' })
  if (error) return `there is no ${program}`
  return status === 0 ? null : `${program} does not answer`
}

/** Mounts in a process that ends at once, and takes its mounts with it. */
function triedApart(name, folder, call) {
  const own = join(folder, `try-${name}`)
  mkdirSync(own, { recursive: true })
  const module = pathToFileURL(join(benchFolder, 'shared', 'mounts.mjs')).href
  const source = `import { mountOverlay, mountReflinkDisk } from ${JSON.stringify(module)}
    import { mkdirSync } from 'node:fs'
    const folder = ${JSON.stringify(own)}
    mkdirSync(folder + '/reflinks')
    ${call}`
  const [program, ...args] = [...privateMounts, process.execPath, '--input-type=module', '-e', source]
  const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (error) return `there is no ${program}`
  if (status === 0) return null
  const said = stderr.match(/Error: .*? ended with \d+: (.*)/)?.[1] ?? stderr.match(/Error: (.*)/)?.[1]
  return (said ?? 'it cannot be mounted').replaceAll(own, 'the folder')
}
