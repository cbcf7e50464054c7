/** Vitest takes a stub back before the next test, which comes after the next file's own `beforeAll`. */
import { afterAll, vi } from 'vitest'

afterAll(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})
