/** What is asked of a crowd's history. Each check returns the faults that it found, in words. */
import type { Step } from './crowds.js'

const isAcknowledged = (step: Step): boolean => step.ended !== null && step.failed === undefined

/** What no process had to expect: damage, errors of the disk, mistakes in the program. */
export function strangeAnswers(steps: readonly Step[]): string[] {
  return steps.flatMap(({ who, number, strange }) => (strange ? [`${who} ${number}: ${strange}`] : []))
}

function times(text: string, part: string): number {
  return text.split(part).length - 1
}

/**
 * Each update that was acknowledged is in the final text, once, and so is what others made of it; one that nobody was
 * told of, or that was refused for certain, is there at most once, or not at all.
 */
export function lostUpdates(steps: readonly Step[], textOf: (path: string) => string): string[] {
  return steps.flatMap((step) => {
    if (step.op !== 'add') return []
    const count = times(textOf(step.path as string), step.token as string)
    const said = `${step.who} ${step.number}, ${step.how} of ${step.path}`
    if (isAcknowledged(step) && count !== 1) return [`${said}: acknowledged, and there ${count} times`]
    if (count > 1) return [`${said}: there ${count} times`]
    return step.failed === 'CONFLICT' && count > 0 ? [`${said}: refused, and there`] : []
  })
}

/** Whoever reads a text sees every update that was acknowledged before. */
export function unseenUpdates(steps: readonly Step[]): string[] {
  const added = steps.filter((step) => step.op === 'add' && isAcknowledged(step))
  return steps.flatMap((step) => {
    if (step.op !== 'look' || !isAcknowledged(step)) return []
    return added
      .filter((add) => add.path === step.path && (add.ended as number) < step.began)
      .filter((add) => times(step.told.saw as string, add.token as string) !== 1)
      .map(
        (add) =>
          `${step.who} ${step.number} did not see what ${add.who} ${add.number} (${add.how}) had added`,
      )
  })
}

interface Written {
  value: string | null
  began: number
  /** Infinity where nobody was told: it may come, in the time that its process has left. */
  ended: number
}

/**
 * Every value that was read from a file, and the one that is there at the end, was written by somebody who had begun,
 * and nobody had certainly replaced it before the read began.
 */
export function staleValues(steps: readonly Step[], finalOf: (path: string) => string | null): string[] {
  const writes = new Map<string, Written[]>()
  for (const step of steps) {
    if ((step.op !== 'set' && step.op !== 'delete') || step.failed === 'CONFLICT') continue
    const path = step.path as string
    const value = step.op === 'set' ? (step.token as string) : null
    const ended = isAcknowledged(step) ? (step.ended as number) : Number.POSITIVE_INFINITY
    const known = writes.get(path) ?? [{ value: null, began: -1, ended: 0 }]
    writes.set(path, [...known, { value, began: step.began, ended }])
  }
  const faults: string[] = []
  const check = (path: string, saw: string | null, began: number, ended: number, who: string): void => {
    const all = writes.get(path) ?? [{ value: null, began: -1, ended: 0 }]
    const certain = all.filter((other) => other.ended < began)
    const couldBe = all.some(
      (write) =>
        write.value === saw &&
        write.began < ended &&
        !certain.some((other) => other.value !== saw && other.began > write.ended),
    )
    if (!couldBe) faults.push(`${who} saw ${saw} in ${path}, which had been replaced, or never written`)
  }
  for (const step of steps) {
    if (step.op !== 'get' || !isAcknowledged(step)) continue
    const saw = step.told.saw as string | null
    check(step.path as string, saw, step.began, step.ended as number, `${step.who} ${step.number}`)
  }
  for (const path of writes.keys())
    check(path, finalOf(path), Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY, 'the end')
  return faults
}

/** Retries that were acknowledged are kept, each once, and numbered one after the other for each file of a session. */
export function lostRetries(
  steps: readonly Step[],
  kept: readonly { filePath: string; reason: string; retry: number; session: string; archivedIn?: string }[],
): string[] {
  const faults = steps.flatMap((step) => {
    if (step.op !== 'retry' || !isAcknowledged(step)) return []
    const count = kept.filter(({ reason }) => reason === step.reason).length
    return count === 1 ? [] : [`${step.who} ${step.number}: the retry is kept ${count} times`]
  })
  const numbers = new Map<string, number[]>()
  for (const { filePath, retry, session, archivedIn } of kept) {
    const key = `${archivedIn ?? session}: ${filePath}`
    numbers.set(key, [...(numbers.get(key) ?? []), retry])
  }
  for (const [key, given] of numbers) {
    const inOrder = [...given].sort((left, right) => left - right)
    if (inOrder.some((number, at) => number !== at + 1)) faults.push(`the retries of ${key} are ${inOrder}`)
  }
  return faults
}

