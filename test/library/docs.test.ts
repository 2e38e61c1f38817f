/** docs/library.md is true: every example is of the published types, runs, and prints what it says. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { transformSync } from 'esbuild'
import { expect, test } from 'vitest'
import { fileDirectory, temporaryDirectory } from '../helpers/directories.ts'
import { emptyRepository, install, repository, run } from './program.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8')

/** The programs of a document, each with the heading above it. */
function examplesIn(file: string) {
  const blocks = [...read(file).matchAll(/^(#[^\n]*)$|^```(?:ts|js)\n(.*?)^```$/gms)].map(
    ([, heading, code]) => ({ heading, code }),
  )
  return blocks.flatMap(({ code }, at) =>
    code === undefined
      ? []
      : [{ file, code, under: blocks.slice(0, at).findLast((one) => one.heading)?.heading }],
  )
}

const library = examplesIn('docs/library.md')
const examples = [...library, ...examplesIn('README.md')]

test('the documents have examples, and each begins with one that needs no room', () => {
  expect(library.length).toBeGreaterThan(5)
  expect(examples.length).toBeGreaterThan(library.length)
  for (const code of [library[0]!.code, examples.at(-1)!.code]) expect(code).toContain('create: true')
})

test.each(examples)('the example of $file under "$under" runs and prints what it says', async ({ code }) => {
  const said = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => line)
  const { code: program } = transformSync(code, { loader: 'ts' })
  const dir = code.includes('create: true') ? emptyRepository() : repository()
  const { code: exit, out, err } = await run(dir, program)
  expect({ exit, err, out }).toEqual({ exit: 0, err: '', out: said.join('\n') })
})

let types: string | undefined

/** A directory with the published types, which take seconds to make. */
function typesBuilt(): string {
  if (types) return types
  types = fileDirectory()
  execFileSync(process.execPath, [path.join(ROOT, 'build/types.mjs'), types])
  return types
}

test('npm run build makes what package.json says is exported, types and all', () => {
  const { scripts, exports } = JSON.parse(read('package.json'))
  expect(scripts.build.split(' && ')).toEqual(['node build/build.mjs', 'node build/types.mjs'])
  expect(scripts.prepack).toBe('npm run build')
  expect(fs.existsSync(path.join(typesBuilt(), path.basename(exports['.'].types)))).toBe(true)
})

test('a strict project without zod and without Node types takes the examples as they are, and refuses what is wrong', () => {
  const dir = temporaryDirectory()
  const home = install(dir)
  fs.cpSync(typesBuilt(), path.join(home, 'dist'), { recursive: true })
  examples.forEach(({ code }, at) => {
    fs.writeFileSync(path.join(dir, `example-${at}.ts`), `${code}export {}\n`)
  })
  fs.copyFileSync(path.join(import.meta.dirname, 'typed-use.txt'), path.join(dir, 'typed-use.ts'))
  fs.writeFileSync(path.join(dir, 'package.json'), '{"type":"module"}')
  for (const module of ['nodenext', 'preserve']) {
    const compilerOptions = {
      module,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
    }
    fs.writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    expect(complaints(dir), module).toBe('')
  }
})

function complaints(dir: string): string {
  try {
    return execFileSync(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', dir], {
      encoding: 'utf8',
    })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

test('the document names every operation, and the package says where the library is', () => {
  const acts = [...read('src/faces/library/acts.ts').matchAll(/^ {4}(\w+): perform\(/gm)].map(
    ([, name]) => name,
  )
  const listed = /## What a room has\n\n(.*?);/s.exec(read('docs/library.md'))?.[1]?.match(/(?<=`)\w+(?=`)/g)
  expect(listed?.sort()).toEqual(acts.sort())
  const { exports } = JSON.parse(read('package.json'))
  expect(exports['.']).toEqual({ types: './dist/library.d.ts', import: './dist/library.js' })
})
