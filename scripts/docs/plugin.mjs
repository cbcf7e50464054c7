/** The package as a plugin of Claude Code, and as the marketplace that offers it: three files that follow from others. */

const folder = '.claude-plugin'

/** @returns {[path: string, text: string][]} */
export function pluginFiles(pkg, { clients }) {
  const { parts } = clients['claude-code']
  const { calls } = parts.find(({ kind }) => kind === 'hooks')
  return [
    [`${folder}/plugin.json`, json(manifestOf(pkg))],
    [`${folder}/hooks.json`, json({ hooks: hooksFor(calls) })],
    [`${folder}/marketplace.json`, json(marketplaceOf(pkg))],
  ]
}

const description =
  'Copy-on-write sessions: try changes in a private layer over a folder, look at them, then commit or cancel them all at once'

function manifestOf({ name, version, license, author, keywords }) {
  return {
    name,
    version,
    description,
    author: { name: author },
    homepage: `https://www.npmjs.com/package/${name}`,
    license,
    keywords,
    skills: './skill/',
    hooks: `./${folder}/hooks.json`,
    // No tools for files: the client's own land in the session.
    mcpServers: {
      [name]: { command: 'node', args: [inPlugin('dist/cli/main.js'), 'mcp', '--tools', 'session'] },
    },
    network: { hosts: [] },
  }
}

function marketplaceOf({ name, author, description: inShort }) {
  const plugin = { name, source: './', description, category: 'productivity' }
  return { name, owner: { name: author }, description: inShort, plugins: [plugin] }
}

/** One text for a shell: not every host takes a list of words. */
function hooksFor(calls) {
  const hooks = {}
  for (const { event, matcher, timeout, guards, inWorkspaceOnly } of calls) {
    if (inWorkspaceOnly) continue
    const command = `node "${inPlugin('dist/hooks/main.js')}"`
    const handler = { type: 'command', command, timeout, ...(guards ? { onFailure: 'block' } : {}) }
    hooks[event] ??= []
    hooks[event].push({ ...(matcher === undefined ? {} : { matcher }), hooks: [handler] })
  }
  return hooks
}

function inPlugin(path) {
  return `\${CLAUDE_PLUGIN_ROOT}/${path}`
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`
}
