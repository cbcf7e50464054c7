import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle as makeBundle } from '../../scripts/bundle.mjs'
import { root } from './source-tree.js'

const folder = mkdtempSync(join(tmpdir(), 'cowrite-bundle-'))
let bundle: Pick<Metafile, 'outputs'>

beforeAll(async () => {
  bundle = await makeBundle(join(root, 'dist'), (options) => ({ ...options, write: false }))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the bundle', () => {
  it('loads neither the MCP SDK nor chokidar with the library', () => {
    expect(heavyParts(loadedAtStart('dist/lib/index.js'))).toEqual([])
  })

  it('has the MCP SDK in the server, so that the check above sees what it looks for', () => {
    expect(heavyParts(Object.values(bundle.outputs))).toContain('@modelcontextprotocol/sdk')
  })

  it('holds the messages of zod in one language', () => {
    const inputs = loadedAtStart('dist/cli/command.js').flatMap(({ inputs }) => Object.keys(inputs))
    const languages = inputs.filter((path) => /zod\/v4\/locales\/(?!en\.|index\.)/.test(path))
    expect(languages).toEqual([])
  })

  it('loads neither the parser nor the operations with run', () => {
    const inputs = inputsOf('cli/quick.ts')
    expect(inputs).toContain('lib/view/kernel-overlay.ts')
    const parts = inputs.filter((path) => /commander|^lib\/operations\/(list|tool)|^cli\/parse/.test(path))
    expect(parts).toEqual([])
  })

  it('loads neither the MCP SDK, chokidar nor the prompts with a command', () => {
    const sources = ['cli/main.ts', 'cli/compiled.ts', 'cli/command.ts', 'cli/quick.ts'].flatMap(inputsOf)
    expect(sources).toEqual(expect.arrayContaining(['cli/run.ts', 'lib/workspace.ts']))
    const heavy = sources.filter((source) => /@modelcontextprotocol|chokidar|@clack|sisteransi/.test(source))
    expect(heavy).toEqual([])
  })

  it('needs no package at run time that the package does not name', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const needed = Object.values(bundle.outputs).flatMap(({ imports }) =>
      imports.filter(({ external }) => external),
    )
    const packages = needed.map(({ path }) => path).filter((path) => !/^(node:|\.)/.test(path))
    const known = [...Object.keys(dependencies), ...builtinModules]
    expect(packages.filter((path) => !known.includes(packageOf(path)))).toEqual([])
  })
})

describe('the built package', () => {
  it('loads only its own files when it is imported', () => {
    const loaded = filesLoadedBy(
      `await import(${JSON.stringify(pathToFileURL(join(root, 'dist/lib/index.js')).href)})`,
    )
    expect(loaded.length).toBeGreaterThan(0)
    expect(loaded.filter((path) => !path.startsWith('dist/'))).toEqual([])
  })

  it.each([
    ['command', ['--help'], 'cowrite session start'],
    ['quick', ['run', '--workspace', '/nowhere', 'true'], 'cannot be opened'],
  ])(
    'has a %s that is compiled beforehand, and answers alike where that is of no use',
    (name, line, says) => {
      const cli = mkdtempSync(join(folder, 'cli-'))
      cpSync(join(root, 'dist', 'cli'), cli, { recursive: true })
      const compiled = readdirSync(cli).filter((file) => file.endsWith('.compiled'))
      expect(compiled.map((file) => file.split('.', 1)[0])).toEqual(['command', 'quick'])
      const told = () => {
        const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') }
        const { stdout, stderr } = spawnSync(process.execPath, [join(cli, 'main.js'), ...line], {
          encoding: 'utf8',
          env,
        })
        return stdout + stderr
      }
      const answer = told()
      expect(answer).toContain(says)
      // What another Node compiled, what is cut off, and nothing at all.
      const file = join(cli, `${name}.${process.version}-${process.arch}.compiled`)
      writeFileSync(file, Buffer.alloc(1000))
      expect(told()).toBe(answer)
      rmSync(file)
      expect(told()).toBe(answer)
    },
  )

  it('has commands that the system can start', () => {
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(Object.keys(bin)).toEqual(['cowrite', 'cowrite-hook'])
    for (const command of Object.values<string>(bin).map((file) => join(root, file))) {
      expect(readFileSync(command, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
      if (process.platform !== 'win32') expect(statSync(command).mode & 0o111).toBe(0o111)
    }
  })

  it('names the licence of everything it bundles', () => {
    const licences = readFileSync(join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8')
    const inputs = Object.values(bundle.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    )
    const packages = new Set(inputs.filter(isPackageFile).map(packageOf))
    expect(packages.size).toBeGreaterThan(5)
    expect([...packages].filter((name) => !licences.includes(`\n${name} `))).toEqual([])
  })

  it('ships what a user needs, and no sources or tests', () => {
    // Of the same names, empty: what npm packs is a matter of names, and it would compress some ten megabytes.
    const skeleton = mkdtempSync(join(folder, 'package-'))
    copyNames(root, skeleton)
    // The shell is for Windows, where npm is a .cmd file.
    const options = { cwd: skeleton, encoding: 'utf8', shell: process.platform === 'win32' } as const
    const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], options)
    const paths: string[] = JSON.parse(stdout)[0].files.map(({ path }: { path: string }) => path)
    for (const path of [
      'dist/lib/index.js',
      'dist/lib/index.d.ts',
      'dist/cli/main.js',
      'dist/hooks/main.js',
      'dist/bridges/main.js',
      '.claude-plugin/plugin.json',
      '.claude-plugin/marketplace.json',
      'skill/session/SKILL.md',
      'LICENSE',
      'package.json',
    ]) {
      expect(paths).toContain(path)
    }
    expect(
      paths.filter((path) =>
        /^(lib|cli|clients|hooks|bridges|live|mcp-client|mcp-server|test|bench|examples|scripts|\.ci)\//.test(
          path,
        ),
      ),
    ).toEqual([])
  })
})

