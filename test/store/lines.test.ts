import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { appendLine } from '../../src/store/atomic.ts'
import { moveLines, rewriteLines } from '../../src/store/lines.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { failing, fifo } from './helpers.ts'

function createFiles() {
  const root = temporaryDirectory()
  const at = (name: string) => ({ root, file: path.join(root, name) })
  const read = (name: string) => fs.readFileSync(at(name).file, 'utf8')
  const names = () => fs.readdirSync(root, { recursive: true }).map(String).sort()
  appendLine(at('a'), 'one\n')
  return { at, read, names }
}

/** Run something once, just before a system call. */
function justBefore(call: 'unlinkSync' | 'renameSync' | 'writeSync', run: () => void) {
  const real = fs[call].bind(fs) as (...args: unknown[]) => unknown
  let done = false
  const spy = vi.spyOn(fs, call).mockImplementation(((...args: unknown[]) => {
    if (!done) {
      done = true
      run()
    }
    return real(...args)
  }) as never)
  onTestFinished(() => void spy.mockRestore())
}

test('a file of lines moves as it is, into a directory made for it', () => {
  const { at, read, names } = createFiles()
  expect(moveLines(at('a').file, at('b/a'))).toBe(true)
  expect([read('b/a'), names()]).toEqual(['one\n', ['b', 'b/a']])
  expect(moveLines(at('a').file, at('b/a'))).toBe(false)
})

test('where the place is taken the lines are appended, none is replaced', () => {
  const { at, read, names } = createFiles()
  fs.writeFileSync(at('b').file, 'torn')
  expect(moveLines(at('a').file, at('b'))).toBe(true)
  expect([read('b'), names()]).toEqual(['torn\none\n', ['b']])
})

test('a move that stopped between its two steps is finished without a line twice', () => {
  const { at, read, names } = createFiles()
  fs.linkSync(at('a').file, at('b').file)
  expect(moveLines(at('a').file, at('b'))).toBe(true)
  expect([read('b'), names()]).toEqual(['one\n', ['b']])
})

test('what is no regular file stays where it is', () => {
  const { at, names } = createFiles()
  fifo(at('pipe').file)
  fs.symlinkSync(at('a').file, at('link').file)
  for (const name of ['pipe', 'link']) expect(moveLines(at(name).file, at(`to-${name}`))).toBe(false)
  expect(names()).toEqual(['a', 'link', 'pipe'])
})

test.each([
  ['where hard links work', false],
  ['where they are refused', true],
])('a line written just before the old file goes arrives as well, %s', (_where, refused) => {
  const { at, read, names } = createFiles()
  if (refused) failing('linkSync', 'EPERM')
  justBefore('unlinkSync', () => fs.appendFileSync(at('a').file, 'late\n'))
  expect(moveLines(at('a').file, at('b'))).toBe(true)
  expect([read('b'), names()]).toEqual(['one\nlate\n', ['b']])
})

test('a line written while a file is shortened is kept', () => {
  const { at, read } = createFiles()
  justBefore('renameSync', () => fs.appendFileSync(at('a').file, 'late\n'))
  expect(rewriteLines(at('a'), (text) => text.replace('one\n', 'short\n'))).toBe(true)
  expect(read('a')).toBe('short\nlate\n')
})

test('who had opened the file before it was replaced writes again into the new one', () => {
  const { at, read } = createFiles()
  justBefore('writeSync', () => {
    fs.writeFileSync(at('new').file, 'short\n')
    fs.renameSync(at('new').file, at('a').file)
  })
  appendLine(at('a'), 'late\n')
  expect(read('a')).toBe('short\nlate\n')
})
