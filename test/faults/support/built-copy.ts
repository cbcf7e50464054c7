/** The built product, copied: a build that runs meanwhile takes nothing away, and a copy can be damaged for a control. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
  copied ??= copyOf(join(project, 'dist'), `faults-${process.pid}`)
  return copied
}

/**
 * A copy whose library has guards taken out: of each pair, the first text is replaced by the second. Throws where it
 * is not there just once; a control that damages nothing proves nothing.
 */
export function damagedCopy(name: string, changes: readonly [guard: RegExp, instead: string][]): Built {
  const built = copyOf(join(project, 'dist'), `faults-${process.pid}-${name}`)
  const path = fileURLToPath(built.library)
  let text = readFileSync(path, 'utf8')
  for (const [guard, instead] of changes) {
    const parts = text.split(guard)
    if (parts.length !== 2) throw new Error(`${guard} is in the library ${parts.length - 1} times.`)
    text = parts.join(instead)
  }
  writeFileSync(path, text)
  return built
}

function copyOf(dist: string, name: string): Built {
  if (!existsSync(join(dist, 'lib', 'index.js')))
    throw new Error('Nothing is built: `npm run build` does it.')
  const folder = join(project, 'node_modules/.cache/cowrite-tests', name)
  mkdirSync(folder, { recursive: true })
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  cpSync(dist, join(folder, 'dist'), { recursive: true, filter: (name) => !/\.(map|d\.ts)$/.test(name) })
  cpSync(join(project, 'package.json'), join(folder, 'package.json'))
  return {
    library: pathToFileURL(join(folder, 'dist/lib/index.js')).href,
    command: join(folder, 'dist/cli/main.js'),
  }
}
