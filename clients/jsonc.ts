/**
 * Putting an entry into somebody's JSON, with or without comments, and taking exactly it out again: every other byte
 * stays as it is, so that what was put in by `addEntry` and taken out by `removeEntry` leaves the text it was.
 */
import { findNodeAtLocation, getNodeValue, type Node } from 'jsonc-parser'
import {
  afterFirst,
  type Edit,
  edited,
  endOf,
  eolOf,
  indentAt,
  parseObject,
  startsItsLine,
  type Token,
  tokensOf,
  unitOf,
} from './jsonc-text.js'

export type Path = readonly (string | number)[]

/** The value at `path`; undefined where there is none. Throws Unreadable. */
export function readEntry(text: string, path: Path): unknown {
  const root = parseObject(text)
  const node = root === null ? undefined : findNodeAtLocation(root, [...path])
  return node === undefined ? undefined : getNodeValue(node)
}

/** How many objects and lists have to be made for an entry at `path`. Throws Unreadable. */
export function missingAbove(text: string, path: Path): number {
  const root = parseObject(text)
  if (root === null) return path.length
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    if (findNodeAtLocation(root, path.slice(0, depth))) return path.length - 1 - depth
  }
  return path.length - 1
}

/**
 * Puts `value` at `path`, where nothing is, after what is there; what is missing above it is made. A text that is
 * empty gets an object. The last of `path` may be a number: the value goes to the end of the list. Throws Unreadable.
 */
export function addEntry(text: string, path: Path, value: unknown): string {
  const root = parseObject(text)
  if (root === null) return text + JSON.stringify(nested(path, value), null, 2)
  const depth = path.length - 1 - missingAbove(text, path)
  const container = depth === 0 ? root : (findNodeAtLocation(root, path.slice(0, depth)) as Node)
  const inside = nested(path.slice(depth + 1), value)
  const key = path[depth]
  return append(text, container, (unit, indent) => {
    const said = JSON.stringify(inside, null, unit)?.replaceAll('\n', eolOf(text) + indent)
    const colon = unit === '' && !text.includes('": ') ? ':' : ': '
    return typeof key === 'number' ? said : `${JSON.stringify(key)}${colon}${said}`
  })
}

/** Puts another value in the place of the one at `path`. */
export function replaceEntry(text: string, path: Path, value: unknown): string {
  const root = parseObject(text)
  const node = root === null ? undefined : findNodeAtLocation(root, [...path])
  if (node === undefined) return text
  const isOnOneLine = !text.slice(node.offset, endOf(node)).includes('\n')
  const said = JSON.stringify(value, null, isOnOneLine ? '' : unitOf(text))
  const put = said.replaceAll('\n', eolOf(text) + indentAt(text, node.offset))
  return edited(text, [{ start: node.offset, end: endOf(node), put }])
}

/**
 * Takes out the entry at `path`, and of what is above it the `above` nearest that hold nothing else. With `above` as
 * long as the path, the whole object goes where it holds nothing else. Throws Unreadable.
 */
export function removeEntry(text: string, path: Path, above: number): string {
  const root = parseObject(text)
  if (root === null || findNodeAtLocation(root, [...path]) === undefined) return text
  let going = path
  while (going.length > path.length - above && holdsOne(text, root, going.slice(0, -1))) {
    going = going.slice(0, -1)
  }
  if (going.length === 0) return edited(text, [{ start: root.offset, end: endOf(root), put: '' }])
  const node = findNodeAtLocation(root, [...going]) as Node
  return takeOut(text, node.parent?.type === 'property' ? node.parent : node)
}

function holdsOne(text: string, root: Node, path: Path): boolean {
  const node = path.length === 0 ? root : (findNodeAtLocation(root, [...path]) as Node)
  const [only, ...others] = node.children ?? []
  if (only === undefined || others.length > 0) return false
  // A comment is somebody's, too.
  return !tokensOf(text).some(
    ({ isComment, start }) =>
      isComment &&
      start > node.offset &&
      start < endOf(node) &&
      !(start > only.offset && start < endOf(only)),
  )
}

function nested(path: Path, value: unknown): unknown {
  return path.reduceRight<unknown>(
    (inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }),
    value,
  )
}

type Say = (unit: string, indent: string) => string

function append(text: string, container: Node, say: Say): string {
  const eol = eolOf(text)
  const last = container.children?.at(-1)
  if (last === undefined) {
    const outer = indentAt(text, container.offset)
    const inner = outer + unitOf(text)
    const at = container.offset + 1
    return edited(text, [
      { start: at, end: at, put: `${eol}${inner}${say(unitOf(text), inner)}${eol}${outer}` },
    ])
  }

  const tokens = tokensOf(text)
  const comma = commaAfter(tokens, last)
  const comment = tokens.findLast(
    ({ isComment, start, end }) => isComment && start >= endOf(last) && end < endOf(container),
  )
  const at = Math.max(endOf(last), comma?.end ?? 0, comment?.end ?? 0)
  const ownLine = startsItsLine(text, last.offset)
  const indent = indentAt(text, last.offset)
  const said = ownLine ? say(unitOf(text), indent) : say('', indent)
  const needsLine = ownLine || (comment?.isLine === true && comment.end === at)
  const space = needsLine ? eol + indent : text.slice(endBefore(tokens, last), last.offset)
  const edits: Edit[] = [{ start: at, end: at, put: `${space}${said}${comma ? ',' : ''}` }]
  if (!comma) edits.unshift({ start: endOf(last), end: endOf(last), put: ',' })
  return edited(text, edits)
}

/** What `append` put in, in each of its ways; of what others put in, the item and its comma. */
function takeOut(text: string, item: Node): string {
  const tokens = tokensOf(text)
  const container = item.parent as Node
  const siblings = container.children ?? []
  const start = endBefore(tokens, item)
  const comma = commaAfter(tokens, item)
  if (siblings.length === 1) {
    const end = comma?.end ?? endOf(item)
    const closing = eolOf(text) + indentAt(text, container.offset)
    const isAlone = start === container.offset + 1 && start < item.offset
    const rest = isAlone ? afterFirst(text, end, closing) : end
    return edited(text, [{ start, end: rest, put: '' }])
  }
  const before = siblings[siblings.indexOf(item) - 1]
  const extra = comma ?? (before && commaAfter(tokens, before))
  const edits: Edit[] = [{ start, end: endOf(item), put: '' }]
  if (extra) edits.push({ start: extra.start, end: extra.end, put: '' })
  return edited(text, edits)
}

function commaAfter(tokens: Token[], node: Node): Token | undefined {
  const next = tokens.find(({ start, isSpace, isComment }) => start >= endOf(node) && !isSpace && !isComment)
  return next?.isComma ? next : undefined
}

/** Where the white space before a node begins. */
function endBefore(tokens: Token[], node: Node): number {
  return tokens.findLast(({ end, isSpace }) => end <= node.offset && !isSpace)?.end ?? 0
}
