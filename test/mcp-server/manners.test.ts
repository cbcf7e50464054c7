import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { bundle, call, start } from './support/program.js'

let program: string
let remove: () => Promise<void>

beforeAll(async () => {
  const bundled = await bundle('test/mcp-server/support/fake-server.ts')
  program = bundled.program
  remove = bundled.remove
})
afterAll(() => remove())

describe('stdout', () => {
  it('has nothing on it but MCP, whoever prints', async () => {
    const server = await start(program)
    server.send(call(1, 'noisy'))
    expect(await server.answerTo(1)).toMatchObject({ result: { structuredContent: { ok: true } } })
    await expect.poll(server.stderr).toContain('noise of a rejection')
    const noises = ['console.log', 'console.info', 'console.table', 'process.stdout']
    for (const noise of noises) expect(server.stderr()).toContain(noise)
    server.send(call(2, 'noisy')) // And it goes on.
    await server.answerTo(2)
  })
})

describe('the server', () => {
  it('outlives broken lines, and answers a hundred calls at once', async () => {
    const server = await start(program)
    server.child.stdin.write('{"jsonrpc": oh no\n\u0000\u0001\n"text"\n')
    for (let id = 1; id <= 100; id++) server.send(call(id, 'list_sessions'))
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => server.answerTo(index + 1)))
    expect(answers.every((answer) => 'result' in answer)).toBe(true)
  })

  it('takes a message of many megabytes, and outlives one that is too long', async () => {
    const server = await start(program)
    server.send(call(1, 'list_sessions', { filler: 'x'.repeat(12 * 1024 * 1024) }))
    expect(await server.answerTo(1)).toMatchObject({ result: { isError: true } })
    server.send(call(2, 'list_sessions', { filler: 'x'.repeat(65 * 1024 * 1024) }))
    expect(await server.answerTo(2)).toMatchObject({ error: { code: -32600 } })
    server.send(call(3, 'list_sessions'))
    expect(await server.answerTo(3)).toHaveProperty('result')
  })

  it('answers server/discover as a method that it does not have, even before initialize', async () => {
    const server = await start(program, { clientName: null })
    server.send({ jsonrpc: '2.0', id: 1, method: 'server/discover', params: {} })
    expect(await server.answerTo(1)).toMatchObject({ error: { code: -32601 } })
  })

  it('lists its tools to a client that it does not know yet, with both parts', async () => {
    const server = await start(program, { clientName: null })
    server.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
    const { result } = (await server.answerTo(1)) as { result: { tools: { outputSchema?: unknown }[] } }
    expect(result.tools[0]?.outputSchema).toBeDefined()
  })

  it('refuses options that are not to be had, without a word on stdout', async () => {
    const server = await start(program, { clientName: null, arguments: ['--tools', 'session,magic'] })
    expect(await server.ended).toBe(1)
    expect(server.stderr()).toMatch(/magic/)
    expect(server.messages).toEqual([])
  })
})

describe('the end', () => {
  it('of stdin lets calls in flight finish, lets go of the handles, and is an exit with 0', async () => {
    const server = await start(program)
    server.send(call(1, 'search_session_text', { query: 'short' }))
    server.child.stdin.end()
    expect(await server.answerTo(1)).toMatchObject({ result: { structuredContent: { total: 1 } } })
    expect(await server.ended).toBe(0)
    expect(server.stderr()).toContain('handle closed')
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s is an exit with 0', async (signal) => {
    const server = await start(program)
    server.send(call(1, 'list_sessions'))
    await server.answerTo(1)
    server.child.kill(signal)
    expect(await server.ended).toBe(0)
    expect(server.stderr()).toContain('handle closed')
  })

  it('comes when the client is gone though its pipe is held open', async () => {
    // A third process holds the other end of the server's stdin, so that it does not end with the parent.
    const launch = `
      const { spawn } = require('node:child_process')
      const server = spawn(process.execPath, [process.argv[1]], { stdio: ['pipe', 'inherit', 'inherit'] })
      const waiting = ['-e', 'setTimeout(() => {}, 60000)']
      const holder = spawn(process.execPath, waiting, { stdio: ['ignore', server.stdin, 'ignore'], detached: true })
      console.error(holder.pid)
      server.stdin.write(process.argv[2] + '\\n')`
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'a-client', version: '1' },
    }
    const initialize = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })
    const parent = spawn(process.execPath, ['-e', launch, program, initialize])
    const closed = once(parent, 'close') // That is when the server lets go of stdout, too.
    const [[said]] = await Promise.all([once(parent.stderr, 'data'), once(parent.stdout, 'data')])
    const holder = Number(said)
    onTestFinished(() => void process.kill(holder))
    parent.kill('SIGKILL')
    await closed
    expect(process.kill(holder, 0)).toBe(true)
  })

  it('does not wait for ever for a call that does not end', async () => {
    const server = await start(program)
    server.send(call(1, 'search_session_text', { query: 'endless' }))
    server.send(call(2, 'list_sessions'))
    await server.answerTo(2)
    server.child.stdin.end()
    expect(await server.ended).toBe(0)
  })

  it('comes when nobody reads stdout any more', async () => {
    const server = await start(program)
    server.child.stdout.destroy()
    server.send(call(1, 'list_sessions'))
    server.send(call(2, 'list_sessions'))
    expect(await server.ended).toBe(0)
  })
})
