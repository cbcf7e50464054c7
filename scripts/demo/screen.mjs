/** What the demo prints: the screen of a chat, in colours where there is a terminal for them. */
import picocolors from 'picocolors'

/**
 * @param {NodeJS.WriteStream} stream
 * @param {Record<string, string | undefined>} environment
 */
export function makeScreen(stream, environment) {
  const colours = picocolors.createColors(stream.isTTY === true && !environment.NO_COLOR)
  const print = (text = '') => stream.write(`${text}\n`)
  // Lines of one kind stand together, and apart from an answer.
  let last = ''
  const line = (kind, text) => {
    if (last !== kind) print()
    print(text)
    last = kind
  }
  return {
    /** A part of the demo begins. */
    part: (title) =>
      line('part', `${colours.bold(`━━ ${title} ${'━'.repeat(Math.max(0, 70 - title.length))}`)}`),
    /** What is about to happen, in a sentence. */
    tell: (sentence) => line('tell', colours.dim(sentence)),
    /** What a person types. */
    typed: (words) => line('typed', colours.bold(colours.cyan(`› ${words}`))),
    /** What an agent does with a tool, in one line. */
    agent: (words) => line('agent', `${colours.dim('  agent ·')} ${words}`),
    /** An answer as the chat shows it. */
    answer: (markdown) => line('answer', inColours(asShown(markdown), colours)),
    checked: (sentence) => line('checked', `${colours.green('  ✓')} ${sentence}`),
    /** Anything else, in lines that belong together. */
    print: (text = '') => line('print', text),
  }
}

/** Markdown as a chat shows it: escapes and code marks are gone, what stands in a fence is kept to the letter. */
export function asShown(markdown) {
  let fence = null
  const lines = []
  for (const line of markdown.split('\n')) {
    const mark = /^(`{3,})\w*$/.exec(line)?.[1]
    if (mark !== undefined && (fence === null || mark === fence)) {
      fence = fence === null ? mark : null
      continue
    }
    lines.push(fence === null ? withoutMarks(line) : `   ${line}`.trimEnd())
  }
  return lines.join('\n')
}

/** Code spans are kept to the letter; elsewhere a backslash before a sign only says that the sign is one. */
function withoutMarks(line) {
  return line.replace(/(`+)(.+?)\1(?!`)|\\([!-/:-@[-`{-~])/g, (_all, _ticks, code, sign) => code ?? sign)
}

function inColours(text, colours) {
  return text
    .replace(/\[-.+?-\]/g, (words) => colours.red(words))
    .replace(/\{\+.+?\+\}/g, (words) => colours.green(words))
    .replace(/^❌.*$/gm, (line) => colours.red(line))
    .replace(/^(✅|🎉).*$/gm, (line) => colours.green(line))
}
