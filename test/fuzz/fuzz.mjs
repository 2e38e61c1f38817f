// Starts fuzz.ts, which node can't run as it is.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const home = path.join(import.meta.dirname, '../..')
const outfile = path.join(home, 'node_modules/.cache/git-coord/fuzz.mjs')
process.chdir(home)
await build({
  ...{
    entryPoints: ['test/fuzz/fuzz.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  },
  ...{ target: 'node20.19', outfile, logLevel: 'warning' },
})
await import(pathToFileURL(outfile).href)
