// Bundles a TypeScript program of the tests or benches, so that plain node runs it. `node build/bundle-test.mjs ENTRY` prints where it is.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { templates } from './templates.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** Bundle an entry below the repository; the path of the result. */
export async function bundleForNode(entry) {
  const outfile = path.join(root, 'node_modules/.cache/git-coord', `${path.basename(entry, '.ts')}.mjs`)
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    outfile,
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
    logLevel: 'warning',
    plugins: [templates],
  })
  return outfile
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await bundleForNode(process.argv[2]))
