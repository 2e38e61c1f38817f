// How the bundles are made, for the build and for tests that build one with a fault in it.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { templates } from './templates.mjs'

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

// A default import of a builtin would otherwise be copied property by property (2 ms at each start, and it loads fs.promises).
export const builtins = {
  name: 'builtins',
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ path: id, kind }) =>
      kind === 'import-statement' ? { path: id, namespace: 'builtin' } : undefined,
    )
    builder.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path: id }) => ({
      contents: `export default require(${JSON.stringify(id)})`,
    }))
  },
}

// Texts of help, and what codes mean, are read by the full bundle alone; they would be a fiftieth of what the hot commands load.
// Operations are data: a bundle that needs only helpers of an operation's file does without the operation.
export const withoutHelp = {
  name: 'without-help',
  setup(builder) {
    builder.onLoad(
      { filter: /src\/(operations\/[\w-]+|faces\/cli\/commands\/[\w-]+|protocol\/errors)\.ts$/ },
      ({ path: file }) => ({
        loader: 'ts',
        contents: readFileSync(file, 'utf8')
          .replace(/ = (define(?:Operation|Command)\()/g, ' = /* @__PURE__ */ $1')
          .replace(/\b(?:help|summary|meaning): (['"`])(?:\\.|(?!\1).)*\1,?|\bhttp: \d+,/g, '')
          .replace(/^ {2}examples: \[(?:\[.*\]\],$|[\s\S]*?^ {2}\],$)/m, '  examples: [],'),
      }),
    )
  },
}

// What string-width prepares for text that is not ASCII takes a quarter of the start of the full bundle (26 ms): it is made when first used.
const widthsLater = {
  name: 'widths-later',
  setup(builder) {
    builder.onLoad({ filter: /string-width\/index\.js$/ }, ({ path: file }) => {
      const contents = readFileSync(file, 'utf8')
        .replace(
          '= new Intl.Segmenter();',
          '= {made: null, segment(text) {return (this.made ??= new Intl.Segmenter()).segment(text)}};',
        )
        .replace(
          /= (\/\^\\p\{RGI_Emoji\}\$\/v);/,
          '= {made: null, test(text) {return (this.made ??= new RegExp($1)).test(text)}};',
        )
      if (!contents.includes('this.made')) throw new Error(`${file} is not as expected`)
      return { contents, loader: 'js' }
    })
  },
}

export const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  minify: true,
  keepNames: false,
  charset: 'ascii',
  legalComments: 'none',
  plugins: [templates, widthsLater],
  // Its main file is UMD, whose inner requires no bundler sees.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  external: [
    './full.cjs',
    './lock.cjs',
    './upkeep.cjs',
    './paths.cjs',
    './words.cjs',
    './remote.cjs',
    './mcp.cjs',
    './serve.cjs',
    './watch.js',
    '@duckdb/node-api',
    'bufferutil',
    'utf-8-validate',
  ],
  define: { 'import.meta.url': '__bundle_url', VERSION: JSON.stringify(version) },
  banner: { js: 'const __bundle_url=require("node:url").pathToFileURL(__filename).href;' },
}

/** One bundle as text. */
export async function bundle(entry, options = {}) {
  const { outputFiles } = await build({ ...common, ...options, entryPoints: [path.join(root, entry)] })
  return outputFiles[0].text
}

// As node wraps a module, for bin/coord.cjs to run.
export const wrapped = (text) => `(function (exports, require, module, __filename, __dirname) {${text}\n})`

// The first line names the content, so that the start-up cache can tell builds apart without hashing at each start.
export const stamped = (text) => `//${createHash('sha256').update(text).digest('hex').slice(0, 16)}\n${text}`
