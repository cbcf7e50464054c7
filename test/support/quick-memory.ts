/**
 * memfs spends most of its time on what nobody here looks at: who it runs as, asked of the system at every step of
 * every path; a path taken apart anew each time; and when a folder was last searched.
 */
import { Volume } from 'memfs'

const [user, group] = [process.getuid?.(), process.getgid?.()]
if (user !== undefined) process.getuid = () => user
if (group !== undefined) process.getgid = () => group

interface Core {
  filenameToSteps(path: string): string[]
  root: { children: Map<string, unknown>; getChild(name: string): unknown }
}

const core = new Volume()._core as unknown as Core
const { filenameToSteps } = core
if (typeof filenameToSteps !== 'function' || typeof core.root.getChild !== 'function')
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

// This file runs once for each test file, and memfs is the same all along.
if (filenameToSteps.name !== knownSteps.name) {
  const { prototype } = core.constructor as { prototype: Core }
  prototype.filenameToSteps = knownSteps
  const links = core.root.constructor as unknown as { prototype: Core['root'] }
  links.prototype.getChild = function (name) {
    return this.children.get(name)
  }
}
