import { readFileSync } from 'node:fs'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { templateModule } from './build/templates.mjs'

/** Tests that change modules or Node itself for good, and the longest, which begin first. */
const ALONE = ['test/{faults,fuzz,torture,web}/**/*.test.ts', 'test/cli/parsers.test.ts']
/** Tests of rules, store and operations. */
const RULES = ['test/{operations,protocol,store}/**/*.test.ts']

/** They run in the order of their names. */
const project = (test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration => ({
  plugins: [
    {
      name: 'templates',
      load: (id) => (id.endsWith('.hbs') ? templateModule(readFileSync(id, 'utf8')) : null),
    },
  ],
  test: {
    setupFiles: 'test/helpers/each-file.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is watched for may take long on a busy machine; the default of a second is shorter than a killed lock counts.
    expect: { poll: { timeout: 20_000 } },
    env: { NODE_EXTRA_CA_CERTS: '' },
    ...test,
  },
})

export default defineConfig({
  test: {
    projects: [
      project({ name: 'alone', include: ALONE }),
      // In one process their modules are loaded once for all files, which takes a tenth of the time. The rules have
      // processes of their own: they fill their memory, and what has much takes long to start others.
      project({
        name: 'faces',
        include: ['test/**/*.test.ts'],
        exclude: [...ALONE, ...RULES],
        isolate: false,
      }),
      project({ name: 'rules', include: RULES, isolate: false }),
    ],
    // Once for all: that of a project would run for each.
    globalSetup: 'test/helpers/build.ts',
    // For two processors: many tests wait, for a lease to run out or for what hangs to be let go.
    maxWorkers: 3,
  },
})
