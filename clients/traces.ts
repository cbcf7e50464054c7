/** Whether a file may hold something that init put there, asked of its bytes: what is no settings any more may still. */
import { readFile } from 'node:fs/promises'

/** What stands in everything that init writes, in one of the ways in which it marks that. */
const marks = /COWRITE_INIT|cowrite-init:|# >>> cowrite:|(<!--|\/\/) cowrite init:/

/** What cannot be looked into may hold it. */
export async function mayHoldOurs(path: string): Promise<boolean> {
  try {
    return marks.test(await readFile(path, 'latin1'))
  } catch (error) {
    return !['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
}
