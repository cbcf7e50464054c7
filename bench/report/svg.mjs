/** The table of a day's work as a picture: a dot for each time, on one scale for all, the same for light and dark. */

import { duration } from '../shared/numbers.mjs'
import { workRows } from './judge.mjs'

const left = 190
const panel = 122
const panelGap = 10
const rowHeight = 24
const top = 58
const decades = { from: -1, to: 5 }

/** @returns {string} a whole SVG document */
export function workPicture({ work, columns }) {
  const rows = workRows(work, columns).filter(({ missing }) => missing === null)
  const width = left + columns.length * (panel + panelGap)
  const height = top + rows.length * rowHeight + 34
  const bottom = top + rows.length * rowHeight
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    '<title id="title">What each step takes, by everything that could do the work; a logarithmic scale</title>',
    `<style>${style}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="head" x="12" y="22">The same work by each (logarithmic: every line is ten times the one before)</text>`,
    ...rows.filter((_, at) => at % 2 === 1).map((row) => band(rows.indexOf(row), width)),
    ...columns.map((column, at) => scaleOf(column, at, bottom)),
    ...rows.map((row, at) => rowOf(row, at)),
    '</svg>',
  ].join('\n')}\n`
}

const style = [
  'text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#24292f}',
  '.page{fill:#fff}.band{fill:#f4f5f7}.grid{stroke:#d0d4da;stroke-width:1}',
  '.head{font-weight:600}.small{font-size:10px;fill:#6a737d}.own{font-weight:600;fill:#0b57a4}',
  '.dot{fill:#8a929b}.own-dot{fill:#0b66c2}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.band{fill:#161b22}.grid{stroke:#30363d}',
  '.small{fill:#9aa4af}.own{fill:#6cb6ff}.dot{fill:#8b949e}.own-dot{fill:#58a6ff}}',
].join('')

function band(at, width) {
  return `<rect class="band" y="${top + at * rowHeight}" width="${width}" height="${rowHeight}"/>`
}

function scaleOf(column, at, bottom) {
  const parts = [`<text class="head" x="${panelLeft(at)}" y="${top - 12}">${escaped(column)}</text>`]
  for (let decade = decades.from; decade <= decades.to; decade++) {
    const x = position(10 ** decade, at)
    parts.push(`<line class="grid" x1="${x}" y1="${top}" x2="${x}" y2="${bottom}"/>`)
    if (decade % 2 !== 0) continue
    parts.push(
      `<text class="small" x="${x}" y="${bottom + 16}" text-anchor="middle">${shortly(10 ** decade)}</text>`,
    )
  }
  return parts.join('\n')
}

function rowOf({ name, cells }, at) {
  const isOwn = name.startsWith('cowrite')
  const y = top + at * rowHeight + rowHeight / 2
  const label = `<text${isOwn ? ' class="own"' : ''} x="12" y="${y + 4}">${escaped(name)}</text>`
  const dots = cells.map((cell, column) => {
    if (cell === null) return ''
    const x = position(cell, column)
    // Beside the dot, on the side where there is room.
    const isRight = x > panelLeft(column) + panel * 0.58
    const dot = `<circle class="${isOwn ? 'own-dot' : 'dot'}" cx="${x}" cy="${y}" r="4"/>`
    const place = isRight ? `x="${x - 7}" text-anchor="end"` : `x="${x + 7}"`
    return `${dot}<text class="small" ${place} y="${y + 3.5}">${duration(cell)}</text>`
  })
  return [label, ...dots.filter((dot) => dot !== '')].join('\n')
}

function panelLeft(at) {
  return left + at * (panel + panelGap)
}

/** Where a time stands in its panel; what is beyond the scale stands at its end. */
function position(milliseconds, at) {
  const decade = Math.log10(Math.max(milliseconds, Number.MIN_VALUE))
  const share =
    (Math.min(Math.max(decade, decades.from), decades.to) - decades.from) / (decades.to - decades.from)
  return Math.round((panelLeft(at) + share * panel) * 10) / 10
}

function shortly(milliseconds) {
  return milliseconds >= 1000 ? `${milliseconds / 1000} s` : `${milliseconds} ms`
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
