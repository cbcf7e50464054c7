/** One job in a process of its own: a round of a line, a fixture, a stage of the table. Started by jobs.mjs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../scripts/freshness.mjs'

const [, , jobFile, answerFile] = process.argv
const { module, call, argument } = JSON.parse(readFileSync(jobFile, 'utf8'))
const loaded = await import(pathToFileURL(join(root, 'bench', module)).href)
const context = { ...argument, has: (capability) => argument.capabilities[capability] === null }
writeFileSync(answerFile, JSON.stringify((await loaded[call](context)) ?? null))
