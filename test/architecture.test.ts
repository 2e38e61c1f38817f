/** The direction of the house, enforced: protocol ← store ← context; protocol, store ← operations ← faces (docs/architecture.md). */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { hotCommands } from '../src/faces/cli/commands/hot.ts'
import { commands } from '../src/faces/cli/commands/index.ts'

const SRC = path.join(import.meta.dirname, '../src')

const files = fs
  .readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
  .map((name) => ({
    name: name.split(path.sep).join('/'),
    text: fs.readFileSync(path.join(SRC, name), 'utf8'),
  }))

/** The ring of a file: its first folder, or its own name at the top. */
const ringOf = (name: string) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : name)

/** What each ring may import, besides itself. `context.ts`, `render.ts` and `templates.ts` are rings of one file. */
const MAY: Record<string, string[]> = {
  protocol: [],
  store: ['protocol', 'templates.ts'],
  'templates.ts': [],
  'render.ts': ['protocol', 'store'],
  'context.ts': ['protocol', 'store'],
  operations: ['protocol', 'store', 'context.ts', 'render.ts'],
  faces: ['protocol', 'store', 'operations', 'context.ts', 'templates.ts'],
}

/** The specifiers that a file imports or re-exports. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:^|\n)(?:import|export)\b[^'";=()]*['"]([^'"\n]+)['"]/g)].map(
    (match) => match[1]!,
  )
}

const relative = files.flatMap(({ name, text }) =>
  importsOf(text)
    .filter((id) => id.startsWith('.'))
    .map((id) => ({ from: name, to: path.posix.normalize(path.posix.join(path.posix.dirname(name), id)) })),
)

test('the test sees the files and their imports', () => {
  expect(files.length).toBeGreaterThan(60)
  expect(relative.length).toBeGreaterThan(200)
})

test('imports only ever point inwards', () => {
  const wrong = relative.filter(({ from, to }) => {
    if (to.startsWith('../templates/')) return ringOf(from) !== 'render.ts'
    return ringOf(from) !== ringOf(to) && !MAY[ringOf(from)]?.includes(ringOf(to))
  })
  expect(wrong).toEqual([])
})

test('no face imports another face', () => {
  const faceOf = (name: string) => name.split('/')[1]
  const wrong = relative.filter(
    ({ from, to }) => from.startsWith('faces/') && to.startsWith('faces/') && faceOf(from) !== faceOf(to),
  )
  expect(wrong).toEqual([])
})

test('the page knows the rules, Preact and itself, and what it shows is only ever text', () => {
  const pages = files.filter(({ name }) => name.startsWith('faces/web/'))
  expect(pages.length).toBeGreaterThan(20)
  const rooms = relative.filter(({ from }) => from.startsWith('faces/web/'))
  expect(rooms.filter(({ to }) => !/^(protocol|faces\/web)\//.test(to))).toEqual([])
  const foreign = pages.flatMap(({ text }) =>
    [...text.matchAll(/\bfrom ['"]([^.'"][^'"]*)['"]/g)]
      .map(([, id]) => id!)
      .filter((id) => !/^preact(\/|$)/.test(id)),
  )
  expect(foreign).toEqual([])
  const markup =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|\beval\b|https?:\/\//
  expect(pages.filter(({ text }) => markup.test(text)).map(({ name }) => name)).toEqual([])
})

test('what the page says when pointed at has no character that reorders or hides', () => {
  const titles = files
    .filter(({ name }) => name.startsWith('faces/web/'))
    .flatMap(({ text }) =>
      [...text.matchAll(/<[a-z][^<>]*?\btitle=\{((?:[^{}]|\{[^{}]*\})*)\}/g)].map(([, value]) => value!),
    )
  expect(titles.length).toBeGreaterThan(4)
  expect(titles.filter((value) => !/\b(visible|formatInstant)\(/.test(value))).toEqual([])
})

test('the rules are pure: no builtin, no clock, no randomness, no process, no console', () => {
  const impure = files.filter(
    ({ name, text }) =>
      name.startsWith('protocol/') &&
      (importsOf(text).some((id) => id.startsWith('node:')) ||
        /\bDate\.now\b|new Date\(\)|Math\.random|\bprocess\.[a-z]|\bconsole\.|\bBuffer\b/.test(text)),
  )
  expect(impure.map(({ name }) => name)).toEqual([])
})

test('operations get clock and randomness from the context and touch neither disk, process nor console', () => {
  const wrong = files.filter(
    ({ name, text }) =>
      name.startsWith('operations/') &&
      (importsOf(text).some((id) => id === 'node:fs' || id === 'node:child_process') ||
        /\bDate\.now\b|new Date\(|Math\.random|\bprocess\.[a-z]|\bconsole\./.test(text)),
  )
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('only faces read the environment', () => {
  const readers = files.filter(({ text }) => /process\.env\b/.test(text)).map(({ name }) => name)
  expect(readers.sort()).toEqual([
    'faces/cli/git-hook.ts',
    'faces/cli/hook.ts',
    'faces/cli/main.ts',
    'faces/library/surroundings.ts',
  ])
})

test('only the command line writes to the terminal', () => {
  const writers = files
    .filter(({ text }) => /\bconsole\.|process\.std(out|err)\.write/.test(text))
    .map(({ name }) => name)
  expect(writers).toEqual([])
})

test('nothing ends the process early', () => {
  expect(files.filter(({ text }) => /process\.exit\(/.test(text)).map(({ name }) => name)).toEqual([])
})

test('there is one class, the error', () => {
  const classes = files
    .filter(({ text }) => /^\s*(export )?(abstract )?class /m.test(text))
    .map(({ name }) => name)
  expect(classes).toEqual(['protocol/errors.ts'])
})

test('no file is longer than 250 lines', () => {
  const long = files
    .map(({ name, text }) => ({ name, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > 250)
  expect(long).toEqual([])
})

test('every exported function says what it does', () => {
  const silent = files.flatMap(({ name, text }) =>
    [...text.matchAll(/(^|\n)([^\n]*)\nexport (?:async )?function\*? (\w+)/g)]
      .filter((match) => !match[2]!.trim().endsWith('*/'))
      .map((match) => `${name}: ${match[3]}`),
  )
  expect(silent).toEqual([])
})

test('bin/coord.cjs starts the hot bundle for just the hot commands, and help lists each command once', () => {
  const bin = fs.readFileSync(path.join(SRC, '../bin/coord.cjs'), 'utf8')
  const listed = /\[([^\]]*)\]\.includes\(args\[0\]\)/.exec(bin)?.[1]?.match(/[a-z]+/g)
  expect(listed?.sort()).toEqual(hotCommands.map(({ name }) => name).sort())
  const names = commands.map(({ name }) => name)
  expect(names).toEqual([...new Set(names)])
})
