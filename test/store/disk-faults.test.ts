import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import {
  addFile,
  appendLine,
  dropStaged,
  linkStaged,
  type Place,
  replaceFile,
  stageFile,
} from '../../src/store/atomic.ts'
import { removeFile } from '../../src/store/disk.ts'
import { addSlotDirectory } from '../../src/store/tidy/slot-directory.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { codeOf, errorOf, failing } from './helpers.ts'

const WRITERS = { addFile, replaceFile, appendLine }

function fresh(name = 'file') {
  const root = temporaryDirectory()
  return { root, file: path.join(root, name) }
}

test.each([
  ['EACCES', 'unwritable'],
  ['EROFS', 'unwritable'],
  ['EPERM', 'unwritable'],
  ['ENOSPC', 'disk_full'],
  ['EDQUOT', 'disk_full'],
  ['EMFILE', 'busy'],
  ['EIO', 'unwritable'],
  ['ESTALE', 'unwritable'],
])(
  'a write that fails with %s is refused as %s with the path, and leaves no temporary file',
  (errno, code) => {
    for (const [name, write] of Object.entries(WRITERS)) {
      const place = fresh()
      const spy = failing('openSync', errno)
      const refused = errorOf(() => write(place, 'text'))
      expect(refused, name).toMatchObject({ code, details: { path: place.file, errno } })
      spy.mockRestore()
      expect(fs.readdirSync(place.root), name).toEqual([])
    }
  },
)

test('a disk that fills up between creating and writing leaves neither the file nor a temporary one', () => {
  const place = fresh()
  failing('writeSync', 'ENOSPC')
  expect(codeOf(() => addFile(place, 'text'))).toBe('disk_full')
  expect(codeOf(() => replaceFile(place, 'text'))).toBe('disk_full')
  expect(fs.readdirSync(place.root)).toEqual([])
})

test('a rename or an unlink that is refused tells the file and keeps it', () => {
  const place = fresh()
  replaceFile(place, 'old')
  failing('renameSync', 'EROFS')
  expect(errorOf(() => replaceFile(place, 'new'))).toMatchObject({ code: 'unwritable' })
  failing('unlinkSync', 'EACCES', (file) => file === place.file)
  expect(errorOf(() => removeFile(place.file))).toMatchObject({ code: 'unwritable' })
  expect(fs.readdirSync(place.root)).toEqual(['file'])
  expect(fs.readFileSync(place.file, 'utf8')).toBe('old')
})

function addAsDirectory(place: Place, text: string): boolean {
  const staged = stageFile(place, text)
  try {
    return linkStaged(staged, { otherwise: addSlotDirectory })
  } finally {
    dropStaged(staged)
  }
}

test('where hard links are refused a file is still added only once, as a file or as a directory', () => {
  failing('linkSync', 'EPERM')
  const plain = fresh()
  expect([addFile(plain, 'one'), addFile(plain, 'two')]).toEqual([true, false])
  expect(fs.readFileSync(plain.file, 'utf8')).toBe('one')
  const slot = fresh()
  const add = (text: string) => addAsDirectory(slot, text)
  expect([add('one'), add('two')]).toEqual([true, false])
  expect(fs.readFileSync(path.join(slot.file, 'slot'), 'utf8')).toBe('one')
  expect(fs.readdirSync(slot.root)).toEqual(['file'])
})

test('a full disk while a slot directory is made is told as such', () => {
  const place = fresh()
  failing('linkSync', 'EPERM')
  failing('mkdirSync', 'ENOSPC')
  expect(codeOf(() => addAsDirectory(place, 'one'))).toBe('disk_full')
  expect(fs.readdirSync(place.root)).toEqual([])
})

test('a line of which the disk took only the beginning is not acknowledged, and the next one stands apart', () => {
  const place = fresh()
  const real = fs.writeSync
  const spy = vi.spyOn(fs, 'writeSync')
  spy.mockImplementationOnce(((fd: number, bytes: Buffer) => real(fd, bytes, 0, 4)) as typeof fs.writeSync)
  expect(codeOf(() => appendLine(place, '{"a":1}\n'))).toBe('disk_full')
  spy.mockRestore()
  appendLine(place, '{"b":2}\n')
  expect(fs.readFileSync(place.file, 'utf8')).toBe('{"a"\n{"b":2}\n')
})
