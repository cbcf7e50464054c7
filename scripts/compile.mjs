/**
 * Runs a few commands from dist/cli/command.js and dist/cli/quick.js and answers a hook from dist/hooks/work.js, and
 * leaves beside each what V8 compiled for them.
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

const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-compile-')))
try {
  writeFileSync(join(workspace, 'chapter.md'), 'Another line.\n')
  await compile(folder, 'command', runCommands)
  await compile(folder, 'quick', runQuickCommands)
  await compile(join(dist, 'hooks'), 'work', answerHooks)
} finally {
  rmSync(workspace, { recursive: true, force: true })
}

/** `use` has run by then what is to be there compiled. */
async function compile(where, name, use) {
  const file = join(where, `${name}.js`)
  const script = commandScript(file)
  await use(run(script, file))
  writeFileSync(compiledFile(where, name), script.createCachedData())
}

async function runCommands({ runCommandLine, rooms }) {
  const commands = [
    ['session', 'start', 'draft'],
    ['file', 'write', 'chapter.md', 'A line.'],
    ['session', 'diff'],
  ]
  for (const words of commands) await succeeds(words, (io) => runCommandLine(words, io), rooms)
}

async function runQuickCommands({ runQuickly, rooms }) {
  const commands = [
    { operation: 'get_active_session', raw: {}, globals: {} },
    { operation: 'list_sessions', raw: {}, globals: {} },
    { operation: 'read_session_file', raw: { file_path: 'chapter.md' }, globals: {} },
  ]
  for (const understood of commands) {
    const words = [understood.operation]
    await succeeds(words, (io) => runQuickly(understood, words, io), rooms)
  }
  // A machine that lets nobody make a view says so only when most of the way is behind it.
  const io = worldWith(rooms, () => {}, { PATH: process.env.PATH })
  await runQuickly({ program: 'true', args: [], globals: {} }, [], io)
}

async function answerHooks({ answer }) {
  const event = { session_id: 'compile', cwd: workspace, hook_event_name: 'PreToolUse' }
  const file_path = join(workspace, 'chapter.md')
  const world = { root: workspace, env: {}, program: ['cowrite'], platform: process.platform, client: null }
  for (const tool_name of ['Read', 'Edit'])
    await answer({ ...event, tool_name, tool_input: { file_path } }, world)
}

async function succeeds(words, carryOut, rooms) {
  let said = ''
  const hear = (text) => {
    said += text
  }
  const status = await carryOut(worldWith(rooms, hear))
  if (status !== 0) throw new Error(`cowrite ${words.join(' ')}: ${said}`)
}

function worldWith(rooms, hear, env = {}) {
  const output = () =>
    new Writable({
      write(chunk, _encoding, done) {
        hear(chunk)
        done()
      },
    })
  return {
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
  }
}
