/** The generated parts of docs/performance.md, by the name in their markers. */

import { duration, quantity, threeFigures } from '../shared/numbers.mjs'
import { estimates } from './estimates.mjs'
import { growthTable, rowsOf, verdict, workRows } from './judge.mjs'

/** @returns {Record<string, string>} */
export function performanceParts(results) {
  return {
    machine: machineOf(results),
    limits: limitsOf(results),
    work: workOf(results),
    calls: callsOf(results),
    growth: growthOf(results),
    estimates: estimatesOf(results),
  }
}

function machineOf({ machine, measured_at, versions, scale, lines }) {
  const { system, cores, processor, memory_gib, file_system, node } = machine
  const rounds = Math.max(
    ...lines.flatMap(({ samples }) => Object.values(samples).map(({ length }) => length)),
    0,
  )
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return (
    `Measured on ${measured_at}: ${system}, ${cores} cores (${processor}), ${memory_gib} GiB, ${file_system}, ` +
    `Node ${node.slice(1)}; ${peers.join(', ')}. A workspace of ${count(scale.workspace)} files of 4 KiB where ` +
    `nothing else is said; ${rounds} ${rounds === 1 ? 'round' : 'rounds at most'}.`
  )
}

/** Every line's rows under its title; the limits are those that the project has set itself. */
function limitsOf({ lines, capabilities }) {
  const rows = lines.flatMap((line) =>
    rowsOf(line, capabilities).map((row, at) => [
      at === 0 ? `**${line.title}**` : '',
      row.says,
      row.missing === null ? `${quantity(row.value, row.unit)}${spread(row)}` : `left out: ${row.missing}`,
      row.most === null ? '' : quantity(row.most, row.unit),
      verdict(row),
      row.missing === null && row.unit === 'ratio' ? `${duration(row.of)} : ${duration(row.against)}` : '',
    ]),
  )
  return table(['', '', 'median (range)', 'at most', '', 'medians'], rows)
}

function spread({ lowest, highest }) {
  return lowest === highest ? '' : ` (${threeFigures(lowest)}–${threeFigures(highest)})`
}

function workOf({ work, columns, scale }) {
  const rows = workRows(work, columns)
  const { reads, writes, edits, removals } = scale
  const heads = {
    create: 'create',
    read: `read ${count(reads)}`,
    write: `write ${count(writes)} new`,
    edit: `edit ${count(edits)}`,
    diff: `diff of ${count(writes + edits + removals)} changes`,
    commit: 'commit',
    discard: 'discard',
  }
  const times = rows.map(({ name, missing, cells }) => [
    name,
    ...(missing === null
      ? cells.map((cell) => (cell === null ? '–' : milliseconds(cell)))
      : [`left out: ${missing}`, ...cells.slice(1).map(() => '')]),
  ])
  const lacks = rows.map(({ name, lacks: what }) => `- **${name}**: ${what}.`)
  return [
    table(['milliseconds', ...columns.map((column) => heads[column])], times),
    'What each of them does not do:',
    lacks.join('\n'),
  ].join('\n\n')
}

function callsOf({ counts, capabilities }) {
  if (counts === null) return `Not counted: ${capabilities.strace}.`
  const rows = counts.map(({ what, per, calls, syncs }) => [
    what,
    count(per),
    threeFigures(calls / per),
    syncs === 0 ? '0' : `${count(syncs)}`,
  ])
  return table(['', 'files', 'calls on files, each', 'fsyncs in all'], rows)
}

function growthOf({ lines, scale }) {
  const line = lines.find(({ name }) => name === 'growth')
  const { head, rows } = growthTable(line, scale)
  return table(head, rows)
}

function estimatesOf(results) {
  const rows = estimates(results).map(({ what, unit, atScale, needed }) => [what, unit, atScale, needed])
  return table(['', 'measured', 'at ten million files, a thousand agents', 'what it would need'], rows)
}

function milliseconds(value) {
  return threeFigures(value)
}

function count(number) {
  return number.toLocaleString('en-US')
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
