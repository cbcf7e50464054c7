/** A model on loopback that says what a test tells it to, and shows what it was given. */
import { randomInt } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Block, Given, Wire } from './wire.js'

export interface Model {
  /** Where it is, without a stroke at the end. */
  url: string
  /** What the model is asked, without an answer yet. Throws where nobody will ask any more. */
  asked(): Promise<Given>
  /** Answers what was asked. */
  answer(block: Block): Promise<void>
  /** Answers with a call of a tool, and waits for what the model is given of it. */
  call(name: string, input: unknown): Promise<Given>
  /** Nobody will ask any more, for this reason. */
  end(reason: Error): void
  close(): Promise<void>
}

export async function startModel(wire: Wire): Promise<Model> {
  const turns: { given: Given; response: ServerResponse }[] = []
  let ended: Error | null = null
  let wake: () => void = () => {}
  // A chat that goes on has answers of an earlier model in it.
  let answers = randomInt(1e9)

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const body = text.startsWith('{') ? JSON.parse(text) : {}
      const given = wire.read(request.url ?? '', body)
      if (given === null) return wire.aside(response, request.url ?? '', body)
      turns.push({ given, response })
      wake()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const turn = async () => {
    for (;;) {
      const [first] = turns
      if (first) return first
      if (ended) throw ended
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const model: Model = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: async () => (await turn()).given,
    async answer(block) {
      const { given, response } = await turn()
      turns.shift()
      answers += 1
      wire.reply(response, block, answers, given)
    },
    async call(name, input) {
      await model.answer({ call: name, input })
      return model.asked()
    },
    end(reason) {
      ended = reason
      wake()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return model
}
