/** Calls over the Model Context Protocol on stdio, beside the official file-system server. */
import { join } from 'node:path'
import { interleave, timed } from '../shared/clock.mjs'
import { layWorkspace, pathOf, settle, textOf } from '../shared/folders.mjs'
import { connectBare, connectCowrite, connectOfficial } from '../shared/mcp-clients.mjs'

const tools = ['read', 'write', 'edit']
const of = (tool) => `${tool}, cowrite mcp`
const bare = 'a bare answer'
const against = (tool) => `${tool}, server-filesystem`

export const mcp = {
  name: 'mcp',
  title: 'A call over MCP (p50)',
  rounds: { quick: 1, full: 3 },
  needs: Object.fromEntries(tools.map((tool) => [against(tool), 'server-filesystem'])),
  measures: [
    ...tools.map((tool) => ({
      says: `${tool} of 4 KiB, against @modelcontextprotocol/server-filesystem`,
      of: of(tool),
      against: against(tool),
      most: 0.8,
    })),
    {
      says: 'a server that does nothing but answer with 4 KiB, against the other’s read',
      of: bare,
      against: against('read'),
    },
  ],

  async round({ folder, scale, has }) {
    const rivals = [{ connect: connectCowrite, name: of, at: join(folder, 'cowrite') }]
    if (has('server-filesystem')) {
      rivals.push({ connect: connectOfficial, name: against, at: join(folder, 'official') })
    }
    for (const { at } of rivals) layWorkspace(at, { files: scale.workspace })
    settle(folder)
    const nothing = await connectBare()
    const clients = await Promise.all(rivals.map(({ connect, at }) => connect(at)))
    try {
      const calls = rivals.flatMap(({ name }, at) => callsOf(clients[at], name))
      calls.push([bare, () => timed(nothing.answer)])
      return await interleave(Object.fromEntries(calls), { blocks: scale.calls, warmUp: 20 })
    } finally {
      await Promise.all([nothing, ...clients].map((client) => client.close()))
    }
  },
}

/** Every call is a block of its own, so that the median of the blocks is the p50. */
function callsOf(client, name) {
  return [
    [name('read'), (block) => timed(() => client.read(pathOf(block * 3)))],
    [name('write'), (block) => timed(() => client.write(`part-0000/new-${block}.md`, textOf(block)))],
    [
      name('edit'),
      (block) => timed(() => client.edit(pathOf(block * 3 + 1), `# ${block * 3 + 1}\n`, '# Changed\n')),
    ],
  ]
}
