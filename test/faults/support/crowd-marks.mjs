/**
 * Loaded before anything else in each process of a crowd: notes, for all of them in one file, when an intent comes to
 * stand and when its transaction is filed. In between is its commit point, and only one of them may be there.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { basename, dirname } from 'node:path'

const { renameSync } = fs
const log = fs.openSync(process.env.CROWD_MARKS, 'a')
const note = (mark, id) =>
  fs.writeSync(log, `${JSON.stringify({ mark, id, at: Number(process.hrtime.bigint() / 1000n) })}\n`)

fs.renameSync = (from, to) => {
  const [was, is] = [basename(String(from)), basename(String(to))]
  // Right after the one and right before the other: what is noted never lasts longer than what it tells of.
  if (was === is && /^\d{4,}$/.test(is)) note('filed', is)
  renameSync(from, to)
  if (is === 'intent.json') note('intent', basename(fs.realpathSync(dirname(String(to)))))
}
syncBuiltinESMExports()
