/** From samples to what they show: nothing here measures anything. */
import { growthName, growthSteps } from '../scale.mjs'
import { duration, median, ratioOf } from '../shared/numbers.mjs'

/**
 * One line's measures as rows. `holds` is null where nothing is required, or nothing could be measured.
 *
 * @param {{ measures: object[], samples: Record<string, number[]>, needs: Record<string, string> }} line
 *   `samples` has one number a round for each variant
 * @param {Record<string, string | null>} capabilities what is missing here, and why
 * @returns {Row[]}
 *
 * @typedef {{ says: string, value: number | null, lowest: number | null, highest: number | null,
 *   unit: string, most: number | null, holds: boolean | null, missing: string | null,
 *   of: number | null, against: number | null }} Row `of` and `against` are medians in milliseconds, or in `unit`
 */
export function rowsOf({ measures, samples, needs }, capabilities) {
  return measures.map(({ says, of, against, most = null, unit = 'ratio' }) => {
    const missing = [of, against].find((variant) => variant !== undefined && samples[variant] === undefined)
    if (missing !== undefined) {
      const nothing = { value: null, lowest: null, highest: null, holds: null, of: null, against: null }
      return { says, unit, most, missing: capabilities[needs[missing]] ?? 'it was left out', ...nothing }
    }
    const { value, lowest, highest } =
      against === undefined ? alone(samples[of]) : compared(samples, of, against)
    return {
      says,
      value,
      lowest,
      highest,
      unit,
      most,
      holds: most === null ? null : value <= most,
      missing: null,
      of: median(samples[of]),
      against: against === undefined ? null : median(samples[against]),
    }
  })
}

function alone(rounds) {
  return { value: median(rounds), lowest: Math.min(...rounds), highest: Math.max(...rounds) }
}

function compared(samples, of, against) {
  const { ratio, lowest, highest } = ratioOf(samples[of], samples[against])
  return { value: ratio, lowest, highest }
}

/**
 * The table of a day's work: medians in milliseconds, null where a subject has nothing for a column.
 *
 * @param {readonly { name: string, lacks: string, missing: string | null, samples: Record<string, number[]> }[]} work
 * @param {readonly string[]} columns
 */
export function workRows(work, columns) {
  return work.map(({ name, lacks, missing, samples }) => ({
    name,
    lacks,
    missing,
    cells: columns.map((column) => (samples[column] === undefined ? null : median(samples[column]))),
  }))
}

/** How each step's time grows with the number of changes, as the cells of a table. */
export function growthTable({ samples }, { growth: sizes }) {
  const rows = growthSteps.map((step) => {
    const times = sizes.map((count) => median(samples[growthName(step, count)]))
    return [step, ...times.map(duration), duration(times.at(-1) / sizes.at(-1))]
  })
  const sized = sizes.map((count) => `${count.toLocaleString('en-US')} files`)
  return { head: ['', ...sized, 'a file, of the most'], rows }
}

/** @param {{ holds: boolean | null }} row */
export function verdict({ holds }) {
  if (holds === null) return ''
  return holds ? 'met' : '**not met**'
}
