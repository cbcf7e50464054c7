/** The two classes with a life, as those who build on them see them. */
import type {
  CancelOptions,
  CancelResult,
  Change,
  CommitOptions,
  CommitPreview,
  CommitResult,
  CommitSummary,
  DiffOptions,
  EditResult,
  FileDiff,
  GitMade,
  ListedFile,
  MarkersResult,
  Match,
  Opening,
  Place,
  PreviewOptions,
  ReadResult,
  RecoverResult,
  Retry,
  RetryOptions,
  RetryResult,
  SessionList,
  SessionStatus,
  StartOptions,
  SwitchResult,
  UndoOptions,
  UndoResult,
  WatchOptions,
  WorkspaceEvent,
  WriteResult,
} from './api.js'
import type { Checkpoint, MergeOptions, MergePreview, MergeResult, RestoreResult } from './between-api.js'
import type { BypassesApi } from './bypass-api.js'
import type { ChatsApi } from './chats-api.js'
import type { DoctorOptions, DoctorReport } from './doctor-api.js'
import type { FinishedFirst } from './placed-api.js'
import type { RecordsApi } from './records-api.js'
import type { RunningCommand, RunObstacles, RunOptions, View, ViewOptions, ViewSummary } from './run-api.js'

export interface ChatOptions {
  /**
   * The program whose present chat this is, by its process id: whoever speaks by the name of a chat that it had before, as
   * a server that it started, speaks for this one from now on.
   */
  client?: number
  /** Whether a chat without a session has that of the one before in the same program, as after /clear. */
  inherits?: boolean
}

export interface ChatBeginning {
  session: SessionApi | null
  staleEnded: string[]
}

/** The workspace's folder among those around it; absolute paths. In memory there are none around. */
export interface FoldersApi {
  /** Null where the folder is a workspace; else that none is there yet, and the nearest above it that is one. */
  readonly missing: { folder: string; above: string | null } | null
  /** What it lies in: the nearest workspace above it, or else the git repository. */
  readonly within: string | null
}

export interface WorkspaceApi {
  /** Real, absolute path. */
  readonly root: string
  /** `workspace` or `.cowrite`. */
  readonly stateFolder: string
  readonly folders: FoldersApi
  /** The folders of the layout that this workspace has, such as `context` and `acts`. */
  readonly layout: readonly string[]
  /** What others had left half done, and was finished as this handle was opened; null where nothing was. */
  readonly finishedFirst?: FinishedFirst | null
  /** The chats of agents that worked in sessions. */
  readonly chats: ChatsApi
  /** What is kept of sessions, open or ended. */
  readonly records: RecordsApi
  /** What concerns two sessions. */
  readonly between: BetweenApi
  /** Makes the state folder, if it is not there. Throws WORKSPACE_UNAVAILABLE, CANNOT_WRITE. */
  initialize(): Promise<void>
  start(name: string | undefined, options?: StartOptions): Promise<SessionApi>
  /** The named session, or the one that this handle works in. Throws SESSION_NOT_FOUND, NO_ACTIVE_SESSION, SESSION_CRASHED. */
  session(name?: string): Promise<SessionApi>
  /** The session this handle works in, if any. */
  active(): Promise<SessionApi | null>
  list(): Promise<SessionList>
  switch(name: string): Promise<SwitchResult>
  cancel(name?: string, options?: CancelOptions): Promise<CancelResult>
  /**
   * What is to be done when the chat of this handle begins, or begins anew: what the config says of chats. `session` is
   * the one that it works in then.
   */
  beginChat(options?: ChatOptions): Promise<ChatBeginning>
  commits(): Promise<CommitSummary[]>
  /** Throws CONFLICT with everything that changed since. */
  undo(commitId?: string, options?: UndoOptions): Promise<UndoResult>
  recover(name?: string): Promise<RecoverResult>
  /**
   * Checks the workspace and every session of it; with `fix`, mends what can be mended without a person. Opened with
   * `recover: false`, it is looked at as it lies. A damaged config and a newer format are findings, not errors.
   */
  doctor(options?: DoctorOptions): Promise<DoctorReport>
  /** What is in the way of running commands in views of this workspace, as far as it is known without a try. */
  runObstacles(): Promise<RunObstacles>
  /** The views that stand, also of sessions that have ended while somebody was at work in one. */
  views(): Promise<ViewSummary[]>
  /** The view that stands in this folder, or that shows this session; null where there is none. */
  view(which: string): Promise<View | null>
  /** Retries, archived ones included; those of one session, open or ended, where it is named. */
  retries(file?: string, options?: { session?: string }): Promise<Retry[]>
  /** The bytes of a rejected version that lies in the archive: `archivedIn` and `savedTo` of one of `retries`. */
  readArchivedRetry(archive: string, savedTo: string): Promise<Buffer>
  watch(
    listener: (event: WorkspaceEvent) => void,
    options?: WatchOptions,
  ): Promise<{ close(): Promise<void> }>
  close(): Promise<void>
}

