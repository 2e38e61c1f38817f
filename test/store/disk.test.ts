import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { addFile, appendLine, ensureDirectory, replaceFile } from '../../src/store/atomic.ts'
import { listNames, lookAt, readText, removeFile } from '../../src/store/disk.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { codeOf, errorOf, failing, fifo } from './helpers.ts'

const CAP = 256 * 1024
const WRITERS = { addFile, replaceFile, appendLine }

function fresh(name = 'file') {
  const root = temporaryDirectory()
  return { root, file: path.join(root, name) }
}

test('a file is added once: the second writer is told, and the first text stays', () => {
  const place = fresh()
  expect(addFile(place, 'first')).toBe(true)
  expect(addFile(place, 'second')).toBe(false)
  expect(fs.readFileSync(place.file, 'utf8')).toBe('first')
  expect(fs.readdirSync(place.root)).toEqual(['file'])
})

test('replacing a file leaves the new text and no temporary file', () => {
  const place = fresh()
  replaceFile(place, 'old')
  replaceFile(place, 'new')
  expect(fs.readFileSync(place.file, 'utf8')).toBe('new')
  expect(fs.readdirSync(place.root)).toEqual(['file'])
})

test('a reader that opened a file before it was replaced still reads the old text whole', () => {
  const place = fresh()
  replaceFile(place, 'old text')
  const fd = fs.openSync(place.file, 'r')
  replaceFile(place, 'new')
  expect(fs.readFileSync(fd, 'utf8')).toBe('old text')
  fs.closeSync(fd)
})

test('an appended line closes a torn last line first, and only then', () => {
  const place = fresh()
  appendLine(place, 'one\n')
  appendLine(place, 'two\n')
  fs.appendFileSync(place.file, '{"torn')
  appendLine(place, 'three\n')
  expect(fs.readFileSync(place.file, 'utf8')).toBe('one\ntwo\n{"torn\nthree\n')
})

test('a file of exactly 64 KiB, of one byte less and of more is read whole', () => {
  const { file } = fresh()
  for (const size of [65_535, 65_536, 65_537, 200_000]) {
    const text = `${'x'.repeat(size - 1)}y`
    fs.writeFileSync(file, text)
    expect(readText(file, CAP)).toEqual({ text })
  }
})

test.each(['a\u0000b', 'x'.repeat(300)])('nothing lies at a name that no file can have: %j', (name) => {
  expect(lookAt(fresh(name).file)).toBeUndefined()
})

test('an empty file has an empty text, an absent one is missing, also below a file', () => {
  const { file } = fresh()
  expect(readText(file, CAP)).toEqual({ missing: true })
  fs.writeFileSync(file, '')
  expect(readText(file, CAP)).toEqual({ text: '' })
  expect(readText(`${file}/inner`, CAP)).toEqual({ missing: true })
})

test('a file over the cap is too big, whether it is small or large; one of exactly the cap is read', () => {
  const { file } = fresh()
  fs.writeFileSync(file, 'x'.repeat(101))
  expect(readText(file, 100)).toMatchObject({ kind: 'too-big' })
  expect(readText(file, 101)).toMatchObject({ text: 'x'.repeat(101) })
  fs.writeFileSync(file, 'x'.repeat(65_537))
  expect(readText(file, 65_536)).toMatchObject({ kind: 'too-big' })
})

test('a symlink, a FIFO and a directory are no regular files, and none is waited for', () => {
  const { root, file } = fresh()
  fs.writeFileSync(file, 'secret')
  fs.symlinkSync(file, path.join(root, 'link'))
  fs.symlinkSync(path.join(root, 'nowhere'), path.join(root, 'dangling'))
  fs.mkdirSync(path.join(root, 'dir'))
  fifo(path.join(root, 'fifo'))
  for (const name of ['link', 'dangling', 'dir', 'fifo']) {
    expect(readText(path.join(root, name), CAP), name).toMatchObject({ kind: 'not-a-file' })
  }
})

