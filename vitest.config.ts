import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { templateModule } from './build/templates.mjs'

export default defineConfig({
  plugins: [
    {
      name: 'templates',
      load: (id) => (id.endsWith('.hbs') ? templateModule(readFileSync(id, 'utf8')) : null),
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/helpers/build.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // What is watched for may take long on a busy machine; the default of a second is shorter than a killed lock counts.
    expect: { poll: { timeout: 20_000 } },
    env: { NODE_EXTRA_CA_CERTS: '' },
  },
})