/** The tree without its content, but for what tells npm what to pack. Neither packages nor git's own are ever packed. */
function copyNames(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (/^(node_modules|\.git)$/.test(entry.name)) continue
    if (entry.isDirectory()) {
      mkdirSync(target)
      copyNames(source, target)
    } else if (/^(package\.json|\.npmignore|\.gitignore)$/.test(entry.name)) cpSync(source, target)
    else writeFileSync(target, '')
  }
}

type Output = Metafile['outputs'][string]

/** The sources that are in the script of an entry. */
function inputsOf(entry: string): string[] {
  const output = Object.values(bundle.outputs).find(({ entryPoint }) => entryPoint === entry)
  return Object.keys(output?.inputs ?? expect.fail(`${entry} is not in the bundle`))
}

/** An entry and everything that it imports before its first line runs. */
function loadedAtStart(entry: string): Output[] {
  const loaded = new Map<string, Output>()
  const load = (path: string): void => {
    const output = bundle.outputs[path]
    if (output === undefined || loaded.has(path)) return
    loaded.set(path, output)
    for (const { path: next, kind } of output.imports) if (kind === 'import-statement') load(next)
  }
  load(entry)
  expect(loaded.size, `${entry} is not in the bundle`).toBeGreaterThan(0)
  return [...loaded.values()]
}

function heavyParts(outputs: Output[]): string[] {
  const inside = outputs.flatMap(({ inputs }) => Object.keys(inputs)).filter(isPackageFile)
  const imports = outputs.flatMap((output) => output.imports)
  const outside = imports
    .filter(({ external, kind }) => external && kind !== 'dynamic-import')
    .map(({ path }) => path)
  const packages = new Set([...inside, ...outside].map(packageOf))
  return [...packages].filter((name) => /^(@modelcontextprotocol\/|@clack\/|chokidar$|readdirp$)/.test(name))
}

function isPackageFile(path: string): boolean {
  return path.includes('node_modules/')
}

/** The package that a file in node_modules, or an import, belongs to. */
function packageOf(path: string): string {
  const inside = path.split('node_modules/').at(-1) ?? path
  return inside
    .split('/')
    .slice(0, inside.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The files (not Node's own modules) that a program loads, relative to the project. */
function filesLoadedBy(program: string): string[] {
  const hooks = join(folder, 'hooks.mjs')
  const register = join(folder, 'register.mjs')
  const list = join(folder, 'loaded')
  writeFileSync(
    hooks,
    `import { appendFileSync } from 'node:fs'
     export async function load(url, context, next) {
       if (url.startsWith('file:')) appendFileSync(${JSON.stringify(list)}, url + '\\n')
       return next(url, context)
     }`,
  )
  writeFileSync(
    register,
    `import { register } from 'node:module'\nregister(${JSON.stringify(pathToFileURL(hooks).href)})`,
  )
  const main = join(folder, 'main.mjs')
  writeFileSync(main, program)
  const { status, stderr } = spawnSync(process.execPath, ['--import', pathToFileURL(register).href, main], {
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
  const urls = existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n') : []
  return urls
    .map((url) => relative(root, fileURLToPath(url)).replaceAll('\\', '/'))
    .filter((path) => !path.endsWith('main.mjs'))
}
