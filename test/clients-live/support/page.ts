/** docs/clients.md, made of what the turns have shown. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from './book.js'
import { liveClients } from './clients.js'
import type { Finding } from './findings.js'

const rows: readonly (readonly [row: string, label: string])[] = [
  ['start', 'a session is started by typing'],
  ['answers', "the model is given cowrite's answers"],
  ['read', 'its own read tool, of a file that differs in the session'],
  ['write', 'its own write tool, on a file that is there'],
  ['write-new', 'its own write tool, a new file'],
  ['edit', 'its own edit tool, on a file that is there'],
  ['edit-differing', '… on a file that differs in the session'],
  ['edit-new', '… on a file that exists only in the session'],
  ['notebook', 'its own notebook tool'],
  ['shell', 'its shell: `sed -i`, `rm`, `mv`'],
  ['retry', 'a text is rejected by typing'],
  ['commit', 'preview and commit'],
  ['view', 'all of its own tools, started by `cowrite run`'],
  ['worktree', 'its worktrees'],
  ['guard', 'a hook that cannot start'],
  ['open-chat', 'a chat that was open before `cowrite init`'],
  ['plugin', 'cowrite as its plugin'],
]

/** Writes the page where every client was tried and nothing is missing; what to tell of it. */
export function writePage(findings: readonly Finding[]): string[] {
  const missing = findings.flatMap((finding) => ('missing' in finding ? [finding] : []))
  const skipped = missing.map(({ client, missing: why }) => `SKIPPED: ${client}: ${why}`)
  const cells = new Map(
    findings.flatMap((f) => ('row' in f ? [[`${f.client} ${f.row}`, f.cell] as const] : [])),
  )
  const versions = new Map(findings.flatMap((f) => ('version' in f ? [[f.client, f.version] as const] : [])))
  const isWhole = liveClients.every(({ name }) => cells.has(`${name} commit`) && cells.has(`${name} view`))
  if (!isWhole) return [...skipped, 'docs/clients.md stays as it is: not every client went all the way']
  const head = liveClients.map(({ name, title }) => `${title} ${versions.get(name)}`)
  const table = [
    `| | ${head.join(' | ')} |`,
    `|---${'|---'.repeat(head.length)}|`,
    ...rows.map(
      ([row, label]) =>
        `| ${label} | ${liveClients.map(({ name }) => cells.get(`${name} ${row}`) ?? '–').join(' | ')} |`,
    ),
  ]
  writeFileSync(join(project, 'docs', 'clients.md'), page(table.join('\n')))
  return ['docs/clients.md was written']
}

const page = (table: string) => `# Agent clients

What each client can do with a session after \`cowrite init\`, as found by whole turns in the real client: \`npm run test:clients\` installs each from npm, lets a scripted model on loopback call its tools, reads what the model is given next, and looks where every change came to lie. It writes this page.

${table}

## Reading it

- *In the session*: the real file stayed as it was, and the change came with the commit.
- *On the copy that the model is told of*: the client looks at the real file before anybody else is asked. The model is told where the session's copy lies, and its edit there goes through.
- *In the real file*: the client's own tool wrote past the session. cowrite's instructions and skills tell the model to use cowrite's tools instead, and those, too, were used in the same turns: they land in the session in every client. What was written past it is named by the next answer of cowrite's server to a call that writes, and by the status of the session.
- \`cowrite run -- CLIENT\` starts the whole client in the session's view (Linux). Then every tool that it has, and every program that it starts, works in the session, without a word to the model.

## What to know

- **Claude Code**: hooks lead its own tools into the session; [hooks.md](hooks.md) has what they do and their limits. The literal \`/session\` is to be had by a skill of the folder or of the person only: a plugin cannot take the name of a built-in command, so with the plugin alone it is \`/cowrite:session\`.
- **Codex**: its servers are the person's, not the folder's. Skills are named with \`$\`. It runs hooks only once a person has trusted them, and in a sandbox in which no view can be made, so cowrite sets none up.
- **Gemini CLI**: servers, skills, commands and hooks of a folder are there once the folder is trusted. It is led by hooks, too, which ask before it looks at a file.
- **opencode**: \`/session\` and \`/retry\` are commands of the folder, and a plugin of the folder leads its tools, before it looks at a file.
`
