/** What is bundled into dist/, and how. */
import { root } from './freshness.mjs'

/**
 * What a user's node_modules must provide at run time. All else is bundled: loading a package file by file costs
 * more than all that a command does (zod 50 ms, fs-extra 20, the MCP SDK 130; bundled 12, 5 and 40).
 */
const external = ['chokidar']

/**
 * The options of the one esbuild run.
 *
 * @param {string} outdir an absolute path
 * @returns {import('esbuild').BuildOptions & { metafile: true }}
 */
export function bundleOptions(outdir) {
  return {
    absWorkingDir: root,
    entryPoints: ['lib/index.ts', 'cli/main.ts', 'mcp-server/main.ts'],
    outdir,
    outbase: '.',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external,
    sourcemap: 'linked',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    // Bundled CommonJS packages call require for Node's own modules.
    banner: {
      js: "import { createRequire as createRequireForBundle } from 'node:module'\nconst require = createRequireForBundle(import.meta.url)",
    },
  }
}
