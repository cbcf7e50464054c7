/** The results for whoever waits for them. */
import Table from 'cli-table3'
import { duration, quantity } from '../shared/numbers.mjs'
import { growthTable, rowsOf, verdict, workRows } from './judge.mjs'

export function terminalReport(results) {
  const { capabilities, columns, counts, lines, scale, work } = results
  const parts = []
  if (work.length > 0) {
    const rows = workRows(work, columns).map(({ name, missing, cells }) => [
      name,
      ...(missing === null
        ? cells.map((cell) => (cell === null ? '–' : duration(cell)))
        : [{ content: `left out: ${missing}`, colSpan: columns.length }]),
    ])
    parts.push(tableOf(['', ...columns], rows))
  }
  for (const line of lines) {
    if (line.measures.length === 0) continue
    const rows = rowsOf(line, capabilities).map((row) => [
      row.says,
      row.missing === null ? quantity(row.value, row.unit) : `left out: ${row.missing}`,
      row.missing === null ? measured(row) : '',
      row.most === null ? '' : `≤ ${quantity(row.most, row.unit)}`,
      verdict(row).replaceAll('*', ''),
    ])
    parts.push(`${line.title}\n${tableOf(['', 'median', 'measured', 'limit', ''], rows)}`)
  }
  const growth = lines.find(({ name }) => name === 'growth')
  if (growth) {
    const { head, rows } = growthTable(growth, scale)
    parts.push(`${growth.title}\n${tableOf(head, rows)}`)
  }
  if (counts) {
    const rows = counts.map(({ what, per, calls, syncs }) => [what, per, (calls / per).toFixed(1), syncs])
    parts.push(`Calls of the system\n${tableOf(['', 'files', 'calls a file', 'fsyncs in all'], rows)}`)
  }
  return parts.join('\n\n')
}

function measured({ of, against, unit }) {
  if (unit !== 'ratio') return ''
  return `${duration(of)} : ${duration(against)}`
}

function tableOf(head, rows) {
  const table = new Table({ head, style: { head: [], border: [], compact: true } })
  table.push(...rows)
  return table.toString()
}
