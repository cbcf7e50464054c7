/** What npm has of virtual file systems. */
import { join } from 'node:path'
import { edited, pathOf, textOf } from '../shared/folders.mjs'
import { connectOfficial } from '../shared/mcp-clients.mjs'
import { importPeer } from '../shared/peers.mjs'

export const justBash = {
  name: 'just-bash OverlayFs',
  needs: 'just-bash',
  lacks: 'changes live in memory and go with the process; no diff, no commit',
  async open({ lower }) {
    const { OverlayFs } = await importPeer('just-bash')
    let fs
    const at = (path) => `/${path}`
    return {
      create: () => {
        fs = new OverlayFs({ root: lower, mountPoint: '/' })
      },
      read: (path) => fs.readFileBuffer(at(path)),
      write: (path, text) => fs.writeFile(at(path), text),
      edit: async (path) => fs.writeFile(at(path), edited(await fs.readFile(at(path)))),
      remove: (path) => fs.rm(at(path)),
    }
  },
}

export const agentFs = {
  name: 'agentfs-sdk',
  needs: 'agentfs-sdk',
  lacks:
    'no overlay: files have to be imported (not counted; reads and edits are of imported ones); no diff, no commit',
  async open({ folder, work }) {
    const { AgentFS } = await importPeer('agentfs-sdk')
    let agent
    const at = (path) => `/${path}`
    return {
      create: async () => {
        agent = await AgentFS.open({ path: join(folder, 'agent.db') })
      },
      async afterCreate() {
        const imported = new Set([...work.reads, ...work.edits.map(([path]) => path), ...work.removals])
        const folders = new Set(
          [...imported, ...work.writes.map(([path]) => path)].map((path) => path.split('/')[0]),
        )
        for (const each of folders) await agent.fs.mkdir(at(each))
        for (let index = 0; imported.size > 0 && index < work.files; index++) {
          if (imported.delete(pathOf(index))) await agent.fs.writeFile(at(pathOf(index)), textOf(index))
        }
      },
      read: (path) => agent.fs.readFile(at(path)),
      write: (path, text) => agent.fs.writeFile(at(path), text),
      edit: async (path) => agent.fs.writeFile(at(path), edited(await agent.fs.readFile(at(path), 'utf8'))),
      remove: (path) => agent.fs.unlink(at(path)),
    }
  },
}

export const zenFs = {
  name: 'zen-fs CopyOnWrite',
  needs: 'zen-fs',
  lacks:
    'changes live in memory here, its folders made beforehand (over a disk its edits fail); no diff, no commit, no conflict check',
  async open({ lower, work }) {
    const zen = await importPeer('zen-fs')
    const node = await import('node:fs')
    const { promises } = zen.fs
    const at = (path) => `/${path}`
    let writable
    return {
      create: async () => {
        writable = await zen.resolveMountConfig({ backend: zen.InMemory })
        const readable = { backend: zen.Passthrough, fs: node, prefix: lower }
        await zen.configure({ mounts: { '/': { backend: zen.CopyOnWrite, readable, writable } } })
      },
      afterCreate: () => {
        const paths = [...work.writes.map(([path]) => path), ...work.edits.map(([path]) => path)]
        for (const folder of new Set(paths.map((path) => path.split('/')[0]))) {
          writable.mkdirSync(at(folder), { mode: 0o777, uid: 0, gid: 0 })
        }
      },
      read: (path) => promises.readFile(at(path)),
      write: (path, text) => promises.writeFile(at(path), text),
      edit: async (path) => promises.writeFile(at(path), edited(await promises.readFile(at(path), 'utf8'))),
      remove: (path) => promises.unlink(at(path)),
    }
  },
}

export const officialServer = {
  name: 'server-filesystem (MCP)',
  needs: 'server-filesystem',
  lacks: 'no session: the live files change at once; nothing is synced',
  async open({ lower }) {
    const { read, write, edit, close } = await connectOfficial(lower)
    return {
      read,
      write,
      edit: (path, index) => edit(path, `# ${index}\n`, '# Edited\n'),
      close,
    }
  },
}
