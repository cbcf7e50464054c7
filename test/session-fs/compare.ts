/** A session against a plain folder: the same operations, the same answers, the same files. */

import * as nodeFs from 'node:fs'
import * as fsPromises from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { createFsFromVolume, Volume } from 'memfs'
import { expect } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { openDiskPort } from '../../lib/port/disk.js'
import { openMemoryPort } from '../../lib/port/memory.js'
import type { FilePort } from '../../lib/port/port.js'
import type { SessionFs } from '../../lib/session-fs/session-fs.js'
import { freeze } from '../support/layers.js'
import { answerOf, type Operation, operation, type Place, treeOf } from './operations.js'

type AnyFs = typeof nodeFs
type Workspace = Awaited<ReturnType<typeof openWorkspace>>

/** What both begin with: files of each kind of mode, folders in folders, links that lead somewhere and nowhere. */
function layOut(fs: AnyFs, root: string): void {
  for (const folder of ['a', 'a/b', 'a/b/c', 'c']) fs.mkdirSync(join(root, folder))
  for (const file of ['a/a', 'a/b/a', 'a/b/b', 'a/b/c/a', 'b'])
    fs.writeFileSync(join(root, file), `${file}\n`)
  // memfs knows no umask.
  for (const folder of ['a', 'a/b', 'a/b/c', 'c']) fs.chmodSync(join(root, folder), 0o755)
  for (const file of ['a/a', 'a/b/a', 'a/b/c/a', 'b']) fs.chmodSync(join(root, file), 0o644)
  fs.chmodSync(join(root, 'a/b/b'), 0o755)
  fs.symlinkSync(`${root}/b`, join(root, 'c/a'))
  fs.symlinkSync('nowhere', join(root, 'c/b'))
  fs.symlinkSync(`${root}/a/b`, join(root, 'c/c'))
}

interface Pair {
  lower: string
  lowerFs: AnyFs
  plain: string
  open: () => ReturnType<typeof openWorkspace>
  port: () => FilePort
  dispose(): void
}

export function onDisk(parent: string): Pair {
  const folder = nodeFs.mkdtempSync(join(nodeFs.realpathSync(parent), 'cowrite-'))
  const [lower, plain] = [join(folder, 'lower'), join(folder, 'plain')]
  const dispose = () => nodeFs.rmSync(folder, { recursive: true, force: true })
  return {
    lower,
    lowerFs: nodeFs,
    plain,
    open: () => openWorkspace(lower),
    port: () => openDiskPort(lower),
    dispose,
  }
}

export function inMemory(): Pair {
  const folder = nodeFs.mkdtempSync(join(nodeFs.realpathSync(tmpdir()), 'cowrite-'))
  const fs = createFsFromVolume(new Volume())
  const lower = '/lower'
  fs.mkdirSync(lower)
  const dispose = () => nodeFs.rmSync(folder, { recursive: true, force: true })
  const lowerFs = fs as unknown as AnyFs
  return {
    lower,
    lowerFs,
    plain: join(folder, 'plain'),
    open: () => openWorkspace(lower, { fs }),
    port: () => openMemoryPort(fs, lower),
    dispose,
  }
}

/**
 * libuv deletes the destination of a copy that fails, also where it was there before; a session leaves it.
 * So nobody copies a folder onto a file here.
 */
async function isDestructive({ fs, at }: Place, operation: Operation): Promise<boolean> {
  // node says that it removed a linked folder, and did nothing; a session says that it cannot.
  if (operation.do === 'rm' && operation.recursive && operation.path.endsWith('/')) {
    const link = await fs.lstat(at + operation.path.slice(0, -1)).catch(() => null)
    return link?.isSymbolicLink() ?? false
  }
  if (operation.do !== 'copyFile') return false
  const source = await fs.stat(at + operation.path).catch(() => null)
  return source?.isDirectory() ?? false
}

/** A copy that fails in the middle has done what came before, in the order of the disk: nobody can say what that is. */
async function stopsHalfway(place: Place, operation: Operation): Promise<boolean> {
  if (operation.do !== 'cp') return false
  const { fs, at } = place
  const lookAt = (path: string) => fs.lstat(at + path).catch(() => null)
  if (await leadsInside(place, operation)) return true
  const source = operation.options.dereference ? fs.stat : fs.lstat
  if (!(await source(at + operation.path).catch(() => null))?.isDirectory()) return false
  const tree = await treeOf(place, operation.path)
  const inside = Object.keys(tree).map((path) => path.slice(operation.path.length))
  for (const path of inside) {
    const from = await lookAt(operation.path + path)
    const there = await lookAt(operation.to + path)
    if (from?.isSymbolicLink() && (operation.options.dereference || there !== null)) return true
    if (there !== null && (operation.options.errorOnExist || from?.isDirectory() !== there.isDirectory()))
      return true
  }
  return false
}

