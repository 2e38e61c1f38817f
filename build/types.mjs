// Emits the types of the library: dist/library.d.ts and what it needs in dist/types/. `node build/types.mjs [DIRECTORY]` puts them elsewhere.
// Users have neither zod nor Node's types, so what reaches them is plain: the records are written out, and the inside of coord is left out.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const dist = path.resolve(process.argv[2] ?? path.join(root, 'dist'))
const ENTRY = 'faces/library/index.d.ts'

/** Declarations that the compiler infers for all of `src/`, as texts by path. The record types are inferred as values, since only those are written out in full. */
function emitted() {
  mkdirSync(path.join(root, 'dist'), { recursive: true })
  const dir = mkdtempSync(path.join(root, 'dist/.types-'))
  const records = path.join(root, 'src/protocol/records.ts')
  const kinds = [...readFileSync(records, 'utf8').matchAll(/^export type (\w+) =/gm)].map(([, name]) => name)
  const values = kinds.map((name) => `export const ${name} = of<records.${name}>()`)
  const plain = [
    `import type * as records from ${JSON.stringify(records)}`,
    'declare function of<T>(): T',
    ...values,
  ].join('\n')
  try {
    writeFileSync(path.join(dir, 'plain.ts'), plain)
    const config = {
      extends: path.join(root, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        rootDir: root,
        outDir: path.join(dir, 'out'),
        typeRoots: [path.join(root, 'node_modules/@types')],
      },
      include: [],
      files: [
        ...['faces/library/index.ts', 'hbs.d.ts', 'picomatch.d.ts'].map((name) =>
          path.join(root, 'src', name),
        ),
        path.join(dir, 'plain.ts'),
      ],
    }
    writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify(config))
    execFileSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', dir], {
      stdio: 'inherit',
    })
    const read = (name) => readFileSync(path.join(dir, 'out', name), 'utf8')
    return {
      read: (name) => read(`src/${name}`),
      plain: read(path.relative(root, path.join(dir, 'plain.d.ts'))),
    }
  } finally {
    process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  }
}

/** A declaration without content: what the functions of coord hand each other is not the user's. */
const inside = (name) => `export interface ${name} {\n}\n`

const { read, plain } = emitted()
const INSTEAD = {
  'protocol/records.d.ts': plain
    .replace(/^(import|declare function) .*\n/gm, '')
    .replace(/^export declare const (\w+): /gm, 'export type $1 = '),
  'context.d.ts': inside('Context'),
  'store/room.d.ts': inside('Room'),
}
const SPECIFIER = /((?:from |import\()["'])(\.[^"']+)\.ts(["'])/g

/** The declarations that the entry needs, by path, with specifiers as they are resolved in a package. */
function closure(name, found = new Map(), above = []) {
  if (found.has(name)) return found
  const text = INSTEAD[name] ?? read(name)
  found.set(name, text.replace(SPECIFIER, '$1$2.js$3'))
  const foreign = /(?:from |import\()["']([^."'][^"']*)["']/.exec(text)
  if (foreign)
    throw new Error(`types: ${[...above, name].join(' > ')} needs ${foreign[1]}, which users may not have`)
  for (const [, , id] of text.matchAll(SPECIFIER))
    closure(path.posix.join(path.posix.dirname(name), `${id}.d.ts`), found, [...above, name])
  return found
}

const types = path.join(dist, 'types')
if (existsSync(types)) rmSync(types, { recursive: true })
for (const [name, text] of closure(ENTRY)) {
  mkdirSync(path.dirname(path.join(types, name)), { recursive: true })
  writeFileSync(path.join(types, name), text)
}
writeFileSync(path.join(dist, 'library.d.ts'), `export * from './types/${ENTRY.replace('.d.ts', '.js')}'\n`)
