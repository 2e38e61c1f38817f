// Bundles test/workers/claims.ts, the line-protocol worker that fault checkers drive. Prints where it is.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { templateModule } from './templates.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const outfile = path.join(root, 'node_modules', '.cache', 'git-coord', 'claims-worker.mjs')
await build({
  absWorkingDir: root,
  entryPoints: ['test/workers/claims.ts'],
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  outfile,
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
  logLevel: 'warning',
  plugins: [
    {
      name: 'templates',
      setup(builder) {
        builder.onLoad({ filter: /\.hbs$/ }, ({ path: file }) => ({
          contents: templateModule(readFileSync(file, 'utf8')),
          resolveDir: root,
          loader: 'js',
        }))
      },
    },
  ],
})
console.log(outfile)
