import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { templateModule } from './build/templates.mjs'

/** Tests of rules, store and operations: they keep no state that another file would see. */
const WITHIN = ['test/{protocol,store,operations}/**/*.test.ts']

export default defineConfig({
  plugins: [
    {
      name: 'templates',
      load: (id) => (id.endsWith('.hbs') ? templateModule(readFileSync(id, 'utf8')) : null),
    },
  ],
  test: {
    projects: [
      // In one process their modules are loaded once for all files, which takes a tenth of the time.
      {
        extends: true,
        test: { name: 'rules', include: WITHIN, isolate: false, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: { name: 'faces', include: ['test/**/*.test.ts'], exclude: WITHIN, sequence: { groupOrder: 2 } },
      },
    ],
    globalSetup: 'test/helpers/build.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // What is watched for may take long on a busy machine; the default of a second is shorter than a killed lock counts.
    expect: { poll: { timeout: 20_000 } },
    env: { NODE_EXTRA_CA_CERTS: '' },
  },
})
