/** The source files of the project, read as syntax trees: what each imports, exports and calls. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vitest/node'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

export interface Import {
  /** As written: `./errors.js`, `node:fs`, `zod`. */
  specifier: string
  /** The source file meant, relative to the project; null for packages. */
  file: string | null
  typeOnly: boolean
  dynamic: boolean
  /** The imported names; empty for `import * as` and for side effects. */
  names: string[]
}

export interface SourceFile {
  /** Relative to the project, `/`-separated. */
  path: string
  lines: number
  imports: Import[]
  /** Names of exported values, not of types; `default` and `*` for the two kinds without a name. */
  exports: string[]
  /** Identifiers that are taken apart, globals (`process`, `console`, …) among them. */
  globals: Set<string>
}

interface Node {
  type: string
  [key: string]: unknown
}

/** All TypeScript sources of a room (`lib`, `cli`, …). */
export function sourcesOf(room: string): SourceFile[] {
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .map((path) => posix.join(room, path.replaceAll('\\', '/')))
    .filter((path) => /\.(ts|mjs)$/.test(path) && !path.includes('node_modules/'))
    .sort()
    .map((path) => readSource(path, readFileSync(join(root, path), 'utf8')))
}

export function readSource(path: string, text: string): SourceFile {
  const program = parseAst(text, { lang: path.endsWith('.ts') ? 'ts' : 'js' }) as unknown as Node
  const source: SourceFile = {
    path,
    lines: text.split('\n').length - 1,
    imports: [],
    exports: [],
    globals: new Set(),
  }
  visit(program, (node) => collect(node, source))
  return source
}

function collect(node: Node, source: SourceFile): void {
  switch (node.type) {
    case 'ImportDeclaration':
      source.imports.push(importOf(node, source.path))
      break
    case 'ExportAllDeclaration':
      if (!isType(node)) source.exports.push('*')
      source.imports.push(importOf(node, source.path))
      break
    case 'ExportDefaultDeclaration':
      source.exports.push('default')
      break
    case 'ExportNamedDeclaration':
      source.exports.push(...exportedNames(node))
      if (node.source) source.imports.push(importOf(node, source.path))
      break
    case 'ImportExpression':
      source.imports.push({ ...importOf(node, source.path), dynamic: true })
      break
    case 'MemberExpression':
      source.globals.add(identifierOf(node.object))
      if (identifierOf(node.object) === 'globalThis') source.globals.add(identifierOf(node.property))
      break
    case 'VariableDeclarator':
      source.globals.add(identifierOf(node.init))
      break
  }
}

function importOf(node: Node, from: string): Import {
  const specifier = isNode(node.source) ? String(node.source.value) : ''
  const specifiers = nodes(node.specifiers)
  return {
    specifier,
    file: specifier.startsWith('.') ? resolve(from, specifier) : null,
    typeOnly: isType(node) || (specifiers.length > 0 && specifiers.every(isType)),
    dynamic: false,
    names: specifiers.flatMap(({ imported }) =>
      isNode(imported) ? [String(imported.name ?? imported.value)] : [],
    ),
  }
}

function isType(node: Node): boolean {
  return node.importKind === 'type' || node.exportKind === 'type'
}

/** `./errors.js` in a source file is errors.ts, but for plain modules. */
function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
}

function exportedNames(node: Node): string[] {
  if (isType(node)) return []
  const named = nodes(node.specifiers).flatMap((each) => (isType(each) ? [] : [identifierOf(each.exported)]))
  if (!isNode(node.declaration)) return named
  const declared = nodes(node.declaration.declarations).map(({ id }) => identifierOf(id))
  return declared.length > 0 ? declared : [identifierOf(node.declaration.id)]
}

/** The name of an identifier; empty for whatever is none. */
function identifierOf(node: unknown): string {
  return isNode(node) && node.type === 'Identifier' ? String(node.name) : ''
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node)
  for (const value of Object.values(node)) {
    for (const child of nodes(value)) visit(child, see)
  }
}

function nodes(value: unknown): Node[] {
  return (Array.isArray(value) ? value : [value]).filter(isNode)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
