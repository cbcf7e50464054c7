import { describe, expect, it } from 'vitest'
import { adaptersMayImport, floorOf, hostFile, isIn, renderMayImport } from './rooms.js'
import { readSource, type SourceFile, sourcesOf } from './source-tree.js'

const library = sourcesOf('lib')
const commandLine = sourcesOf('cli')
const server = sourcesOf('mcp-server')
const clients = sourcesOf('clients')
const hooks = sourcesOf('hooks')
const client = sourcesOf('mcp-client')
const live = sourcesOf('live')
const bridges = sourcesOf('bridges')
const product = [...library, ...commandLine, ...server, ...clients, ...client, ...live, ...hooks, ...bridges]

/** Every import of `sources` that `isWrong`, as a line to read. */
function wrongImports(sources: SourceFile[], isWrong: (from: string, to: string) => boolean): string[] {
  return sources.flatMap(({ path, imports }) =>
    imports.flatMap(({ file }) => (file !== null && isWrong(path, file) ? [`${path} imports ${file}`] : [])),
  )
}

describe('the rooms', () => {
  it('inside lib/, every file stands on a floor', () => {
    expect(library.map(({ path }) => path).filter((path) => floorOf(path) === -1)).toEqual([])
  })

  it('inside lib/, arrows run one way', () => {
    expect(wrongImports(library, (from, to) => to.startsWith('lib/') && floorOf(to) > floorOf(from))).toEqual(
      [],
    )
  })

  it('the library imports nothing from the adapters', () => {
    expect(wrongImports(library, (_from, to) => !to.startsWith('lib/'))).toEqual([])
  })

  it('renderings know results, not sessions', () => {
    const renderings = library.filter(({ path }) => path.startsWith('lib/render/'))
    expect(wrongImports(renderings, (_from, to) => !isIn(to, renderMayImport))).toEqual([])
  })

  it('adapters import operations, renderings and errors, and nothing deeper', () => {
    const isTooDeep = (_from: string, to: string) => to.startsWith('lib/') && !isIn(to, adaptersMayImport)
    expect(wrongImports([...commandLine, ...server, ...client, ...live], isTooDeep)).toEqual([])
    const seenFromOutside = (to: string) => to.startsWith('lib/workspace/')
    const outside = [...hooks, ...bridges]
    expect(wrongImports(outside, (from, to) => isTooDeep(from, to) && !seenFromOutside(to))).toEqual([])
  })

  it('the MCP server and the hooks know nothing of the command line, but for how a script is loaded', () => {
    expect(wrongImports(server, (_from, to) => to.startsWith('cli/'))).toEqual([])
    expect(wrongImports(hooks, (_from, to) => to.startsWith('cli/') && to !== 'cli/compiled.ts')).toEqual([])
    expect(wrongImports(bridges, (_from, to) => !/^(lib|bridges)\//.test(to))).toEqual([])
  })

  it('the set-up of clients is on its own, and is loaded by the commands that need it', () => {
    expect(wrongImports(clients, (_from, to) => !to.startsWith('clients/'))).toEqual([])
    const atStart = commandLine.flatMap(({ path, imports }) =>
      imports
        .filter(({ file, typeOnly, dynamic }) => file?.startsWith('clients/') && !typeOnly && !dynamic)
        .map(({ file }) => `${path} imports ${file}`),
    )
    expect(atStart).toEqual([
      'cli/commands/mcp-commands.ts imports clients/names.ts',
      'cli/commands/shell.ts imports clients/names.ts',
    ])
    const users = clients.filter(({ globals }) => globals.has('process') || globals.has('console'))
    expect(users.map(({ path }) => path)).toEqual([])
  })

  it('what looks at other MCP servers knows no other adapter, alone knows the client of the SDK, and loads when it is asked', () => {
    expect(wrongImports(client, (_from, to) => !/^(lib|mcp-client)\//.test(to))).toEqual([])
    const loaders = [...library, ...commandLine, ...server, ...clients, ...hooks].flatMap(
      ({ path, imports }) =>
        imports
          .filter(
            ({ file, specifier, typeOnly }) =>
              !typeOnly && (file?.startsWith('mcp-client/') || /sdk\/client/.test(specifier)),
          )
          .map(({ file, dynamic }) => `${path} ${dynamic ? 'loads' : 'imports'} ${file}`),
    )
    expect(loaders).toEqual([
      'cli/commands/doctor.ts loads mcp-client/index.ts',
      'cli/commands/mcp-servers.ts loads mcp-client/index.ts',
    ])
  })

  it('what tries the set-up knows other rooms by their types alone, and only the doctor loads it', () => {
    const wrong = live.flatMap(({ path, imports }) =>
      imports
        .filter(({ file, typeOnly }) => file !== null && !typeOnly && !/^(lib|live)\//.test(file))
        .map(({ file }) => `${path} imports ${file}`),
    )
    expect(wrong).toEqual([])
    const loaders = [...library, ...commandLine, ...server, ...clients, ...client, ...hooks].flatMap(
      ({ path, imports }) =>
        imports
          .filter(({ file, typeOnly }) => file?.startsWith('live/') && !typeOnly)
          .map(({ file, dynamic }) => `${path} ${dynamic ? 'loads' : 'imports'} ${file}`),
    )
    expect(loaders).toEqual(['cli/commands/doctor.ts loads live/index.ts'])
  })

  it('the library does not use process or console', () => {
    const users = library.filter(({ path, globals, imports }) => {
      if (path === hostFile) return false
      const imported = imports.some(({ specifier }) => /^(node:)?(process|console)$/.test(specifier))
      return imported || globals.has('process') || globals.has('console')
    })
    expect(users.map(({ path }) => path)).toEqual([])
  })

  it('no imports go in a circle', () => {
    expect(findCircle(product)).toBeNull()
  })

  it('nothing in the rooms is a default export', () => {
    expect(product.filter(({ exports }) => exports.includes('default')).map(({ path }) => path)).toEqual([])
  })

  it('no file is longer than 400 lines', () => {
    const sources = [...product, ...sourcesOf('scripts'), ...sourcesOf('examples')]
    expect(sources.filter(({ lines }) => lines > 400).map(({ path, lines }) => `${path}: ${lines}`)).toEqual(
      [],
    )
  })
})

describe('the library, from outside', () => {
  it('exports these values, and no others', () => {
    const index = library.find(({ path }) => path === 'lib/index.ts')
    expect(index?.exports.toSorted()).toEqual([
      'CowriteError',
      'Session',
      'Workspace',
      'exitStatus',
      'findViewAround',
      'findWorkspace',
      'isCowriteError',
      'openWorkspace',
    ])
  })
})

describe('what start-up costs', () => {
  it('zod is imported as a namespace, since `{ z }` brings every language of its messages along', () => {
    const wrong = product.filter(({ imports }) =>
      imports.some(
        ({ specifier, names, typeOnly }) => specifier === 'zod' && names.includes('z') && !typeOnly,
      ),
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('the heavy packages are imported by those alone who need them', () => {
    const heavy = /^(chokidar|@modelcontextprotocol\/sdk.*|@clack\/prompts)$/
    const wrong = library.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, typeOnly, dynamic }) => heavy.test(specifier) && !typeOnly && !dynamic)
        .map(({ specifier }) => `${path} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('the reader of sources behind these tests', () => {
  it('sees every way to import, export and use a global', () => {
    const source = readSource(
      'lib/store/sample.ts',
      [
        `import { one, type Two } from '../errors.js'`,
        `import type * as three from 'zod'`,
        `export { four } from './four.js'`,
        `export * from './five.js'`,
        `export const six = () => import('chokidar'), seven = process.pid`,
        `export type { Eight } from './eight.js'`,
        `export interface Nine { process: string; console: { log(): void } }`,
        `export type * from './ten.js'`,
        `const { env } = Deno, pid = globalThis.Bun, { log } = holder.console`,
        `export default function eleven() {}`,
      ].join('\n'),
    )
    expect(
      source.imports.map(({ specifier, file, typeOnly, dynamic }) => [specifier, file, typeOnly, dynamic]),
    ).toEqual([
      ['../errors.js', 'lib/errors.ts', false, false],
      ['zod', null, true, false],
      ['./four.js', 'lib/store/four.ts', false, false],
      ['./five.js', 'lib/store/five.ts', false, false],
      ['chokidar', null, false, true],
      ['./eight.js', 'lib/store/eight.ts', true, false],
      ['./ten.js', 'lib/store/ten.ts', true, false],
    ])
    expect(source.imports[0]?.names).toEqual(['one', 'Two'])
    expect(source.exports).toEqual(['four', '*', 'six', 'seven', 'default'])
    expect(source.globals).toEqual(new Set(['process', 'Deno', 'globalThis', 'Bun', 'holder', '']))
  })

  it('finds a circle', () => {
    const first = readSource('lib/a.ts', `import { b } from './b.js'`)
    const second = readSource('lib/b.ts', `import { a } from './a.js'`)
    expect(findCircle([first, second])).toEqual(['lib/a.ts', 'lib/b.ts', 'lib/a.ts'])
    expect(findCircle([first])).toBeNull()
  })
})

/** The first circle of imports, as the files it goes through. Types leave no import behind, and do not count. */
function findCircle(sources: SourceFile[]): string[] | null {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const done = new Set<string>()

  const follow = (path: string, way: string[]): string[] | null => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path]
    if (done.has(path)) return null
    for (const { file, typeOnly, dynamic } of byPath.get(path)?.imports ?? []) {
      if (file === null || typeOnly || dynamic) continue
      const circle = follow(file, [...way, path])
      if (circle !== null) return circle
    }
    done.add(path)
    return null
  }

  for (const path of byPath.keys()) {
    const circle = follow(path, [])
    if (circle !== null) return circle
  }
  return null
}
