import type { SessionStore } from '../store/overlay.js'
import { createCheckpoint, listCheckpoints, restoreCheckpoint } from '../verbs/checkpoints.js'
import type { CheckpointsApi } from '../workspace-api.js'

/** Runs one operation of the session, which is logged; what it tells of in `paths` is shown in a view. */
type Act = <Result extends object>(
  operation: string,
  work: (store: SessionStore) => Promise<Result>,
) => Promise<Result>

export function checkpointsOf(act: Act): CheckpointsApi {
  return {
    create: (label) => act('create_checkpoint', (store) => createCheckpoint(store, label)),
    list: () => act('list_checkpoints', async (store) => listCheckpoints(store)),
    restore: (label) => act('restore_checkpoint', (store) => restoreCheckpoint(store, label)),
  }
}
