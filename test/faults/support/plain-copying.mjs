/** What a commit would be without its engine: each changed file is copied over the old. `node plain-copying.mjs ROOT`. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const [, , root] = process.argv
const session = join(root, 'workspace/sessions/work')

try {
  for (const top of ['acts', 'notes']) {
    for (const entry of readdirSync(join(session, top), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const from = join(entry.parentPath, entry.name)
      const to = join(root, from.slice(session.length + 1))
      mkdirSync(dirname(to), { recursive: true })
      copyFileSync(from, to)
    }
  }
  console.log(JSON.stringify({ done: true }))
} catch (error) {
  console.log(
    JSON.stringify({ error: { code: 'CANNOT_WRITE', message: `It cannot be copied: ${error.code}.` } }),
  )
}
