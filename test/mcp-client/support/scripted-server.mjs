/** An MCP server on stdio that behaves as its first argument says; no package is loaded, so that it is there at once. */
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { answerTo } from './scripted-answers.mjs'

const [behaviour = 'good', notes] = process.argv.slice(2)
const note = (line) => notes && appendFileSync(notes, `${line}\n`)

note(`pid ${process.pid}`)
note(`cwd ${process.cwd()}`)

if (behaviour === 'dies') {
  console.error(`Cannot log in with ${process.env.API_TOKEN}`)
  process.exit(3)
}
if (behaviour === 'talks') console.log('Listening for requests')
if (behaviour === 'stubborn') {
  const child = spawn(
    process.execPath,
    ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"],
    {
      stdio: 'ignore',
    },
  )
  note(`pid ${child.pid}`)
  process.on('SIGTERM', () => note('asked to end'))
  setInterval(() => {}, 1000)
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  if (behaviour === 'silent') continue
  if (request.method === 'tools/call' && request.params.name === 'leave') process.exit(4)
  const answer = answerTo(request, behaviour)
  if (answer !== null) console.log(JSON.stringify(answer))
}
note('end of input')