export interface SessionApi {
  readonly name: string
  /** The session's folder relative to the workspace, ending in `/`. */
  readonly path: string
  readonly description: string
  readonly createdAt: string
  /** The session that this one is a fork of, by its name at that time; null for any other. */
  readonly parent: string | null
  /** The template that it began with, if any. */
  readonly template: string | null
  /** Throws UNSUPPORTED for a tool, the client's own or ours, that the session does not allow; that is logged. */
  checkTool(tool: string): void
  readonly opening: Opening
  /** The merged view, in the shape of node:fs/promises. */
  readonly fs: object
  /** States of the session that are kept within it. */
  readonly checkpoints: CheckpointsApi
  status(): Promise<SessionStatus>
  diff(options?: DiffOptions): Promise<FileDiff[]>
  preview(options?: PreviewOptions): Promise<CommitPreview>
  commit(options?: CommitOptions): Promise<CommitResult | MarkersResult>
  cancel(options?: CancelOptions): Promise<CancelResult>
  retry(file: string, reason: string, options?: RetryOptions): Promise<RetryResult>
  retries(file?: string): Promise<Retry[]>
  /** The rejected version's bytes. */
  readRetry(file: string, retry: number): Promise<Buffer>
  /**
   * Makes a rejected version the present one again: this session's, else the newest of that number in the archive. What
   * it replaces is kept as a retry, where nothing else holds it.
   */
  restoreRetry(file: string, retry: number): Promise<WriteResult>

  read(path: string, options?: { offset?: number; limit?: number }): Promise<ReadResult>
  write(path: string, content: string | Uint8Array, options?: { ifMatch?: string }): Promise<WriteResult>
  edit(
    path: string,
    oldString: string,
    newString: string,
    options?: { replaceAll?: boolean },
  ): Promise<EditResult>
  remove(path: string): Promise<{ filePath: string; change: Change['change'] | 'unchanged' }>
  move(source: string, destination: string): Promise<{ source: string; destination: string; change: string }>
  files(options?: {
    folder?: string
    glob?: string
    recursive?: boolean
    limit?: number
    offset?: number
  }): Promise<{ entries: ListedFile[]; total: number }>
  search(
    query: string,
    options?: { regex?: boolean; glob?: string; limit?: number; offset?: number; signal?: AbortSignal },
  ): Promise<{ matches: Match[]; total: number }>
  /**
   * Where a program that knows nothing of sessions finds a file: to read, whatever the session has there; to write, its
   * own copy, which is made, or the place for a new file. Throws as reading and writing do, but for NOT_FOUND.
   */
  place(path: string, use: 'read' | 'write'): Promise<Place>
  /**
   * Runs a program in the view of the session, a folder tree at the workspace's own path: what it does there is in the
   * session when it has ended. Throws UNSUPPORTED where the machine cannot make a view, LOCKED while another runs in it.
   */
  run(program: string, args?: readonly string[], options?: RunOptions): Promise<RunningCommand>
  /**
   * The session as a folder that any program can work in, also when this process has ended: it stands until it is
   * closed. What is done there is in the session when somebody looks. A session has one; the one that stands is given
   * again. Throws LOCKED while a command runs in the session, UNSUPPORTED where what is asked for is not to be had.
   */
  view(options?: ViewOptions): Promise<View>
  /**
   * How many commits of git were made in its views that the workspace's repositories do not have: a commit of the session
   * fetches them, a cancel throws them away. Null where that cannot be told.
   */
  gitCommits(): Promise<number | null>
  /** As `gitCommits`, with the names of what was made. */
  gitMade(): Promise<GitMade | null>
  /** What was written to the live files around the session. */
  readonly bypasses: BypassesApi
  /** Lets go of the session once no command runs in it. */
  close(): Promise<void>
}

export interface BetweenApi {
  /**
   * Brings what `source` changed into the session `into`, all of it or none; where no name is given, into the one that
   * this handle works in. What that held is kept as a checkpoint. Lower and the source stay as they are. Throws CONFLICT.
   */
  merge(source: string, into?: string, options?: MergeOptions): Promise<MergeResult>
  /** What a merge would do. */
  preview(
    source: string,
    into?: string,
    options?: Pick<MergeOptions, 'files' | 'onConflict'>,
  ): Promise<MergePreview>
  /** Which of the two has changed something that the other has not: that can be merged. */
  mergeable(one: string, other: string): Promise<string[]>
  /** What has to be done to what `name` shows, to have what `other` shows. Throws NOT_FOUND for a file of neither. */
  compare(name: string | undefined, other: string, options?: DiffOptions): Promise<FileDiff[]>
}

export interface CheckpointsApi {
  /** Keeps what the session holds now, but for its retries and its scratch. Throws ALREADY_EXISTS, INVALID_INPUT. */
  create(label?: string): Promise<Checkpoint>
  /** Oldest first. */
  list(): Promise<Checkpoint[]>
  /** Makes the session hold what it held then; what it holds now is kept as a checkpoint first. Throws NOT_FOUND. */
  restore(label: string): Promise<RestoreResult>
}
