/**
 * memfs spends most of its time on what nobody here looks at: who it runs as, asked of the system at every step of
 * every path; a path taken apart anew each time; when a folder was last searched; and where in the program it was
 * that a file was looked for which is not there.
 */
import { Volume } from 'memfs'

const [user, group] = [process.getuid?.(), process.getgid?.()]
if (user !== undefined) process.getuid = () => user
if (group !== undefined) process.getgid = () => group

interface Core {
  filenameToSteps(path: string): string[]
  getLinkOrThrow(path: string, call: string): unknown
  root: { children: Map<string, unknown>; getChild(name: string): unknown }
}

const core = new Volume()._core as unknown as Core
const { filenameToSteps, getLinkOrThrow } = core
if (
  typeof filenameToSteps !== 'function' ||
  typeof getLinkOrThrow !== 'function' ||
  typeof core.root.getChild !== 'function'
)
  throw new Error('memfs is built otherwise than this file knows.')

const known = new Map<string, string[]>()
const mostKnown = 10_000

function knownSteps(this: Core, path: string): string[] {
  let steps = known.get(path)
  if (steps === undefined) {
    steps = Reflect.apply(filenameToSteps, this, [path]) as string[]
    if (!path.startsWith('/')) return steps // It depends on the working folder.
    if (known.size >= mostKnown) known.clear()
    known.set(path, steps)
  }
  return steps
}

/** Nobody sees what `lstat` throws here: memfs itself makes "none" of it. */
function linkWithoutTrace(this: Core, path: string, call: string): unknown {
  if (call !== 'lstat') return Reflect.apply(getLinkOrThrow, this, [path, call])
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return Reflect.apply(getLinkOrThrow, this, [path, call])
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

// This file runs once for each test file, and memfs is the same all along.
if (filenameToSteps.name !== knownSteps.name) {
  const { prototype } = core.constructor as { prototype: Core }
  prototype.filenameToSteps = knownSteps
  prototype.getLinkOrThrow = linkWithoutTrace
  const links = core.root.constructor as unknown as { prototype: Core['root'] }
  links.prototype.getChild = function (name) {
    return this.children.get(name)
  }
}
