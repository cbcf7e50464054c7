import { errnoOf } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { type SessionStore, statMerged } from '../store/overlay.js'
import { writeWhole } from '../store/writing.js'
import { type Access, accessOf, modeOf, optionsOf, wholeNumber } from './arguments.js'
import { contentOf } from './contents.js'
import { throwIfAborted } from './errors.js'
import { isHandle } from './file-handle.js'
import { openFile } from './opening.js'
import { appendBytes, changeInPlace, dropUnlessOpen } from './own-copy.js'
import { ask, textOf } from './paths.js'
import { stillMissing, targetOf } from './targets.js'
import { changing, type View } from './view.js'

export async function writeFile(view: View, file: unknown, data: unknown, given?: unknown): Promise<void> {
  await writeWith(view, file, data, given, 'w')
}

export async function appendFile(view: View, file: unknown, data: unknown, given?: unknown): Promise<void> {
  await writeWith(view, file, data, given, 'a')
}

async function writeWith(view: View, file: unknown, data: unknown, given: unknown, usual: string) {
  const options = optionsOf(given, {
    encoding: 'utf8' as unknown,
    mode: 0o666 as unknown,
    flag: usual as unknown,
    flush: false,
    signal: undefined as AbortSignal | undefined,
  })
  const { signal, flush } = options
  const access = accessOf(options.flag, usual)
  const mode = modeOf(options.mode, 0o666)
  const content = contentOf(data, options.encoding, signal)
  if (isHandle(file)) return file.writeFile(content, { signal })
  const path = textOf(file)
  throwIfAborted(signal)

  if (access.write && access.create && access.truncate) {
    const replace = () => replaceWhole(view, path, content, access, { mode, flush })
    return view.store.port.together(() => changing(view, { syscall: 'open', path }, replace))
  }
  if (access.append && access.create && !access.exclusive && content instanceof Uint8Array) {
    return changing(view, { syscall: 'open', path }, () => append(view, path, content, access, mode, flush))
  }
  const handle = await openFile(view, path, options.flag, mode)
  try {
    await handle.writeFile(content, { signal })
    if (flush) await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The whole content at once: readers see the old one or the new one (C4). */
async function replaceWhole(
  view: View,
  shown: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  access: Access,
  { mode, flush }: { mode: number; flush: boolean },
): Promise<void> {
  const { store } = view
  const { path, there } = targetOf(store, ask(store.port.root, shown), access)
  const beforeLanding = access.exclusive ? { beforeLanding: stillMissing(store, path) } : {}
  const { sha256 } = await writeWhole(store, path, content, { mode, there, ...beforeLanding })
  if (flush) await flushAt(store, path)
  await dropUnlessOpen(view, path, sha256)
}

async function flushAt(store: SessionStore, path: WorkspacePath): Promise<void> {
  const there = statMerged(store, path)
  if (there?.source !== 'session') return
  const file = store.port.openForWriting(there.at)
  try {
    await file.sync()
  } finally {
    file.close()
  }
}

const attempts = 20

/** Appended again where somebody replaced the file while it was written to: what is answered for is there. */
async function append(
  view: View,
  shown: string,
  bytes: Uint8Array,
  access: Access,
  mode: number,
  flush: boolean,
): Promise<void> {
  const { store } = view
  for (let attempt = 1; ; attempt++) {
    const { path, there } = targetOf(store, ask(store.port.root, shown), access)
    try {
      if (there === null)
        await writeWhole(store, path, bytes, { mode, beforeLanding: stillMissing(store, path) })
      else await changeInPlace(view, path, { append: true }, appendBytes(bytes))
      if (flush) await flushAt(store, path)
      return
    } catch (error) {
      const tryAgain = ['ESTALE', 'EEXIST', 'ENOENT'].includes(errnoOf(error) ?? '')
      if (!tryAgain || attempt === attempts) throw error
    }
  }
}

export async function truncate(view: View, file: unknown, length: unknown = 0): Promise<void> {
  if (isHandle(file)) return file.truncate(length as number)
  const path = textOf(file)
  const size = Math.max(0, wholeNumber(length ?? 0, 'len'))
  await changing(view, { syscall: 'open', path }, async () => {
    const { store } = view
    const target = targetOf(store, ask(store.port.root, path), accessOf('r+'))
    if (size === 0 && target.there?.source === 'global') {
      const { sha256 } = await writeWhole(store, target.path, new Uint8Array())
      return dropUnlessOpen(view, target.path, sha256)
    }
    await changeInPlace(view, target.path, {}, (opened) => opened.truncate(size))
  })
}
