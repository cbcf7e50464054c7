import * as z from 'zod'
import {
  renderCreateCheckpoint,
  renderListCheckpoints,
  renderRestoreCheckpoint,
} from '../render/checkpoints.js'
import { define } from './define.js'
import { session as sessionInput } from './inputs.js'
import { snakeCased } from './snake-case.js'

const label = z.string().min(1).describe('Letters, digits, - and _; up to 64')

export const createCheckpoint = define('create_checkpoint', {
  group: 'records',
  title: 'Keep a checkpoint',
  summary:
    'Keeps what a session holds now under a label, so that it can be brought back with restore_checkpoint. Retries and scratch are no part of it.',
  kind: 'write',
  idempotent: false,
  input: z.strictObject({ label: label.optional(), session: sessionInput }),
  examples: ['cowrite session checkpoint', 'cowrite session checkpoint before-the-twist'],
  async run(context, { label, session: name }) {
    const session = await context.session(name)
    return { session: session.name, ...snakeCased(await session.checkpoints.create(label)) }
  },
  render: renderCreateCheckpoint,
})

export const restoreCheckpoint = define('restore_checkpoint', {
  group: 'records',
  title: 'Restore a checkpoint',
  summary:
    'Makes a session hold what it held at a checkpoint, all at once. What it holds now is kept as a checkpoint of its own first; no retry is lost.',
  kind: 'write',
  idempotent: false,
  input: z.strictObject({ label, session: sessionInput }),
  examples: ['cowrite session restore before-the-twist'],
  async run(context, { label, session: name }) {
    const session = await context.session(name)
    const { label: restored, keptAs, changes } = await session.checkpoints.restore(label)
    return { session: session.name, label: restored, kept_as: keptAs, changes: snakeCased(changes) }
  },
  render: renderRestoreCheckpoint,
})

export const listCheckpoints = define('list_checkpoints', {
  group: 'records',
  title: 'List checkpoints',
  summary: 'Lists the checkpoints of a session, oldest first.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({ session: sessionInput }),
  examples: ['cowrite session checkpoints'],
  async run(context, { session: name }) {
    const session = await context.session(name)
    return { session: session.name, checkpoints: snakeCased(await session.checkpoints.list()) }
  },
  render: (result, face) => renderListCheckpoints(result, face),
})
