/** The MCP server on stdio: `cowrite mcp`, and an entry of its own. */
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Host } from './lifetime.js'
import { readArguments, type ServerOptions } from './options.js'
import type { Served } from './serve.js'
import { guardStdout } from './stdout-guard.js'

export type { Host } from './lifetime.js'
export type { ServerOptions } from './options.js'

/**
 * Serves MCP until the client is gone, then lets go of everything and ends the process.
 * Throws INVALID_INPUT, before anything is served, where the options say what is not to be had.
 */
export async function runServer(
  options: ServerOptions,
  host: Host = thisProcess(),
  load: () => Promise<Served> = loadLibrary,
): Promise<void> {
  // Before the rest is loaded, so that not even a module's first line can reach the client.
  const { write, release } = guardStdout(host.stdout, host.stderr)
  try {
    const [{ serve }, served] = await Promise.all([import('./serve.js'), load()])
    const status = await serve(options, host, write, served)
    host.exit(status)
  } finally {
    release()
  }
}

async function loadLibrary(): Promise<Served> {
  const [{ operations }, { findWorkspace, openWorkspace }] = await Promise.all([
    import('../lib/operations/index.js'),
    import('../lib/index.js'),
  ])
  return { operations, findWorkspace, openWorkspace }
}

export function thisProcess(): Host {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    workingFolder: workingFolder(),
    process,
    exit: (status) => process.exit(status),
  }
}

/** Where that is gone, a client may still say which folder is meant; who says nothing hears that it has to. */
function workingFolder(): string {
  try {
    return process.cwd()
  } catch {
    process.chdir('/')
    return '/'
  }
}

/** In a bundle this code may stand in another program's file: only a file of this name is an entry. */
function isEntry(): boolean {
  const started = process.argv[1]
  if (started === undefined || !/\/mcp-server\/main\.[jt]s$/.test(import.meta.url)) return false
  try {
    return realpathSync(started) === realpathSync(fileURLToPath(import.meta.url))
  } catch {
    return false // A program without a file is none of ours.
  }
}

if (isEntry()) {
  try {
    await runServer(readArguments(process.argv.slice(2)))
  } catch (error) {
    console.error(`cowrite: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
}
