import { expect, it } from 'vitest'
import { configSchema, defaultConfig } from '../../lib/store/config-schema.js'
import { formatVersion } from '../../lib/store/layout.js'

it('a config that says nothing is what the schema makes of it', () => {
  expect(defaultConfig()).toEqual(configSchema().parse({ cowrite: formatVersion }))
})
