/** The project's own definitions, as JavaScript: what the documents are made of. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { modules } from '../bundle.mjs'
import { root } from '../freshness.mjs'

const entry = `
  export { kindOfFailure, operations } from './lib/operations/index.ts'
  export { exitStatus } from './lib/errors.ts'
  export { configSchema } from './lib/store/config-schema.ts'
  export { grammarOf } from './cli/grammar.ts'
  export { buildProgram } from './cli/program.ts'
  export { examples } from './cli/tree.ts'
  export { clients } from './clients/catalogue.ts'
  export { toolMethods } from './mcp-server/tools.ts'
  export { toJSONSchema } from 'zod'
`

/** Bundles the TypeScript into a temporary file, and imports that. */
export async function loadDefinitions() {
  const folder = mkdtempSync(join(tmpdir(), 'cowrite-docs-'))
  try {
    const outfile = join(folder, 'definitions.mjs')
    const { entryPoints, chunkNames, splitting, ...options } = modules
    await build({
      ...options,
      stdin: { contents: entry, resolveDir: root, loader: 'ts' },
      // Loaded by a command, of which only the name is told here.
      external: [...options.external, '*/mcp-client/index.js'],
      ...{ outfile, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' },
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
