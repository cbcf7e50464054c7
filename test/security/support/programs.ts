/** The library, the server and the command as they are built; and built with their guards taken out, for controls. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plugin } from 'esbuild'
import { bundle } from '../../../scripts/bundle.mjs'

export interface Programs {
  folder: string
  remove(): void
}

const project = resolve(import.meta.dirname, '../../..')

/** Inside node_modules, so that what they depend on is found from there; they go with this process at the latest. */
export async function buildPrograms(plugin?: Plugin): Promise<Programs> {
  const name = `security-${process.pid}${plugin ? `-${plugin.name}` : ''}`
  const folder = join(project, 'node_modules/.cache/cowrite-tests', name)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  mkdirSync(folder, { recursive: true })
  await bundle(folder, ({ entryPoints = [], plugins = [], ...options }) => ({
    ...options,
    // The library's bundle shares what it has with this one.
    entryPoints: options.splitting ? [...(entryPoints as string[]), 'lib/operations/index.ts'] : entryPoints,
    plugins: plugin ? [...plugins, plugin] : plugins,
    sourcemap: false,
  }))
  return { folder, remove }
}

/** What is cut out of the sources, by file: each must be there. */
const guards: Record<string, [guard: string | RegExp, instead: string][]> = {
  'lib/paths.ts': [
    [/if \(segments\.length === 0\) \{\s+throw .*?\n\s+\}\s+segments\.pop\(\)/s, "segments.push('..')"],
  ],
  'lib/text/escape.ts': [
    [/(function forTerminal.*?\{\n).*?\n\}/s, '$1  return text\n}'],
    [/(function linesForTerminal.*?\{\n).*?\n\}/s, '$1  return text\n}'],
    [/(function forMarkdown.*?\{\n).*?\n\}/s, '$1  return text\n}'],
    [/(function codeSpan.*?\{\n).*?\n\}/s, '$1  return content\n}'],
    [/\.replace\(acting\(\), \(characters\) =>.*?\n {2}\)/s, ''],
  ],
}

/** Paths may lead out, the port follows, and nothing is escaped. */
export const withoutGuards: Plugin = {
  name: 'without-guards',
  setup({ onLoad }) {
    for (const [path, cuts] of Object.entries(guards))
      onLoad({ filter: new RegExp(`/${path.replaceAll('.', '\\.')}$`) }, ({ path: file }) => {
        let contents = readFileSync(file, 'utf8')
        for (const [guard, instead] of cuts) {
          const without = contents.replace(guard, instead)
          if (without === contents) throw new Error(`${path} has no such guard any more: ${guard}`)
          contents = without
        }
        return { contents, loader: 'ts' }
      })
    onLoad({ filter: /\/lib\/port\/anchor-proc\.ts$/ }, () => ({
      contents: `export { followingAnchor as procAnchor } from './following-anchor.js'
        export const isProcThere = () => true`,
      loader: 'ts',
      resolveDir: import.meta.dirname,
    }))
  },
}