test('a FIFO that somebody writes to is no regular file either, and keeps its bytes', () => {
  const { file } = fresh()
  fifo(file)
  const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_NONBLOCK)
  fs.writeSync(fd, '{}')
  expect(readText(file, CAP)).toMatchObject({ kind: 'not-a-file' })
  const left = Buffer.alloc(8)
  expect(fs.readSync(fd, left)).toBe(2)
  fs.closeSync(fd)
})

test('a file that must not be read is unreadable, with the reason', () => {
  const { file } = fresh()
  failing('openSync', 'EACCES')
  expect(readText(file, CAP)).toEqual({ trouble: "can't be read (EACCES)", kind: 'unreadable' })
})

test('an absent directory and a file in its place have no names', () => {
  const { root, file } = fresh()
  fs.writeFileSync(file, '')
  expect(listNames(path.join(root, 'absent'))).toEqual([])
  expect(listNames(file)).toEqual([])
})

test('directories are made below the room, and a symlinked one is refused before anything is written', () => {
  const { root } = fresh()
  const outside = temporaryDirectory()
  ensureDirectory(root, path.join(root, 'a', 'b', 'c'))
  expect(fs.statSync(path.join(root, 'a/b/c')).isDirectory()).toBe(true)
  fs.symlinkSync(outside, path.join(root, 'link'))
  for (const write of Object.values(WRITERS)) {
    const refused = errorOf(() => write({ root, file: path.join(root, 'link', 'deep', 'file') }, 'text'))
    expect(refused).toMatchObject({ code: 'unwritable', details: { path: path.join(root, 'link') } })
  }
  expect(fs.readdirSync(outside)).toEqual([])
})

test('a room that is itself reached through a symlink can be written', () => {
  const { root } = fresh()
  const real = temporaryDirectory()
  const link = path.join(root, 'room')
  fs.symlinkSync(real, link)
  replaceFile({ root: link, file: path.join(link, 'sub', 'file') }, 'text')
  expect(fs.readFileSync(path.join(real, 'sub/file'), 'utf8')).toBe('text')
})

test('nothing is written through a symlink, dangling or not', () => {
  for (const [name, write] of Object.entries(WRITERS)) {
    const place = fresh()
    const outside = path.join(temporaryDirectory(), 'outside')
    fs.symlinkSync(outside, place.file)
    try {
      write(place, 'text')
    } catch (error) {
      expect(error, name).toMatchObject({ code: 'damaged' })
    }
    expect(fs.existsSync(outside), name).toBe(false)
    fs.writeFileSync(outside, 'theirs')
    fs.rmSync(place.file)
    fs.symlinkSync(outside, place.file)
    try {
      write(place, 'text')
    } catch (error) {
      expect(error, name).toMatchObject({ code: 'damaged' })
    }
    expect(fs.readFileSync(outside, 'utf8'), name).toBe('theirs')
  }
})

test('a FIFO or a directory in place of a file to append to is damaged, not waited for', () => {
  const place = fresh('fifo')
  fifo(place.file)
  expect(codeOf(() => appendLine(place, 'line\n'))).toBe('damaged')
  const directory = fresh('dir')
  fs.mkdirSync(directory.file)
  for (const write of [appendLine, replaceFile]) {
    expect(codeOf(() => write(directory, 'text'))).toBe('damaged')
  }
})

test('removing a file that is not there is no error', () => {
  const { file } = fresh()
  expect(removeFile(file)).toBe(false)
  fs.writeFileSync(file, '')
  expect(removeFile(file)).toBe(true)
})

test('a directory that was deleted since this process made it is made again by every writer', () => {
  for (const [name, write] of Object.entries(WRITERS)) {
    const place = fresh('deep/dir/file')
    write(place, 'one')
    fs.rmSync(path.join(place.root, 'deep'), { recursive: true })
    write(place, 'two')
    expect(fs.readFileSync(place.file, 'utf8'), name).toBe('two')
  }
})
