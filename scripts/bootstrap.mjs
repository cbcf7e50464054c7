/**
 * Makes a clone ready to run: installs the dependencies and builds, each only where it is missing or old.
 * Needs nothing but Node and npm; two at once wait for each other.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildIsStale, installIsStale, root } from './freshness.mjs'

const lockFile = join(root, '.bootstrap.lock')
const patience = 10 * 60_000

requireNode(20, 19)
if (installIsStale() || buildIsStale()) {
  await withLock(() => {
    // Asked again: whoever held the lock may have done it.
    if (installIsStale()) install()
    if (buildIsStale()) build()
  })
}

function requireNode(major, minor) {
  const [currentMajor, currentMinor] = process.versions.node.split('.').map(Number)
  if (currentMajor > major || (currentMajor === major && currentMinor >= minor)) return
  stop(`cowrite needs Node ${major}.${minor} or newer; this is ${process.version}.`)
}

function install() {
  console.error('Installing dependencies …')
  // No package of ours needs an install script, and without them `prepare` does not build what is built below.
  const options = ['--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  // npm is a .cmd file on Windows, which only a shell can start.
  run('npm', ['ci', ...options], { shell: process.platform === 'win32' })
}

function build() {
  console.error('Building …')
  run(process.execPath, [join(root, 'scripts', 'build.mjs')])
}

/** Quiet unless it fails, and then on stderr: stdout belongs to the command that comes after. */
function run(command, args, options) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], ...options })
  if (result.error) fail(`${command} could not be started: ${result.error.message}`)
  if (result.status !== 0) fail(`${command} ${args.join(' ')} ended with ${result.status ?? result.signal}.`)
}

async function withLock(work) {
  const deadline = Date.now() + patience
  let told = false
  while (!acquire()) {
    if (!told) console.error('Waiting for another bootstrap …')
    told = true
    if (Date.now() > deadline)
      stop(`Another bootstrap has been running for too long; if none is, delete ${lockFile}.`)
    await sleep(200)
  }
  process.on('exit', release)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))
  work()
}

function acquire() {
  try {
    writeFileSync(lockFile, `${process.pid}`, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const holder = readHolder()
  if (holder !== null && !isAlive(holder)) setAside(holder)
  return false
}

/** The process that holds the lock; null where it is gone by now, or has not written its id yet. */
function readHolder(file = lockFile) {
  try {
    return Number(readFileSync(file, 'utf8')) || null
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

/** Removes a dead holder's lock. Another may have done so, and taken the lock: then it is given back. */
function setAside(holder) {
  const aside = `${lockFile}.${process.pid}`
  try {
    renameSync(lockFile, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  if (readHolder(aside) === holder) rmSync(aside)
  else renameSync(aside, lockFile)
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function release() {
  if (readHolder() === process.pid) rmSync(lockFile, { force: true })
}

function fail(sentence) {
  stop(`${sentence} The project is not ready to run.`)
}

function stop(sentence) {
  console.error(sentence)
  process.exit(1)
}
