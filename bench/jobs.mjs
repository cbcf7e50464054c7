/** Work in child processes, so that no measurement inherits the heap, the caches or the mounts of another. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../scripts/freshness.mjs'
import { privateMounts } from './shared/mounts.mjs'

let count = 0
/** @type {import('node:child_process').ChildProcess | null} */
let present = null

/** Ends the job that is running; whoever waits for it hears that it failed. */
export function interrupt() {
  present?.kill()
}

/**
 * Calls an exported function of a module of bench/ in a new process.
 *
 * @param {string} runFolder where the job and its answer are kept
 * @param {{ module: string, call: string, argument: object, mounts?: boolean }} job
 * @returns {Promise<any>} what the function gave, by way of JSON. Throws where the process fails.
 */
export async function inChild(runFolder, { module, call, argument, mounts = false }) {
  const folder = join(runFolder, 'jobs')
  mkdirSync(folder, { recursive: true })
  const name = String(++count).padStart(4, '0')
  const [jobFile, answerFile] = [join(folder, `${name}.json`), join(folder, `${name}.answer.json`)]
  writeFileSync(jobFile, JSON.stringify({ module, call, argument }))

  const node = [process.execPath, join(root, 'bench', 'child.mjs'), jobFile, answerFile]
  const [program, ...args] = mounts ? [...privateMounts, ...node] : node
  present = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe'], env: cleanEnvironment() })
  await finished(present, `${module} ${call}`)
  return JSON.parse(readFileSync(answerFile, 'utf8'))
}

/** A session or a workspace that the shell has named is none of the bench's. */
function cleanEnvironment() {
  const { COWRITE_SESSION, COWRITE_WORKSPACE, CLAUDE_PROJECT_DIR, CLAUDE_CODE_SESSION_ID, ...rest } =
    process.env
  return rest
}

function finished(child, what) {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined)
      else reject(new Error(`${what} ended with ${signal ?? code}:\n${said.trim()}`))
    })
  })
}
