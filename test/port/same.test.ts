import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { FilePort } from '../../lib/port/port.js'
import { allFileSystems } from '../support/file-systems.js'
import { codeOf } from './code-of.js'

const path = fc.constantFrom('a', 'b', 'c', 'a/a', 'a/b', 'b/a', 'a/b/c', 'a/b/a', 'c/é', '')
const text = fc.constantFrom('', 'x', 'long enough')
const mode = fc.constantFrom(0o600, 0o644, 0o755, 0o777)
const target = fc.constantFrom('a', 'b/a', '../outside', '/tmp', 'none')
const time = fc.constantFrom(0, 1000, 1_700_000_000_000)

type Step = (port: FilePort) => unknown

/** One call of a verb, and whatever its answer says that is the same on every file system. */
const step: fc.Arbitrary<{ name: string; run: Step }> = fc.oneof(
  call('create', path, text, mode, (port, at, content, bits) => {
    const file = port.create(at, bits)
    file.write(Buffer.from(content))
    file.close()
  }),
  call('read', path, text, mode, (port, at) => {
    const file = port.openForReading(at)
    try {
      return file.readAll().toString()
    } finally {
      file.close()
    }
  }),
  call('write', path, text, fc.boolean(), (port, at, content, append) => {
    const file = port.openForWriting(at, { append })
    try {
      file.write(Buffer.from(content))
      if (content === '') file.truncate(3)
    } finally {
      file.close()
    }
  }),
  call('makeFolder', path, text, mode, (port, at, _text, bits) => port.makeFolder(at, bits | 0o700)),
  call('removeFolder', path, text, mode, (port, at) => port.removeFolder(at)),
  call('remove', path, text, mode, (port, at) => port.remove(at)),
  call('rename', path, path, mode, (port, from, to) => port.rename(from, to)),
  call('link', path, path, mode, (port, from, to) => port.link(from, to)),
  call('symlink', path, target, mode, (port, at, to) => port.symlink(to, at)),
  call('readLink', path, text, mode, (port, at) => port.readLink(at)),
  call('chmod', path, text, mode, (port, at, _text, bits) => port.chmod(at, bits | 0o700)),
  call('setTimes', path, time, time, (port, at, accessed, modified) => port.setTimes(at, accessed, modified)),
  call('statEach', path, text, mode, (port, at) =>
    port.statEach(at, ['a', 'b']).map((stats) => stats?.isDirectory()),
  ),
  call('list', path, text, mode, (port, at) => names(port, at)),
)

function call<One, Two, Three>(
  name: string,
  one: fc.Arbitrary<One>,
  two: fc.Arbitrary<Two>,
  three: fc.Arbitrary<Three>,
  run: (port: FilePort, one: One, two: Two, three: Three) => unknown,
): fc.Arbitrary<{ name: string; run: Step }> {
  return fc
    .tuple(one, two, three)
    .map((given) => ({ name: `${name} ${JSON.stringify(given)}`, run: (port) => run(port, ...given) }))
}

function names(port: FilePort, folder: string): string[] {
  return port
    .list(folder)
    .map((entry) => `${entry.name} ${entry.kind}`)
    .sort()
}

/** Everything below `folder`, with what a person could tell apart. */
function tree(port: FilePort, folder = ''): unknown[] {
  return port
    .list(folder)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, kind }) => {
      const at = folder === '' ? name : `${folder}/${name}`
      const stats = port.nativeStat(at, false)
      if (kind === 'folder') return { at, mode: stats.mode, inside: tree(port, at) }
      if (kind === 'symlink') return { at, mode: stats.mode, size: stats.size, target: port.readLink(at) }
      const file = port.openForReading(at)
      const content = file.readAll().toString()
      file.close()
      return { at, mode: stats.mode, size: stats.size, links: stats.nlink, content }
    })
}

function outcome(run: Step, port: FilePort): unknown {
  let value: unknown
  const code = codeOf(() => {
    value = run(port)
  })
  return { code, value }
}

it('any sequence of verbs does the same on every file system', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const systems = allFileSystems.map(([, open]) => open())
      const ports = systems.map((system) => system.port)
      try {
        for (const { name, run } of steps) {
          const [first, ...others] = ports.map((port) => outcome(run, port))
          for (const other of others) expect(other, name).toEqual(first)
        }
        const [first, ...others] = ports.map((port) => tree(port))
        for (const other of others) expect(other).toEqual(first)
      } finally {
        for (const system of systems) system.dispose()
      }
    }),
    { numRuns: 300 },
  )
})
