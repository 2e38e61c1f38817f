// Builds the page of `coord serve`: src/faces/web/ → dist/web/. What it weighs compressed is checked, as everybody who opens it waits for it.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './bundles.mjs'

const SCRIPT_BYTES = 60 * 1024

/** Write the page's files into a directory. Throws where the script is too heavy. */
export async function buildWeb(directory) {
  const source = path.join(root, 'src/faces/web')
  mkdirSync(directory, { recursive: true })
  const common = { absWorkingDir: source, bundle: true, minify: true, target: 'es2022', charset: 'utf8' }
  await build({ ...common, entryPoints: ['app.css'], outfile: path.join(directory, 'app.css') })
  await build({
    ...common,
    entryPoints: ['main.tsx'],
    outfile: path.join(directory, 'app.js'),
    platform: 'browser',
    format: 'esm',
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  })
  copyFileSync(path.join(source, 'index.html'), path.join(directory, 'index.html'))
  const bytes = gzipSync(readFileSync(path.join(directory, 'app.js'))).length
  if (bytes > SCRIPT_BYTES)
    throw new Error(`dist/web/app.js has ${bytes} bytes compressed, at most ${SCRIPT_BYTES} are allowed`)
  return bytes
}
