/** Servers at an address, on loopback. */
import { expect, it } from 'vitest'
import { serve } from './support/scripted-http.js'
import { settings } from './support/settings.js'

const secret = 'tok-1234567890'

it('test and call go by HTTP, with the headers of the settings, and say goodbye', async () => {
  const { url, seen } = await serve()
  const web = {
    type: 'http',
    url: `${url}/mcp?key=${secret}`,
    headers: { Authorization: `Bearer ${secret}` },
  }
  const { cowrite, told } = settings({ web })
  const { status, stdout } = await cowrite(['mcp', 'test', 'web'])
  expect(status).toBe(0)
  expect(stdout).toMatch(/✅ Server reached \(.*\)\n {2}✅ Handshake completed/)
  expect(seen.every(({ authorization }) => authorization === `Bearer ${secret}`)).toBe(true)
  expect(seen.at(-1)?.method).toBe('DELETE')
  const called = await told(['mcp', 'call', 'web', 'get_schema', '--arg', 'table_name=sales'])
  expect(called).toMatchObject({ status: 10, answer: { error: { code: 'TOOL_FAILED' } } })
  const late = await told(['mcp', 'call', 'web', 'never', '--timeout', '500ms'])
  expect(late).toMatchObject({ status: 10, answer: { error: { code: 'TOOL_FAILED' } } })
  expect(late.answer.error.message).toBe('web.never did not answer within 0.5s')
})

it('one that knows only the older transport is spoken to in that', async () => {
  const { url } = await serve()
  const { told } = settings({ old: { url: `${url}/sse` }, named: { type: 'sse', url: `${url}/sse` } })
  expect(await told(['mcp', 'test', 'old'])).toMatchObject({ status: 0, answer: { status: 'healthy' } })
  expect(await told(['mcp', 'test', 'named'])).toMatchObject({ status: 0, answer: { transport: 'sse' } })
})

it('one that is not there, or wants a log-in, is told apart; nothing of the address but its place is shown', async () => {
  const { url } = await serve()
  const { cowrite } = settings({
    login: { type: 'http', url: `${url}/login?key=${secret}` },
    gone: { type: 'http', url: `http://user:${secret}@127.0.0.1:1${new URL(url).pathname}` },
    lost: { type: 'http', url: `${url.replace(/\d+$/, '4')}/mcp` },
  })
  const login = await cowrite(['mcp', 'test', 'login'])
  expect(login.status).toBe(8)
  expect(login.stdout).toContain('it wants somebody to be logged in (HTTP 401)')
  expect(login.stdout).toContain('1. Log in with the client that uses it')
  const gone = await cowrite(['mcp', 'test', 'gone'])
  expect(gone.status).toBe(8)
  expect(gone.stdout).toContain('❌ Failed to reach server')
  const lost = await cowrite(['mcp', 'test', 'lost'])
  expect(lost.stdout).toMatch(/Error: (connection refused|bad port)/)
  expect([login, gone, lost].map(({ stdout }) => stdout).join()).not.toContain(secret)
})
