/** The scripted server at an address of this machine, in this process. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { answerTo } from './scripted-answers.mjs'

interface Seen {
  method: string | undefined
  authorization: string | undefined
}

/** `/mcp` speaks the streamable transport, `/sse` the older one, `/login` wants somebody to be logged in. */
export async function serve(): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const streams: ServerResponse[] = []
  const server = createServer(async (request, response) => {
    seen.push({ method: request.method, authorization: request.headers.authorization })
    const path = request.url?.split('?')[0]
    if (path === '/login') return response.writeHead(401).end('who are you?')
    if (path === '/sse' && request.method === 'GET') {
      streams.push(response)
      return response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write('event: endpoint\ndata: /back\n\n')
    }
    if (request.method !== 'POST' || path === '/sse') return response.writeHead(405).end()
    const answer = answerTo(JSON.parse(await bodyOf(request)), 'good')
    if (path === '/back') {
      if (answer !== null) streams.at(-1)?.write(`event: message\ndata: ${JSON.stringify(answer)}\n\n`)
      return response.writeHead(202).end()
    }
    if (answer === null) return response.writeHead(202).end()
    response
      .writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'one' })
      .end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString()
}
