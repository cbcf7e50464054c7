import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const project = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a program of the project with a folder for temporary files of its own, and tells what it left there. */
export function run(program: string, args: readonly string[] = []) {
  const temporary = mkdtempSync(join(tmpdir(), 'cowrite-run-'))
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, program), ...args], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', TMPDIR: temporary, TEMP: temporary, TMP: temporary },
    })
    return { status, stdout, stderr, left: readdirSync(temporary) }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