/** Both folders as they begin, whatever the last sequence left. The workspace stays: making one takes longer than all else. */
function reset({ lower, lowerFs, plain }: Pair): void {
  for (const [fs, root] of [
    [lowerFs, lower],
    [nodeFs, plain],
  ] as const) {
    for (const entry of fs.readdirSync(root, { withFileTypes: true })) {
      // memfs would follow a link.
      if (entry.isSymbolicLink()) fs.unlinkSync(join(root, entry.name))
      else if (entry.name !== 'workspace') fs.rmSync(join(root, entry.name), { recursive: true })
    }
    layOut(fs, root)
  }
}

/** `freeze`: the session becomes a layer, and goes on as another over it. */
type Step = Operation | { do: 'freeze' }

async function compare(pair: Pair, workspace: Workspace, operations: Step[]): Promise<void> {
  reset(pair)
  let session = await workspace.start('one')
  let frozen = 0
  const inSession = (): Place => ({ fs: session.fs as SessionFs, at: '', root: pair.lower })
  const inPlain: Place = { fs: fsPromises, at: `${pair.plain}/`, root: pair.plain }
  try {
    for (const operation of operations) {
      if (operation.do === 'reopen') {
        await session.close()
        session = await workspace.session(session.name)
      } else if (operation.do === 'freeze') {
        await session.close()
        const next = `over-${++frozen}`
        const port = pair.port()
        freeze({ fs: pair.lowerFs, root: pair.lower, port }, session.name, next, `layer-${frozen}`)
        port.close()
        session = await workspace.session(next)
      } else if (operation.do === 'commit') {
        await session.commit()
        session = await workspace.start('one')
      } else if (!(await isDestructive(inPlain, operation)) && !(await stopsHalfway(inPlain, operation))) {
        // At once: one works while the other waits for the disk, and neither knows of the other.
        const [expected, answer] = await Promise.all([
          answerOf(inPlain, operation),
          answerOf(inSession(), operation),
        ])
        expect(answer, JSON.stringify(operation)).toEqual(expected)
      }
    }
    const [expected, merged] = await Promise.all([treeOf(inPlain), treeOf(inSession())])
    expect(merged).toEqual(expected)
    await session.commit()
    const inLower: Place = { fs: pair.lowerFs.promises, at: `${pair.lower}/`, root: pair.lower }
    expect(await treeOf(inLower, '', ['workspace'])).toEqual(expected)
  } finally {
    for (const { name } of (await workspace.list()).sessions) await workspace.cancel(name)
  }
}

/** Through a link, node copies a folder into itself until names are too long; a session refuses it. */
async function leadsInside({ fs, at }: Place, { path, to }: { path: string; to: string }): Promise<boolean> {
  const source = await fs.realpath(at + path).catch(() => null)
  if (source === null) return false
  for (let folder = to; folder.includes('/'); ) {
    folder = folder.slice(0, folder.lastIndexOf('/'))
    const there = await fs.realpath(at + folder).catch(() => null)
    if (there !== null) return `${there}/`.startsWith(`${source}/`)
  }
  return false
}

const sequence = fc.array(operation, { minLength: 5, maxLength: 25, size: 'max' })

export const sequenceWithLayers = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: operation },
    { weight: 1, arbitrary: fc.constant({ do: 'freeze' as const }) },
  ),
  { minLength: 5, maxLength: 25, size: 'max' },
)

/** A workspace grows with its history; one that is new is made now and then. */
const sequencesPerWorkspace = 40

export async function compareAll(
  make: () => Pair,
  numRuns: number,
  sequences: fc.Arbitrary<Step[]> = sequence,
): Promise<void> {
  let count = 0
  let present: { pair: Pair; workspace: Workspace } | null = null
  const end = async () => {
    await present?.workspace.close()
    present?.pair.dispose()
    present = null
  }
  const property = fc.asyncProperty(sequences, async (operations) => {
    if (count++ % sequencesPerWorkspace === 0) await end()
    present ??= await begin(make())
    await compare(present.pair, present.workspace, operations)
  })
  try {
    await fc.assert(property, { numRuns, timeout: 10_000 })
  } finally {
    await end()
  }
}

async function begin(pair: Pair): Promise<{ pair: Pair; workspace: Workspace }> {
  pair.lowerFs.mkdirSync(pair.lower, { recursive: true })
  nodeFs.mkdirSync(pair.plain, { recursive: true })
  return { pair, workspace: await pair.open() }
}
