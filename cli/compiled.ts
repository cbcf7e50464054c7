/**
 * Loading `command.js` as V8 left it when it had compiled and run it: to compile it anew takes longer than most
 * commands do (50 of 160 ms of processor time on Node 20, where an empty program takes 66).
 */
import { existsSync, readFileSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'

export type Command = typeof import('./command.js')

/** The build leaves what its own Node compiled; a newer Node than 20 keeps what it compiles for a user itself. */
export function loadCommand(folder: string): Command {
  const file = join(folder, 'command.js')
  const compiled = compiledFile(folder)
  if (existsSync(compiled)) return run(commandScript(file, readFileSync(compiled)), file)
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown }
  // Not in the system's temporary folder, where anybody could lay down what we then run.
  enableCompileCache?.(join(cacheFolder(), 'cowrite'))
  return module.createRequire(file)(file)
}

export function compiledFile(folder: string): string {
  return join(folder, `command.${process.version}-${process.arch}.compiled`)
}

/** V8 refuses what another version of it compiled, or what does not fit `file`, and compiles anew. */
export function commandScript(file: string, cachedData?: Buffer): Script {
  // The bundle is plain ASCII; to read it as anything more would take longer.
  const source = readFileSync(file, 'latin1')
  return new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  })
}

export function run(script: Script, file: string): Command {
  const loaded = { exports: {} as Command }
  const wrapped = script.runInThisContext()
  wrapped(loaded.exports, module.createRequire(file), loaded, file, dirname(file))
  return loaded.exports
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  return XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), '.cache')
}
