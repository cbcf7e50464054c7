/** `session merge`: at a terminal the preview, then a person's word; away from one a preview, unless forced. */
import { CowriteError } from '../../lib/errors.js'
import { choose, confirm } from '../ask.js'
import { type Call, type Result, withOperations } from '../call.js'
import { writeText } from '../output.js'
import type { Handler } from './handler.js'

export const merge: Handler = (operation, raw, call) =>
  withOperations(call, operation, raw, async ({ run }, input) => {
    const answer = (result: Result) => call.answer(result, operation.render(result, 'shell'))
    if (!call.asks || input.force === true) return answer(await run(operation, input))
    const preview = await run(operation, { ...input, force: false })
    await answer(preview)
    if (isNothing(preview)) return
    await writeText(call.io.stdout, '')
    const decision = await decide(preview, call)
    const expect = input.expect ?? (decision.on_conflict === undefined ? preview.digest : undefined)
    await answer(await run(operation, { ...input, ...decision, ...(expect ? { expect } : {}), force: true }))
  })

function isNothing(preview: Result): boolean {
  const lists = ['modified', 'created', 'deleted', 'conflicts'].map((field) => preview[field])
  return lists.every((list) => Array.isArray(list) && list.length === 0)
}

/** Throws CANCELLED for a no. */
async function decide(preview: Result, call: Call): Promise<Result> {
  const conflicts = Array.isArray(preview.conflicts) ? preview.conflicts.length : 0
  if (conflicts === 0) {
    if (await confirm(call.io, `Merge session ${preview.source} into ${preview.into}?`)) return {}
    throw declined()
  }
  const question =
    conflicts === 1 ? 'One file conflicts. What now?' : `${conflicts} files conflict. What now?`
  const chosen = await choose(call.io, question, [
    { value: 'nothing', label: 'Nothing now: change nothing' },
    { value: 'keep_source', label: `Keep the version of ${preview.source}` },
    { value: 'keep_target', label: `Keep the version of ${preview.into}` },
    { value: 'markers', label: `Put conflict markers into the copies of ${preview.into}` },
  ])
  if (chosen === null || chosen === 'nothing') throw declined()
  return { on_conflict: chosen }
}

function declined(): CowriteError<'CANCELLED'> {
  return new CowriteError('CANCELLED', 'Not confirmed, nothing changed', {})
}
