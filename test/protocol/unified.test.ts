import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unifiedDiff } from '../../src/protocol/unified.ts'
import { temporaryDirectory } from '../helpers/directories.ts'

test.each<[before: string, after: string, lines: string[]]>([
  ['a\n', 'a\n', []],
  ['', 'a\nb\n', ['@@ -0,0 +1,2 @@', '+a', '+b']],
  ['a\nb\n', '', ['@@ -1,2 +0,0 @@', '-a', '-b']],
  ['a\nb\nc\n', 'a\nx\nc\n', ['@@ -1,3 +1,3 @@', ' a', '-b', '+x', ' c']],
  ['a', 'a\n', ['@@ -1,1 +1,1 @@', '-a', '\\ No newline at end of file', '+a']],
  [
    '1\n2\n3\n4\n5\n6\n7\n8\n',
    '1\n3\n4\n5\n6\n7\n8\n9\n',
    ['@@ -1,4 +1,3 @@', ' 1', '-2', ' 3', ' 4', '@@ -7,2 +6,3 @@', ' 7', ' 8', '+9'],
  ],
])('from %j to %j', (before, after, lines) => {
  expect(unifiedDiff(before, after)).toEqual(lines)
})

test('patch makes of the one text the other', () => {
  const dir = temporaryDirectory()
  const file = path.join(dir, 'file')
  const texts = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', 'c', '', 'dd'), { maxLength: 30 }), fc.boolean())
    .map(([lines, ends]) => lines.join('\n') + (ends ? '\n' : ''))
    .filter((text) => text !== '')
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      fc.pre(before !== after)
      fs.writeFileSync(file, before)
      const input = `--- file\n+++ file\n${unifiedDiff(before, after).join('\n')}\n`
      execFileSync('git', ['apply', '--unidiff-zero', '-p0', '-'], { cwd: dir, input, stdio: 'pipe' })
      expect(fs.readFileSync(file, 'utf8')).toBe(after)
    }),
    { numRuns: 60 },
  )
})
