/** One line for each sweep, printed together when all are done: what was tried, what was found, what was skipped. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const fileName = 'COWRITE_FAULTS_SUMMARY'

/** Vitest's global set-up: what the sweeps report is printed at the end, outside of the tests' own output. */
export default function collect(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'cowrite-summary-'))
  const file = join(folder, 'lines')
  appendFileSync(file, '')
  process.env[fileName] = file
  return () => {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean).sort()
    rmSync(folder, { recursive: true, force: true })
    if (lines.length > 0) console.log(`\nFaults:\n${lines.map((line) => `  ${line}`).join('\n')}\n`)
  }
}

/** Counts in the order in which they are to be read, such as `{ points: 120, torn: 0 }`. */
export function report(sweep: string, counts: Record<string, number>, skipped: readonly string[] = []): void {
  const said = Object.entries(counts).map(([what, count]) => `${count.toLocaleString('en-US')} ${what}`)
  const line = `${sweep}: ${said.join(', ')}; skipped: ${skipped.join(', ') || 'nothing'}`
  const file = process.env[fileName]
  if (file === undefined) console.log(line)
  else appendFileSync(file, `${line}\n`)
}
