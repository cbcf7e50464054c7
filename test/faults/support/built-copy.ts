/** The built product, copied: a build that runs meanwhile takes nothing away, and a copy can be damaged for a control. */
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export interface Built {
  /** The URL of the library. */
  library: string
  /** The path of the command. */
  command: string
}

const project = fileURLToPath(new URL('../../..', import.meta.url))

let copied: Built | undefined

/** dist/ as it is now. Inside node_modules, so that what it depends on is found from there; it goes with this process. */
export function builtCopy(): Built {
  copied ??= copyOf(join(project, 'dist'))
  return copied
}

function copyOf(dist: string): Built {
  if (!existsSync(join(dist, 'lib', 'index.js')))
    throw new Error('Nothing is built: `npm run build` does it.')
  const folder = join(project, 'node_modules/.cache/cowrite-tests', `faults-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  cpSync(dist, join(folder, 'dist'), { recursive: true, filter: (name) => !/\.(map|d\.ts)$/.test(name) })
  cpSync(join(project, 'package.json'), join(folder, 'package.json'))
  return {
    library: pathToFileURL(join(folder, 'dist/lib/index.js')).href,
    command: join(folder, 'dist/cli/main.js'),
  }
}