/** Each commit's number was given once, and a commit that began after another had ended has the higher one. */
export function brokenOrder(steps: readonly Step[]): string[] {
  const done = steps
    .filter((step) => ['commit', 'undo'].includes(step.op) && isAcknowledged(step) && step.told.id)
    .map(({ who, number, told, began, ended }) => ({
      who: `${who} ${number}`,
      id: Number(told.id),
      began,
      ended: ended as number,
    }))
    .sort((left, right) => left.id - right.id)
  return done.flatMap((later, at) => {
    const before = done[at - 1]
    if (before === undefined) return []
    if (before.id === later.id) return [`${before.who} and ${later.who} both have the number ${later.id}`]
    return later.ended < before.began
      ? [`${later.who} ended before ${before.who} began, with a higher number`]
      : []
  })
}

export interface Mark {
  mark: 'intent' | 'filed'
  id: string
  at: number
}

/** From the moment that an intent stands until its transaction is filed, by whomever, no other comes to stand. */
export function twoAtOnce(marks: readonly Mark[]): string[] {
  const faults: string[] = []
  let underWay: string | null = null
  for (const { mark, id } of [...marks].sort((left, right) => left.at - right.at)) {
    if (mark === 'filed') underWay = underWay === id ? null : underWay
    else {
      if (underWay !== null && underWay !== id)
        faults.push(`${id} came to its commit point while ${underWay} was being carried out`)
      underWay = id
    }
  }
  return faults
}

interface Held {
  own?: string
  shared?: string
  counted?: { token: string; after: string }
}

const heldBy = (step: Step): Held => {
  const { counted, ...rest } = step.held as Held
  return (step.told.dropped as string[] | undefined)?.includes('counter.md') || !counted
    ? rest
    : { ...rest, counted }
}

/** What was committed is what lies there: for each process the last of its values, or one that nobody was told of. */
export function lostCommits(
  steps: readonly Step[],
  part: 'own' | 'shared',
  finalOf: (who: string) => string,
): string[] {
  const byProcess = new Map<string, Step[]>()
  for (const step of steps) {
    if (step.op === 'commit' || step.op === 'undo')
      byProcess.set(step.who, [...(byProcess.get(step.who) ?? []), step])
  }
  const faults: string[] = []
  for (const [who, all] of byProcess) {
    // What may lie there, going through the process's commits in its own order.
    let possible = new Set([''])
    let before = possible
    for (const step of all.sort((left, right) => left.number - right.number)) {
      const value = step.op === 'commit' ? heldBy(step)[part] : undefined
      // An undo follows the commit that it puts back, which held nothing but the process's own file.
      const next = step.op === 'commit' ? value !== undefined && new Set([value]) : part === 'own' && before
      if (!next || step.failed !== undefined) continue
      if (isAcknowledged(step)) [before, possible] = [possible, next]
      else possible = new Set([...possible, ...next])
    }
    const found = finalOf(who)
    if (!possible.has(found))
      faults.push(`${part} of ${who} is ${found || 'nothing'}; it could be ${[...possible].join(', ')}`)
  }
  return faults
}

/** Everybody who counted saw the one before: from the last count a way leads back through all that were acknowledged. */
export function lostCounts(steps: readonly Step[], final: string): string[] {
  const before = new Map<string, string>()
  const acknowledged = new Set<string>()
  for (const step of steps) {
    const { counted } = step.op === 'commit' ? heldBy(step) : (step as Held)
    if (!counted) continue
    before.set(counted.token, counted.after)
    if (step.op === 'commit' && isAcknowledged(step)) acknowledged.add(counted.token)
  }
  const seen = new Set<string>()
  for (let at: string | undefined = final; at !== undefined && !seen.has(at); at = before.get(at))
    seen.add(at)
  const way = [...seen].join(' after ')
  return [...acknowledged]
    .filter((token) => !seen.has(token))
    .map((token) => `the count ${token} was lost: ${way}`)
}
