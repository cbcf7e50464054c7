/** cowrite, by each of its faces. */
import { openWorkspace, program } from '../shared/cowrite.mjs'
import { edited, run, textOf } from '../shared/folders.mjs'
import { connectCowrite } from '../shared/mcp-clients.mjs'

const lacks = 'readers outside may see a mix while a commit renames its files'

export const library = {
  name: 'cowrite, session.fs',
  lacks,
  async open({ lower }) {
    const workspace = await openWorkspace(lower)
    let session
    let count = 0
    return {
      create: async () => {
        session = await workspace.start(`bench-${++count}`)
      },
      read: (path) => session.fs.readFile(path),
      write: (path, text) => session.fs.writeFile(path, text),
      edit: async (path) => session.fs.writeFile(path, edited(await session.fs.readFile(path, 'utf8'))),
      remove: (path) => session.fs.rm(path),
      diff: () => session.diff({ words: false }),
      commit: () => session.commit(),
      close: () => workspace.close(),
    }
  },
  /** In a process of its own, at the end. */
  async discard({ lower }, timed) {
    const workspace = await openWorkspace(lower)
    const took = await timed(() => workspace.cancel())
    await workspace.close()
    return took
  },
}

export const mcp = {
  name: 'cowrite mcp',
  lacks,
  async open({ lower }) {
    const { call, read, write, edit, close } = await connectCowrite(lower, { session: false })
    let count = 0
    return {
      create: () => call('create_session', { name: `bench-${++count}`, description: '' }),
      read,
      write,
      edit: (path, index) => edit(path, `# ${index}\n`, '# Edited\n'),
      remove: (path) => call('delete_session_file', { file_path: path }),
      diff: () => call('diff_session', { words: false }),
      commit: () => call('commit_session', { force: true }),
      close,
    }
  },
  async discard({ lower }, timed) {
    const { call, close } = await connectCowrite(lower, { session: false })
    const took = await timed(() => call('cancel_session', {}))
    await close()
    return took
  },
}

/** A process a call: so few are made, and what they took is scaled. The rest of the changes is made by the library. */

export const command = {
  name: 'cowrite, command line',
  lacks: `${lacks}; each call is a process of its own (some are made, and what they take is scaled)`,
  isScaled: true,
  async open({ lower }) {
    const cowrite = (...args) => void run(process.execPath, [program, ...args], { cwd: lower })
    let count = 0
    return {
      create: () => cowrite('session', 'start', `bench-${++count}`),
      read: (path) => cowrite('file', 'read', path),
      write: (path, text) => cowrite('file', 'write', path, text),
      edit: (path, index) => cowrite('file', 'edit', path, `# ${index}\n`, '# Edited\n'),
      async inBulk({ writes, edits, removals }) {
        const workspace = await openWorkspace(lower)
        const { fs } = await workspace.session()
        for (const [path, index] of writes) await fs.writeFile(path, textOf(index))
        for (const [path] of edits) await fs.writeFile(path, edited(await fs.readFile(path, 'utf8')))
        for (const path of removals) await fs.rm(path)
        await workspace.close()
      },
      diff: () => cowrite('session', 'diff'),
      commit: () => cowrite('session', 'commit', '--force'),
    }
  },
  async discard({ lower }, timed) {
    return timed(() => void run(process.execPath, [program, 'session', 'cancel'], { cwd: lower }))
  },
}
