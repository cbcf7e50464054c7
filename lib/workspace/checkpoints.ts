import type { SessionStore } from '../store/overlay.js'
import { createCheckpoint, listCheckpoints, restoreCheckpoint } from '../verbs/checkpoints.js'
import type { CheckpointsApi } from '../workspace-api.js'

/** Runs one operation of the session, which is logged; what a change tells of in `paths` is shown in a view. */
type Act = <Result extends object>(
  operation: string,
  work: (store: SessionStore) => Promise<Result>,
) => Promise<Result>

export function checkpointsOf({ look, change }: { look: Act; change: Act }): CheckpointsApi {
  return {
    create: (label) => change('create_checkpoint', (store) => createCheckpoint(store, label)),
    list: () => look('list_checkpoints', async (store) => listCheckpoints(store)),
    restore: (label) => change('restore_checkpoint', (store) => restoreCheckpoint(store, label)),
  }
}
