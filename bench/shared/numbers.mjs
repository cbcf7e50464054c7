/** What is made of samples, and how it is written. Times are milliseconds throughout. */

/**
 * The middle of some numbers; of an even count, the mean of the two in the middle. Throws RangeError on none.
 *
 * @param {readonly number[]} numbers
 * @returns {number}
 */
export function median(numbers) {
  if (numbers.length === 0) throw new RangeError('There is no median of nothing.')
  const sorted = numbers.toSorted((one, other) => one - other)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
}

/**
 * How one variant compares with another: the quotient is taken within each round, so that what slows a whole round
 * down slows both, and the median of those is the ratio.
 *
 * @param {readonly number[]} ofRounds one number a round
 * @param {readonly number[]} againstRounds the same rounds of the other
 * @returns {{ ratio: number, lowest: number, highest: number }}
 */
export function ratioOf(ofRounds, againstRounds) {
  if (ofRounds.length !== againstRounds.length) throw new RangeError('A ratio needs the same rounds of both.')
  const ratios = ofRounds.map((value, round) => value / againstRounds[round])
  return { ratio: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) }
}

/**
 * The order in which variants run in a round: each is first in turn.
 *
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} round
 * @returns {Item[]}
 */
export function rotated(items, round) {
  const first = items.length === 0 ? 0 : round % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

/** Three figures that mean something. @param {number} value */
export function threeFigures(value) {
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  const places = Math.max(0, 2 - magnitude)
  // Whole numbers are shown whole; only what comes after the point is cut.
  return value.toLocaleString('en-US', {
    minimumFractionDigits: 0,
    maximumFractionDigits: Math.min(places, 6),
  })
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  if (milliseconds >= 10_000) return `${threeFigures(milliseconds / 1000)} s`
  if (milliseconds >= 0.1) return `${threeFigures(milliseconds)} ms`
  return `${threeFigures(milliseconds * 1000)} µs`
}

/** Of a result in the unit that its line counts in. @param {number} value @param {string} unit */
export function quantity(value, unit) {
  if (unit === 'ms') return duration(value)
  return unit === 'ratio' ? `${threeFigures(value)} ×` : `${threeFigures(value)} ${unit}`
}
