/** What was found of each client, kept in a file while the tests run, and written as docs/clients.md when all is done. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writePage } from './page.js'

/** A cell of the table, or a client as a whole. */
export type Finding =
  | { client: string; row: string; cell: string }
  | { client: string; version: string }
  | { client: string; missing: string }

const variable = 'COWRITE_CLIENTS_FINDINGS'

/** Vitest's global set-up. */
export default function collect(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'cowrite-findings-'))
  const file = join(folder, 'lines')
  appendFileSync(file, '')
  process.env[variable] = file
  return () => {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    rmSync(folder, { recursive: true, force: true })
    const findings = lines.map((line) => JSON.parse(line) as Finding)
    for (const told of writePage(findings)) console.log(told)
  }
}

export function note(finding: Finding): void {
  const file = process.env[variable]
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(finding)}\n`)
}
