/** The plugin that leads opencode's own tools into the session: it asks the bridge, and does as that says. */

/** `words` start the bridge. */
export function opencodePlugin(words: readonly string[]): string {
  return `// Leads opencode's own tools into the cowrite session that is at work. Written by \`cowrite init\`.
import { spawn } from 'node:child_process'

const [program, ...words] = ${JSON.stringify(words)}
const writers = ['write', 'edit', 'bash']
const led = [...writers, 'read']

function ask(told) {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    let complaint = ''
    child.stdout.on('data', (chunk) => (said += chunk))
    child.stderr.on('data', (chunk) => (complaint += chunk))
    child.stdin.on('error', () => {})
    child.on('error', (error) => resolve({ failed: error.message }))
    child.on('close', (status) => {
      if (status !== 0) return resolve({ failed: complaint.trim() || 'it ended with ' + status })
      resolve(said === '' ? {} : JSON.parse(said))
    })
    child.stdin.end(JSON.stringify(told))
  })
}

export const Cowrite = async ({ directory }) => {
  const notes = new Map()
  return {
    'tool.execute.before': async ({ tool, sessionID, callID }, output) => {
      if (!led.includes(tool)) return
      const answer = await ask({ when: 'before', tool, session: sessionID, cwd: directory, args: output.args })
      // What cannot be judged is not written; to read it harms nobody.
      const refused = answer.refused ?? (writers.includes(tool) ? answer.failed : undefined)
      if (refused !== undefined) throw new Error('cowrite: ' + refused)
      if (answer.args) Object.assign(output.args, answer.args)
      if (answer.note) notes.set(callID, answer.note)
    },
    'tool.execute.after': async ({ tool, sessionID, callID, args }, output) => {
      if (!led.includes(tool)) return
      const note = notes.get(callID)
      notes.delete(callID)
      const answer = await ask({ when: 'after', tool, session: sessionID, cwd: directory, args })
      for (const text of [note, answer.note]) if (text) output.output += '\\n' + text
    },
  }
}
`
}

/** The words that start the bridge, read from the plugin as it lies there; null where it says none. */
export function bridgeWordsIn(plugin: string): string[] | null {
  const [, list = ''] = /^const \[program, \.\.\.words\] = (\[.*\])$/m.exec(plugin) ?? []
  try {
    const words: unknown = JSON.parse(list)
    return Array.isArray(words) ? words.map(String) : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
