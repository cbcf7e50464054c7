/** One client for both servers, from the same SDK. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { program } from './cowrite.mjs'
import { peerFolder } from './peers.mjs'

/** `cowrite mcp` on a workspace; in a session of its own, unless that is not wanted. */
export async function connectCowrite(folder, { session = true } = {}) {
  const { call, close } = await connect([program, 'mcp', '--workspace', folder])
  if (session) await call('create_session', { name: 'bench', description: '' })
  return {
    call,
    close,
    read: (path) => call('read_session_file', { file_path: path }),
    write: (path, content) => call('write_session_file', { file_path: path, content }),
    edit: (path, from, to) =>
      call('edit_session_file', { file_path: path, old_string: from, new_string: to }),
  }
}

/** The official file-system server, at work in the folder itself. */
export async function connectOfficial(folder) {
  const server = join(peerFolder, '@modelcontextprotocol', 'server-filesystem', 'dist', 'index.js')
  const { call, close } = await connect([server, folder])
  return {
    call,
    close,
    read: (path) => call('read_text_file', { path: join(folder, path) }),
    write: (path, content) => call('write_file', { path: join(folder, path), content }),
    edit: (path, oldText, newText) =>
      call('edit_file', { path: join(folder, path), edits: [{ oldText, newText }] }),
  }
}

/** A server that does nothing but answer. */
export async function connectBare() {
  const { call, close } = await connect([fileURLToPath(new URL('bare-server.mjs', import.meta.url))])
  return { close, answer: () => call('answer', {}) }
}

async function connect(args) {
  const client = new Client({ name: 'cowrite-bench', version: '1.0.0' })
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }))

  async function call(name, given) {
    const answer = await client.callTool({ name, arguments: given })
    if (answer.isError === true) throw new Error(`${name} failed: ${JSON.stringify(answer.content)}`)
    return answer
  }
  return { call, close: () => client.close() }
}
