import { defineConfig } from 'vitest/config'

// A session or a workspace that the shell running the tests has named is none of theirs.
for (const name of ['COWRITE_SESSION', 'COWRITE_WORKSPACE', 'CLAUDE_PROJECT_DIR', 'CLAUDE_CODE_SESSION_ID']) {
  delete process.env[name]
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    pool: 'forks',
    maxWorkers: 2,
    watch: false,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 5_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
})
