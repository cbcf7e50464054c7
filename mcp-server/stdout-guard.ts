import type { Writable } from 'node:stream'

/**
 * Keeps stdout for MCP alone: what anything else prints there, `console.log` included, goes to stderr.
 * Returns the one way that is left to write to it.
 */
export function guardStdout(
  stdout: Writable,
  stderr: Writable,
): { write: Writable['write']; release(): void } {
  const original = stdout.write
  const write = original.bind(stdout) as Writable['write']
  stdout.write = stderr.write.bind(stderr) as Writable['write']
  return {
    write,
    release() {
      stdout.write = original
    },
  }
}
