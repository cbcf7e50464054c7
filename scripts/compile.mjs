/**
 * Runs a few commands from dist/cli/command.js and dist/cli/quick.js, answers a hook from dist/hooks/work.js, and leaves
 * beside each what V8 compiled for them.
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

const commands = [
  ['session', 'start', 'draft'],
  ['session', 'status'],
]

const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-compile-')))
try {
  writeFileSync(join(workspace, 'chapter.md'), 'Another line.\n')
  await compileCommands('command', commands)
  // A machine that lets nobody make a view says so only when most of the way is behind it.
  const options = { env: { PATH: process.env.PATH }, mayFail: true }
  await compileCommands('quick', [['run', '--', 'true']], options)
  await compileHooks(join(dist, 'hooks'))
} finally {
  rmSync(workspace, { recursive: true, force: true })
}

async function compileCommands(name, commands, options) {
  const file = join(folder, `${name}.js`)
  const script = commandScript(file)
  const loaded = run(script, file)
  for (const command of commands) await runHere(loaded, command, options)
  writeFileSync(compiledFile(folder, name), script.createCachedData())
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

async function runHere({ runCommandLine, rooms }, command, { env = {}, mayFail = false } = {}) {
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
