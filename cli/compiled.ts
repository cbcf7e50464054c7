/**
 * Loading `command.js`, and what else a person waits for, as V8 left it when it had compiled and run it: to compile it
 * anew takes longer than most commands do (50 of 160 ms of processor time on Node 20, where an empty program takes 66).
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'

/** The build leaves what its own Node compiled; a newer Node than 20 keeps what it compiles for a user itself. */
export function loadScript<Exports>(folder: string, name: string): Exports {
  const file = join(folder, `${name}.js`)
  const compiled = compiledFile(folder, name)
  if (existsSync(compiled)) return run<Exports>(commandScript(file, readFileSync(compiled)), file)
  const module = require('node:module') as typeof import('node:module')
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown }
  // Not in the system's temporary folder, where anybody could lay down what we then run.
  enableCompileCache?.(join(cacheFolder(), 'cowrite'))
  return module.createRequire(file)(file)
}

export function compiledFile(folder: string, name: string): string {
  return join(folder, `${name}.${process.version}-${process.arch}.compiled`)
}

/** V8 refuses what another version of it compiled, or what does not fit `file`, and compiles anew. */
export function commandScript(file: string, cachedData?: Buffer): Script {
  // The bundle is plain ASCII; to read it as anything more would take longer.
  const source = `${head}${readFileSync(file, 'latin1')}${tail}`
  return new Script(source, {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  })
}

const head = '(function (exports, require, module, __filename, __dirname) {'
const tail = '\n})'

/** What it requires beside Node's own modules it finds from here, which is a program that lies beside it. */
export function run<Exports>(script: Script, file: string): Exports {
  const loaded = { exports: {} as Exports }
  const wrapped = script.runInThisContext()
  wrapped(loaded.exports, require, loaded, file, dirname(file))
  return loaded.exports
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  return XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), '.cache')
}
