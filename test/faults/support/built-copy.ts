/** The built product, copied: a build that runs meanwhile takes nothing away, and a copy can be damaged for a control. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
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
 * The library built anew with guards taken out: of each change, in that file, the first text is replaced by the second.
 * Throws where it is not there; a control that damages nothing proves nothing.
 */
export async function damagedCopy(
  name: string,
  changes: readonly { file: string; guard: string; instead: string }[],
): Promise<Built> {
  const built = copyOf(join(project, 'dist'), `faults-${process.pid}-${name}`)
  const { build } = await import('esbuild')
  const left = new Set(changes)
  await build({
    entryPoints: [join(project, 'lib/index.ts')],
    outfile: fileURLToPath(built.library),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    plugins: [
      {
        name: 'damage',
        setup: (building) =>
          building.onLoad({ filter: /\/lib\/.*\.ts$/ }, ({ path }) => {
            let contents = readFileSync(path, 'utf8')
            for (const change of changes) {
              if (!path.endsWith(change.file) || !contents.includes(change.guard)) continue
              contents = contents.replace(change.guard, () => change.instead)
              left.delete(change)
            }
            return { contents, loader: 'ts' }
          }),
      },
    ],
  })
  for (const { file, guard } of left) throw new Error(`${file} does not say: ${guard}`)
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
