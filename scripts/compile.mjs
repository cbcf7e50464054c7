/**
 * Runs a few commands from dist/cli/command.js, and leaves beside it what V8 compiled for them.
 *
 *   node scripts/compile.mjs FOLDER      dist/cli, as an absolute path
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'

const [folder] = process.argv.slice(2)
const { commandScript, compiledFile, run } = createRequire(join(folder, 'main.js'))('./compiled.js')
const file = join(folder, 'command.js')
const script = commandScript(file)
const { runCommandLine, rooms } = run(script, file)

const commands = [
  ['session', 'start', 'draft'],
  ['session', 'status'],
]

const workspace = mkdtempSync(join(tmpdir(), 'cowrite-compile-'))
try {
  writeFileSync(join(workspace, 'chapter.md'), 'Another line.\n')
  for (const command of commands) await runHere(command)
  writeFileSync(compiledFile(folder), script.createCachedData())
} finally {
  rmSync(workspace, { recursive: true, force: true })
}

async function runHere(command) {
  let said = ''
  const output = () =>
    new Writable({
      write(chunk, _encoding, done) {
        said += chunk
        done()
      },
    })
  const status = await runCommandLine(command, {
    stdin: process.stdin,
    stdout: output(),
    stderr: output(),
    env: {},
    cwd: workspace,
    version: '',
    rooms,
    onInterrupt: () => ({ stop() {} }),
  })
  if (status !== 0) throw new Error(`cowrite ${command.join(' ')}: ${said}`)
}
