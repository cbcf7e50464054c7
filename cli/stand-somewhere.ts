/** Standing in a folder that is gone by now. */
import { isAbsolute } from 'node:path'

/** Where it is gone and a workspace is named that can be found from anywhere, that is where one stands. */
export function standSomewhere(argv: readonly string[], env: NodeJS.ProcessEnv): void {
  const named = workspaceIn(argv) ?? env.COWRITE_WORKSPACE
  if (named === undefined || !isAbsolute(named) || isThere()) return
  try {
    process.chdir(named)
  } catch {
    // What is wrong with it is said by who opens it.
    process.chdir('/')
  }
}

function workspaceIn(argv: readonly string[]): string | undefined {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const at = own.findIndex((word) => word === '--workspace' || word.startsWith('--workspace='))
  if (at === -1) return undefined
  return own[at]?.includes('=') ? own[at]?.slice('--workspace='.length) : own[at + 1]
}

function isThere(): boolean {
  try {
    process.cwd()
    return true
  } catch {
    return false
  }
}
