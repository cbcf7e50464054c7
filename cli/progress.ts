import type { Output } from './io.js'

/** Quick work is not worth a flicker, and a line need not be redrawn faster than it is read. */
const quietFor = 300
const redrawEvery = 100

export interface Progress {
  report(done: number, total: number, step: string): void
  /** Takes the line away again. */
  end(): void
}

/** One line on `stream`, redrawn in place; nothing where that is no terminal. */
export function startProgress(stream: Output, now: () => number = Date.now): Progress {
  if (stream.isTTY !== true) return { report() {}, end() {} }

  const start = now()
  let drawnAt: number | null = null
  return {
    report(done, total, step) {
      const time = now()
      if (time - start < quietFor) return
      if (drawnAt !== null && time - drawnAt < redrawEvery && done < total) return
      drawnAt = time
      stream.write(`\r\x1b[K${shorten(`⏳ ${done}/${total} ${step}`, stream.columns || 80)}`)
    },
    end() {
      if (drawnAt !== null) stream.write('\r\x1b[K')
    },
  }
}

/** A line that wraps could not be taken away again. The hourglass is two columns wide. */
function shorten(line: string, columns: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a step may name a file, and a name must not act
  const safe = line.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
  return safe.slice(0, Math.max(columns - 2, 1))
}
