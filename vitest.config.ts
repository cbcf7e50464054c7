import { defineConfig } from 'vitest/config'

// A session or a workspace that the shell running the tests has named is none of theirs.
for (const name of ['COWRITE_SESSION', 'COWRITE_WORKSPACE', 'CLAUDE_PROJECT_DIR', 'CLAUDE_CODE_SESSION_ID']) {
  delete process.env[name]
}

// What people read is in the machine's time zone; what tests expect of it is in this one.
process.env.TZ = 'UTC'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts', 'test/support/quick-memory.ts', 'test/support/left-behind.ts'],
    pool: 'forks',
    // Loading the library anew for each file cost more than most of them run. No file leaves anything behind in
    // what it imports: `--sequence.shuffle.files` shows it.
    isolate: false,
    // One more than the machine that this is measured on has cores: some tests wait for other processes.
    maxWorkers: 3,
    watch: false,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 5_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
})
