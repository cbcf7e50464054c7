/** What a broken or hostile client writes: lines of anything, and requests that nobody should make. */
import * as fc from 'fast-check'
import { anyText } from '../../support/any-text.js'
import { paths, texts } from './values.js'

const methods = fc.constantFrom(
  ...['ping', 'tools/list', 'tools/call', 'resources/list', 'resources/read', 'resources/subscribe'],
  ...['resources/templates/list', 'prompts/list', 'prompts/get', 'completion/complete', 'logging/setLevel'],
  ...[
    'initialize',
    'server/discover',
    'sampling/createMessage',
    'roots/list',
    'tasks/get',
    'elicitation/create',
  ],
  ...['notifications/cancelled', 'notifications/initialized', 'notifications/progress', 'notifications/x'],
  ...['', '__proto__', 'constructor', 'toString', 'rpc.discover', 'no/such/method', 'x'.repeat(10_000)],
)
const tools = fc.constantFrom(
  'list_sessions',
  'read_session_file',
  'no_such_tool',
  '__proto__',
  'toString',
  '',
  7,
)
const names = fc.constantFrom(
  ...paths.map(({ value }) => value).filter((value) => typeof value === 'string' && value.length < 5_000),
)
const says = fc.constantFrom(
  ...texts.map(({ value }) => value).filter((value) => String(value).length < 60_000),
)
const uris = names.map((name) => `cowrite://sessions/draft/files/${name}`)
const anything = fc.jsonValue({ maxDepth: 3 })
const params = fc.oneof(
  anything,
  fc.record({ name: tools, arguments: fc.oneof(anything, fc.record({ file_path: names })) }),
  fc.record({ uri: fc.oneof(uris, names, says) }),
  fc.record({ name: fc.constantFrom('session', 'retry', 'x'), arguments: fc.record({ arguments: says }) }),
  fc.record({
    ref: fc.record({ type: fc.constantFrom('ref/prompt', 'ref/resource', 'x'), name: says, uri: uris }),
    argument: fc.record({ name: says, value: names }),
  }),
  fc.record({ requestId: fc.oneof(fc.integer(), says), reason: says }),
  fc.record({ _meta: fc.oneof(anything, fc.record({ progressToken: anything })) }),
)
/** Ids that no request of the harness bears. */
const ids = fc.oneof(
  fc.integer({ min: 1_000_000 }),
  fc.constantFrom(null, 0.5, 1e308, '', '__proto__', {}, [], true),
  fc.string(),
)
const version = fc.constantFrom('2.0', '2.0', '2.0', '2.0', '1.0', 2, null)
const message = fc.oneof(
  fc.record({ jsonrpc: version, id: ids, method: methods, params }),
  fc.record({ jsonrpc: version, id: ids, method: methods }),
  fc.record({ jsonrpc: version, method: methods, params }),
  fc.record({ jsonrpc: version, id: ids, result: anything }),
  fc.record({ jsonrpc: version, id: ids, error: anything }),
)
const deep = fc.integer({ min: 1, max: 20_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth))
const line = fc.oneof(
  { weight: 8, arbitrary: message.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.array(message, { maxLength: 4 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: message.map((value) => JSON.stringify(value).slice(0, -7)) },
  { weight: 1, arbitrary: anything.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: anyText().map((text) => text.replaceAll('\n', '')) },
  { weight: 1, arbitrary: deep.map((value) => `{"jsonrpc":"2.0","id":1,"method":"ping","params":${value}}`) },
)

export function hostileLines(count: number, seed: number): string[] {
  return fc.sample(line, { numRuns: count, seed })
}
