/** Clients that are led by a bridge, where that is gone. */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Book, makeBook } from './support/book.js'
import { geminiCli, installed, opencode } from './support/clients.js'
import { note } from './support/findings.js'
import { open } from './support/tour.js'

const mate = 'context/mate.md'

describe.each([
  { client: geminiCli, file: '.gemini/settings.json' },
  { client: opencode, file: '.opencode/plugin/cowrite.js' },
])('$client.title, whose hooks cannot start', ({ client, file }) => {
  const found = installed(client)
  const isMissing = 'missing' in found
  const program = isMissing ? '' : found.program

  let book: Book
  beforeEach(() => {
    book = makeBook()
    client.furnish(book)
    book.cowrite('init', '--client', client.name, '--yes')
    book.cowrite('session', 'start', 'draft')
  })
  afterEach(() => book.remove())

  it.skipIf(isMissing)('writes nothing to the real files, and says so', async () => {
    const before = book.everything()
    const text = readFileSync(book.at(file), 'utf8')
    writeFileSync(book.at(file), text.replaceAll('bridges/main.js', 'bridges/gone.js'))
    const tour = await open(client, program, book, client.typed('session', 'status'))
    const tools = [
      client.write(book.at('notes/new.md'), 'New.\n'),
      client.edit(book.at(mate), 'sings', 'hums'),
      client.shell(`sed -i s/sings/hums/ ${mate}`),
    ]
    for (const tool of tools) {
      if (tool === null) continue
      const { results } = await tour.chat.call(...tool)
      expect(results).toMatch(/gone\.js/)
    }
    await tour.chat.end()
    expect(book.everything()).toEqual(before)
    note({ client: client.name, row: 'guard', cell: '✅ what writes is blocked, and the model is told why' })
  })
})
