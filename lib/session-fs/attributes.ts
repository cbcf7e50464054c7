/** Modes, times and owners. */

import { errnoError } from '../store/errno.js'
import { changeMode, changeTimes } from '../store/making.js'
import { modeOf, timeOf, wholeNumber } from './arguments.js'
import { ask, textOf } from './paths.js'
import { checkWritable, find } from './reach.js'
import { changing, reading, type View } from './view.js'

export async function chmod(view: View, input: unknown, given: unknown): Promise<void> {
  const path = textOf(input)
  const mode = modeOf(given, 0) & 0o777
  await onFound(view, 'chmod', path, true, (at) => changeMode(view.store, at, mode))
}

export async function utimes(view: View, input: unknown, atime: unknown, mtime: unknown): Promise<void> {
  await setTimes(view, 'utime', input, [timeOf(atime, 'atime'), timeOf(mtime, 'mtime')], true)
}

export async function lutimes(view: View, input: unknown, atime: unknown, mtime: unknown): Promise<void> {
  await setTimes(view, 'lutime', input, [timeOf(atime, 'atime'), timeOf(mtime, 'mtime')], false)
}

async function setTimes(
  view: View,
  syscall: string,
  input: unknown,
  [accessed, modified]: [number, number],
  follow: boolean,
): Promise<void> {
  await onFound(view, syscall, textOf(input), follow, (at) => changeTimes(view.store, at, accessed, modified))
}

async function onFound(
  view: View,
  syscall: string,
  path: string,
  follow: boolean,
  change: (path: string) => Promise<void>,
): Promise<void> {
  await changing(view, { syscall, path }, async () => {
    const asked = ask(view.store.port.root, path)
    const found = find(view.store, asked, follow || asked.asFolder)
    checkWritable(view.store, asked, found.path)
    await change(found.path)
  })
}

export async function chown(view: View, input: unknown, uid: unknown, gid: unknown): Promise<void> {
  await requireOwner(view, 'chown', textOf(input), [uid, gid], true)
}

export async function lchown(view: View, input: unknown, uid: unknown, gid: unknown): Promise<void> {
  await requireOwner(view, 'lchown', textOf(input), [uid, gid], false)
}

/** Owners are not committed: only what changes nothing succeeds. */
async function requireOwner(
  view: View,
  syscall: string,
  path: string,
  [uid, gid]: [unknown, unknown],
  follow: boolean,
): Promise<void> {
  const owner = wholeNumber(uid, 'uid', -1, 0xffff_ffff)
  const group = wholeNumber(gid, 'gid', -1, 0xffff_ffff)
  await reading(view, { syscall, path }, () => {
    const asked = ask(view.store.port.root, path)
    const { stat } = find(view.store, asked, follow || asked.asFolder).there
    const isSame = (wanted: number, is: bigint) => wanted === -1 || BigInt(wanted) === is
    if (!isSame(owner, stat.uid) || !isSame(group, stat.gid)) throw errnoError('EPERM', path)
  })
}
