/** A file of a gigabyte, of which one line changes; on this disk, and on one that shares blocks between files. */
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync } from 'node:fs'
import { appendFile, copyFile, open } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { timed } from '../shared/clock.mjs'
import { openSession } from '../shared/cowrite.mjs'
import { settle } from '../shared/folders.mjs'
import { mountReflinkDisk } from '../shared/mounts.mjs'
import { peakMemory } from './sessions.mjs'

const line = 'One more line.\n'
const fileName = 'large.txt'
const steps = {
  first: 'first appended line (copy-up)',
  later: 'later appended line',
  preview: 'preview',
  commit: 'commit',
  undo: 'undo',
}
const plain = {
  copy: 'plain copy, in the kernel',
  byHand: 'plain copy, read and write',
  durable: 'plain copy, fsync',
  hash: 'plain read and hash',
  append: 'plain append',
}
const memory = 'peak memory'

export const large = {
  name: 'large',
  title: 'A file of {megabytes} MiB',
  rounds: { quick: 1, full: 3 },
  fixtures: ['large'],
  /** In processes of their own: what the plain copies take is none of cowrite's memory. */
  apart: ['cowrite', 'plain'],
  tidy: true,
  requires: 'room',
  needs: Object.fromEntries([...Object.values(steps), memory].map((name) => [name, 'room'])),
  measures: [
    {
      says: 'copy-up by one appended line, against one plain copy',
      of: steps.first,
      against: plain.copy,
      most: 1.2,
    },
    { says: 'copy-up, against one plain copy by read and write', of: steps.first, against: plain.byHand },
    { says: 'a later appended line, which needs no copy', of: steps.later, unit: 'ms' },
    {
      says: 'preview, which needs no copy but one reading, against that with a hash',
      of: steps.preview,
      against: plain.hash,
      most: 1.2,
    },
    {
      says: 'commit, against one plain copy with fsync',
      of: steps.commit,
      against: plain.durable,
      most: 1.2,
    },
    { says: 'undo, against one plain copy with fsync', of: steps.undo, against: plain.durable, most: 1.2 },
    { says: 'peak memory of the process', of: memory, most: 150, unit: 'MiB' },
  ],

  async round({ folder, fixtures, part }) {
    const source = join(fixtures.large, fileName)
    return part === 'cowrite' ? inSession(folder, source) : plainly(folder, source, {})
  },
}

const onReflink = (name) => `${name}, with reflinks`

export const reflink = {
  name: 'reflink',
  title: 'The same on XFS, where files share blocks',
  rounds: { quick: 1, full: 3 },
  fixtures: ['large'],
  mounts: true,
  apart: ['cowrite', 'plain'],
  tidy: true,
  requires: 'reflinks',
  needs: Object.fromEntries(
    [...Object.values(steps), plain.byHand, memory].map((name) => [onReflink(name), 'reflinks']),
  ),
  measures: [
    ...Object.entries(steps).map(([step, name]) => ({
      says:
        step === 'first' ? 'copy-up by one appended line' : step === 'later' ? 'a later appended line' : step,
      of: onReflink(name),
      most: 100,
      unit: 'ms',
    })),
    {
      says: 'copy-up, against one plain copy there',
      of: onReflink(steps.first),
      against: onReflink(plain.byHand),
    },
    { says: 'peak memory of the process', of: onReflink(memory), most: 150, unit: 'MiB' },
  ],

  async round({ folder, fixtures, part, scale }) {
    // Room for the file itself, its copies of both kinds and the plain ones.
    const disk = mountReflinkDisk(folder, Math.max(1024, scale.megabytes * 6) * 1024 ** 2)
    const source = join(fixtures.large, fileName)
    const samples =
      part === 'cowrite' ? await inSession(disk, source) : await plainly(disk, source, { only: plain.byHand })
    return Object.fromEntries(Object.entries(samples).map(([name, values]) => [onReflink(name), values]))
  },
}

async function inSession(folder, source) {
  const lower = join(folder, 'workspace')
  mkdirSync(lower)
  await copyFile(source, join(lower, fileName))
  const { workspace, session } = await openSession(lower, 'large')
  const samples = {}
  const step = async (name, work) => {
    settle(folder)
    samples[name] = [await timed(work)]
  }
  let result
  await step(steps.first, () => session.fs.appendFile(fileName, line))
  await step(steps.later, () => session.fs.appendFile(fileName, line))
  await step(steps.preview, () => session.preview())
  await step(steps.commit, async () => {
    result = await session.commit()
  })
  await step(steps.undo, () => workspace.undo(result.commitId))
  await workspace.close()
  samples[memory] = [peakMemory()]
  return samples
}

/** The plain copies, on the same disk. */
async function plainly(folder, source, { only }) {
  const from = join(folder, fileName)
  await copyFile(source, from)
  const work = {
    [plain.copy]: () => copyFile(from, join(folder, 'copy')),
    [plain.byHand]: () => copyByHand(from, join(folder, 'by-hand')),
    [plain.durable]: () => copyDurably(from, join(folder, 'durable')),
    [plain.hash]: () => pipeline(createReadStream(from, { highWaterMark: chunk }), createHash('sha256')),
    [plain.append]: () => appendFile(from, line),
  }
  const samples = {}
  for (const [name, one] of Object.entries(work)) {
    if (only !== undefined && name !== only) continue
    settle(folder)
    samples[name] = [await timed(one)]
  }
  return samples
}

const chunk = 1024 ** 2

/** Read and written, so that no file system can share the blocks. */
async function copyByHand(from, to) {
  const [source, target] = [await open(from), await open(to, 'wx')]
  const buffer = Buffer.allocUnsafe(chunk)
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, chunk)
    if (bytesRead === 0) break
    await target.writeFile(buffer.subarray(0, bytesRead))
  }
  await target.close()
  await source.close()
}

async function copyDurably(from, to) {
  await copyFile(from, to)
  const handle = await open(to, 'r+')
  await handle.sync()
  await handle.close()
}
