/** What is bundled into dist/, and how. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './freshness.mjs'

/**
 * What a user's node_modules must provide at run time. All else is bundled: loading a package file by file costs
 * more than all that a command does (zod 50 ms, fs-extra 20, the MCP SDK 130; bundled 12, 5 and 40).
 */
const external = ['chokidar']

/** What few commands need is not read for all: each of these is a script of its own. */
const seldom = ['@clack/prompts', 'proper-lockfile', 're2js']
const seldomRooms = ['clients', 'live', 'mcp-client']

/**
 * Bundles all programs.
 *
 * @param {string} outdir an absolute path
 * @param {(options: import('esbuild').BuildOptions) => import('esbuild').BuildOptions} adapt
 *   what to do otherwise than for dist/
 * @returns {Promise<Pick<import('esbuild').Metafile, 'outputs'>>} what ended up where
 */
export async function bundle(outdir, adapt = (options) => options) {
  const { build } = await import('esbuild')
  const common = {
    ...{ absWorkingDir: root, outdir, outbase: '.', bundle: true, platform: 'node', target: 'node20' },
    ...{ sourcemap: 'linked', legalComments: 'none', metafile: true, logLevel: 'warning' },
  }
  const runs = [modules, program, command, quick, hook].map((options) => adapt({ ...common, ...options }))
  const made = await Promise.all(runs.map((options) => build(options)))
  if (runs.every(({ write }) => write !== false)) {
    for (const folder of ['cli', 'hooks', 'bridges'])
      writeFileSync(join(outdir, folder, 'package.json'), '{ "type": "commonjs" }\n')
  }
  return { outputs: Object.assign({}, ...made.map(({ metafile }) => metafile.outputs)) }
}

/** The library and the MCP server share what they have in common. */
export const modules = {
  entryPoints: ['lib/index.ts', 'mcp-server/main.ts'],
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  format: 'esm',
  external,
  // Bundled CommonJS packages call require for Node's own modules.
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module'\nconst require = createRequireForBundle(import.meta.url)",
  },
}

/** What starts the command line and the hooks, and finds them compiled. */
const program = {
  entryPoints: ['cli/main.ts', 'cli/compiled.ts', 'hooks/main.ts', 'bridges/main.ts'],
  format: 'cjs',
  external: ['../mcp-server/main.js'],
}

/** What a script begins with that is compiled beforehand: it waits with Node's own modules, too, of which many are never used. */
const banner = { js: `"use strict";require=(${whenUsed})(require);` }

/** The command line itself, as one script: of modules, Node 20 cannot keep what was compiled. */
const command = {
  banner,
  entryPoints: [
    { in: 'cli/command.ts', out: 'cli/command' },
    ...seldom.map((name) => ({ in: name, out: `cli/${scriptOf(name)}` })),
    ...seldomRooms.map((name) => ({ in: `${name}/index.ts`, out: `cli/${scriptOf(name)}` })),
  ],
  // Its other form looks its own files up while it runs, and does not find them in a bundle.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  format: 'cjs',
  minify: true,
  external,
  // A script that was compiled beforehand can require, and cannot import.
  supported: { 'dynamic-import': false },
  plugins: [{ name: 'what few commands need', setup: keepApart('.') }],
}

/** The commands that are called most, which check nothing by a schema unless there is a config to check. */
const quick = {
  banner,
  entryPoints: ['cli/quick.ts', { in: 'zod', out: `cli/${scriptOf('zod')}` }],
  format: 'cjs',
  minify: true,
  external,
  supported: { 'dynamic-import': false },
  plugins: [
    { name: 'what few commands need', setup: keepApart('.') },
    { name: 'zod when it is used', setup: zodWhenUsed('.') },
  ],
}

/** What the hooks do where there is anything to do. */
const hook = {
  banner,
  entryPoints: ['hooks/work.ts'],
  format: 'cjs',
  minify: true,
  external,
  supported: { 'dynamic-import': false },
  plugins: [{ name: 'what few commands need', setup: keepApart('../cli') }],
}

function scriptOf(name) {
  return `seldom/${name.replace('@', '').replace('/', '-')}`
}

/** `require`, by which a module of Node's own is loaded when something of it is first asked for. It stands in the script as its source. */
function whenUsed(require) {
  // They are loaded by then, or in a moment.
  const atHand = /^node:(fs|path|os|events|util|url|buffer|process|module|timers)$/
  return (id) => {
    if (!id.startsWith('node:') || atHand.test(id)) return require(id)
    let loaded
    const load = () => {
      loaded ??= require(id)
      return loaded
    }
    return new Proxy(
      {},
      {
        get: (_, name) => load()[name],
        has: (_, name) => name in load(),
        ownKeys: () => Reflect.ownKeys(load()),
        getOwnPropertyDescriptor: (_, name) => {
          const found = Reflect.getOwnPropertyDescriptor(load(), name)
          return found && { ...found, configurable: true }
        },
      },
    )
  }
}

/** `folder` is where the command line lies, from what is bundled. */
function keepApart(folder) {
  return ({ onResolve, onLoad }) => {
    const apart = (name) => ({ path: `${folder}/${scriptOf(name)}.js`, external: true })
    onResolve({ filter: /^[@a-z]/ }, ({ path, kind }) =>
      kind === 'dynamic-import' && seldom.includes(path) ? apart(path) : undefined,
    )
    onResolve({ filter: /^\.\.\/.*\/index\.js$/ }, ({ path, kind }) => {
      const name = seldomRooms.find((room) => path.endsWith(`/../${room}/index.js`))
      return kind === 'dynamic-import' && name !== undefined ? apart(name) : undefined
    })
    // For subcommands that are programs of their own, of which there are none; loading the means takes 5 ms.
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /node_modules[\\/]commander[\\/]/.test(importer) ? { path: 'none', namespace: 'none' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = {}', loader: 'js' }))
  }
}

/** zod is a script of its own, which is read when one of its functions is first called. */
function zodWhenUsed(folder) {
  return ({ onResolve, onLoad }) => {
    onResolve({ filter: /^zod$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: 'zod', namespace: 'when used' },
    )
    onLoad({ filter: /^zod$/, namespace: 'when used' }, async () => ({
      contents: [
        `const zod = () => require('${folder}/${scriptOf('zod')}.js')`,
        // What nobody uses falls out of the bundle. Of classes there are none: whoever uses one hears of it from esbuild.
        ...Object.entries(await import('zod'))
          .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name) && name !== 'default')
          .map(
            ([name]) =>
              `const _${name} = (...given) => zod().${name}(...given); export { _${name} as ${name} }`,
          ),
      ].join('\n'),
      loader: 'js',
    }))
    onResolve({ filter: /zod\.js$/, namespace: 'when used' }, ({ path }) => ({ path, external: true }))
  }
}
