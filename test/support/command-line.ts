/** The command line on the real library, in a folder of its own for each test. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { type Outcome, run, type World } from '../cli/fake-io.js'
import { realRooms } from '../cli/real-rooms.js'

export interface CommandFolder {
  /** Real and absolute; another for each test. */
  readonly folder: string
  at(path: string): string
  put(path: string, content: string): void
  /** In the folder, unless `world` says otherwise. */
  run(line: readonly string[], world?: Partial<World>): Promise<Outcome>
}

/** Call at the top of a file or in a `describe`: the folder holds `files` when a test begins, and goes when it ends. */
export function commandFolder(files: Record<string, string> = {}): CommandFolder {
  let folder = ''
  const at = (path: string) => join(folder, path)
  const put = (path: string, content: string) => {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), content)
  }
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite book ä-')))
    for (const [path, content] of Object.entries(files)) put(path, content)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  return {
    get folder() {
      return folder
    },
    ...{ at, put },
    run: (line, world = {}) => run([...line], { rooms: realRooms, cwd: folder, ...world }),
  }
}
