/**
 * Writes what follows from the definitions: docs/reference.md, and the parts between markers of docs/mcp.md and the
 * skills; the plugin's files; and what follows from the last whole run of the benchmarks: the tables and the picture of
 * docs/performance.md.
 *
 *   node scripts/generate-docs.mjs            writes what is not up to date
 *   node scripts/generate-docs.mjs --check    names it, and ends with 1
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { performanceParts } from '../bench/report/markdown.mjs'
import { workPicture } from '../bench/report/svg.mjs'
import { commandTables } from './docs/command-table.mjs'
import { loadDefinitions } from './docs/load.mjs'
import { pluginFiles } from './docs/plugin.mjs'
import { referenceOf } from './docs/reference.mjs'
import { toolListSize } from './docs/tool-list.mjs'
import { root } from './freshness.mjs'

/** @returns {Promise<Map<string, string>>} every generated file as it should be, by its path */
export async function generate() {
  const definitions = await loadDefinitions()
  const tables = commandTables(definitions)
  const measured = JSON.parse(present('bench/results/latest.json') ?? '')
  return new Map([
    ['docs/reference.md', referenceOf(definitions)],
    ['docs/mcp.md', withPart('docs/mcp.md', 'tool list size', await toolListSize(definitions))],
    ['skill/session/SKILL.md', withPart('skill/session/SKILL.md', 'commands', tables.session)],
    ['skill/retry/SKILL.md', withPart('skill/retry/SKILL.md', 'commands', tables.retry)],
    ['docs/performance.md', withParts('docs/performance.md', performanceParts(measured))],
    ['docs/performance.svg', workPicture(measured)],
    ...pluginFiles(JSON.parse(present('package.json') ?? ''), definitions),
  ])
}

/** The file with what stands between its markers replaced. */
function withPart(path, name, part) {
  return withParts(path, { [name]: part })
}

function withParts(path, parts) {
  return Object.entries(parts).reduce(
    (text, [name, part]) => replacePart(path, text, name, part),
    present(path) ?? '',
  )
}

function replacePart(path, text, name, part) {
  const [start, end] = [`<!-- generated: ${name} -->`, '<!-- end of generated -->']
  const from = text.indexOf(start)
  const to = text.indexOf(end, from)
  if (from === -1 || to === -1) throw new Error(`${path} lacks the markers "${start}" and "${end}".`)
  return `${text.slice(0, from + start.length)}\n${part}\n${text.slice(to)}`
}

function present(path) {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}

async function main(onlyCheck) {
  const files = await generate()
  const old = [...files].filter(([path, text]) => present(path) !== text)
  for (const [path, text] of old) {
    if (onlyCheck) console.error(`${path} is not up to date; run npm run docs.`)
    else writeFileSync(join(root, path), text)
  }
  if (!onlyCheck)
    console.log(old.length === 0 ? 'Up to date.' : `Wrote ${old.map(([path]) => path).join(', ')}.`)
  if (onlyCheck && old.length > 0) process.exitCode = 1
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(process.argv.includes('--check'))
}
