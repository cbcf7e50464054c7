/** A folder with settings of clients in it, and the command line in that folder. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { run, type World } from '../../cli/fake-io.js'
import { realRooms as rooms } from '../../cli/real-rooms.js'

const scripted = join(import.meta.dirname, 'scripted-server.mjs')

/** An entry for a scripted server that behaves so. */
export function entry(behaviour: string, ...more: string[]) {
  return { command: process.execPath, args: [scripted, behaviour, ...more] }
}

export interface Settings {
  book: string
  home: string
  put(path: string, content: string | object): string
  cowrite(line: string[], world?: Partial<World>): ReturnType<typeof run>
  /** A command with `--json`, whose answer is read. */
  told(line: string[], world?: Partial<World>): Promise<{ status: number; answer: Answer }>
}

// biome-ignore lint/suspicious/noExplicitAny: each test looks at what it is about
type Answer = any

export function settings(servers: object = {}): Settings {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-servers-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [book, home] = [join(folder, 'book'), join(folder, 'home')]
  for (const path of [book, home]) mkdirSync(path)
  const put = (path: string, content: string | object) => {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return file
  }
  put('book/.mcp.json', { mcpServers: servers })
  const env = { HOME: home, PATH: process.env.PATH ?? '' }
  const cowrite: Settings['cowrite'] = (line, world = {}) =>
    run(line, { rooms, cwd: book, ...world, env: { ...env, ...world.env } })
  return {
    ...{ book, home, put, cowrite },
    told: async (line, world) => {
      const { status, stdout, stderr } = await cowrite([...line, '--json'], world)
      return { status, answer: stdout === '' ? stderr : JSON.parse(stdout) }
    },
  }
}
