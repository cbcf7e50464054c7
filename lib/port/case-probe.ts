import { type AnyStats, asBigInts, isSameFile } from './anchor.js'
import type { RawFs } from './raw-fs.js'

/**
 * Whether names that differ in case only are two files in `folder`, found out without writing: an entry that is
 * there is asked for in the other case. `fallback` where there is nothing to ask for.
 */
export function probeCase(fs: RawFs, folder: string, fallback: boolean): boolean {
  for (const { name } of fs.readdirSync(folder, { withFileTypes: true })) {
    const other = swapCase(name)
    if (other === name) continue
    const here = look(fs, `${folder}/${name}`)
    if (here === undefined) continue
    const there = look(fs, `${folder}/${other}`)
    return there === undefined || !isSameFile(here, there)
  }
  return fallback
}

function look(fs: RawFs, name: string): AnyStats | undefined {
  return fs.lstatSync(name, asBigInts)
}

/** Latin letters only: every disk that folds case folds these, and one for one. */
function swapCase(name: string): string {
  return name.replace(/[a-zA-Z]/g, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
}
