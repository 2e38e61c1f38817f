// Builds man/coord.1, and dist/: heartbeat.cjs, hot.cjs (the commands of claims), everyday.cjs (the others of every day), hook.cjs (the hooks of agents), git-hook.cjs (those of git), full.cjs (everything), lock.cjs (the lock library), upkeep.cjs (what a heartbeat tidies, sessions put away and brought back), paths.cjs (globs and paths), words.cjs (what a refusal says), remote.cjs (claims that a remote arbitrates), mcp.cjs (the server that agents start), serve.cjs (the one over HTTP), watch.js (the screen of `coord watch`) and library.js (what programs import).
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { builtins, bundle, root, stamped, version, withoutHelp, wrapped } from './bundles.mjs'
import { screen } from './screen.mjs'
import { templates } from './templates.mjs'
import { buildWeb } from './web.mjs'

const dist = path.join(root, 'dist')
const HOT_BYTES = 100_000

const quick = { banner: {}, plugins: [templates, builtins, withoutHelp] }
/** A bundle of what runs at every step. */
async function hot(name) {
  const text = await bundle(`src/faces/cli/${name}.ts`, quick)
  const bytes = Buffer.byteLength(text)
  if (bytes > HOT_BYTES)
    throw new Error(`dist/${name}.cjs has ${bytes} bytes, at most ${HOT_BYTES} are allowed`)
  return wrapped(text)
}
// Programs show our stacks, so names and lines stay as they are written.
const library = {
  format: 'esm',
  minify: false,
  define: {},
  banner: {
    js: 'import{createRequire as loader}from"node:module";const require=loader(import.meta.url);',
  },
}
const outputs = {
  'heartbeat.cjs': await hot('heartbeat'),
  'hot.cjs': await hot('hot'),
  'everyday.cjs': wrapped(await bundle('src/faces/cli/everyday.ts', quick)),
  'hook.cjs': wrapped(await bundle('src/faces/cli/hook.ts', quick)),
  'git-hook.cjs': wrapped(await bundle('src/faces/cli/git-hook.ts', quick)),
  'full.cjs': wrapped(await bundle('src/faces/cli/full.ts')),
  'lock.cjs': wrapped(await bundle('src/store/lock.ts', { banner: {} })),
  'upkeep.cjs': wrapped(await bundle('src/store/tidy/upkeep.ts', { banner: {}, plugins: [builtins] })),
  'paths.cjs': wrapped(await bundle('src/store/paths.ts', { banner: {}, plugins: [builtins] })),
  'words.cjs': wrapped(await bundle('src/protocol/refused.ts', { banner: {}, plugins: [builtins] })),
  'remote.cjs': wrapped(await bundle('src/operations/remote/transact.ts', quick)),
  'mcp.cjs': await bundle('src/faces/mcp/serve.ts', { banner: {} }),
  'watch.js': await bundle('src/faces/watch/show.tsx', screen),
  'serve.cjs': await bundle('src/faces/http/serve.ts', { banner: {} }),
  'library.js': await bundle('src/faces/library/index.ts', library),
}

mkdirSync(dist, { recursive: true })
for (const [name, text] of Object.entries(outputs)) {
  const file = path.join(dist, name)
  const whole = stamped(text)
  if (!existsSync(file) || readFileSync(file, 'utf8') !== whole) {
    rmSync(path.join(dist, 'cache'), { recursive: true, force: true })
    writeFileSync(file, whole)
  }
}

await buildWeb(path.join(dist, 'web'))

// The man page from the same commands; dated by the day of the build, or by SOURCE_DATE_EPOCH (reproducible-builds.org).
const loaded = { exports: {} }
const load = new Function('module', 'require', '__filename', await bundle('src/faces/cli/manual.ts'))
load(loaded, createRequire(import.meta.url), path.join(dist, 'manual.cjs'))
const epoch = Number(process.env.SOURCE_DATE_EPOCH) * 1000 || Date.now()
mkdirSync(path.join(root, 'man'), { recursive: true })
writeFileSync(
  path.join(root, 'man/coord.1'),
  loaded.exports.manualPage(version, new Date(epoch).toISOString().slice(0, 10)),
)
