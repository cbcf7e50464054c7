/**
 * Runs a few commands from dist/cli/command.js and answers a hook from dist/hooks/work.js, and leaves beside each what
 * V8 compiled for them.
 *
 *   node scripts/compile.mjs FOLDER      dist, as an absolute path
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'

const [dist] = process.argv.slice(2)
const folder = join(dist, 'cli')
const { commandScript, compiledFile, run } = createRequire(join(folder, 'main.js'))('./compiled.js')
const file = join(folder, 'command.js')
const script = commandScript(file)
const { runCommandLine, rooms } = run(script, file)

const commands = [
  ['session', 'start', 'draft'],
  ['session', 'status'],
]

const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-compile-')))
try {
  writeFileSync(join(workspace, 'chapter.md'), 'Another line.\n')
  for (const command of commands) await runHere(command)
  // A machine that lets nobody make a view says so only when most of the way is behind it.
  await runHere(['run', '--', 'true'], { env: { PATH: process.env.PATH }, mayFail: true })
  writeFileSync(compiledFile(folder), script.createCachedData())
  await compileHooks(join(dist, 'hooks'))
} finally {
  rmSync(workspace, { recursive: true, force: true })
}

async function compileHooks(hooks) {
  const work = join(hooks, 'work.js')
  const script = commandScript(work)
  const { answer } = run(script, work)
  const event = { session_id: 'compile', cwd: workspace, hook_event_name: 'PreToolUse' }
  const file_path = join(workspace, 'chapter.md')
  const world = { root: workspace, env: {}, program: ['cowrite'], platform: process.platform, client: null }
  for (const tool_name of ['Read', 'Edit'])
    await answer({ ...event, tool_name, tool_input: { file_path } }, world)
  writeFileSync(compiledFile(hooks, 'work'), script.createCachedData())
}

async function runHere(command, { env = {}, mayFail = false } = {}) {
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
    env,
    cwd: workspace,
    version: '',
    program: join(folder, 'main.js'),
    rooms,
    onInterrupt: () => ({ stop() {} }),
    passSignals: () => ({ stop() {} }),
  })
  if (status !== 0 && !mayFail) throw new Error(`cowrite ${command.join(' ')}: ${said}`)
}
