/** Uncommitted changes saved as a ref: all of them, once, with nothing of the user's touched. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { listSavedChanges, saveChanges } from '../../src/store/rescue-ref.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { git, repository } from './helpers.ts'

const NOW = Date.parse('2026-11-20T10:00:00.000Z')
const ENV = { PATH: process.env.PATH!, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' }

function createTree() {
  const dir = repository(path.join(temporaryDirectory(), 'repo'))
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true })
    fs.writeFileSync(path.join(dir, file), text)
  }
  write('.gitignore', 'ignored\n')
  write('gone.txt', 'gone\n')
  git(dir, 'add', '.')
  git(dir, 'commit', '-q', '-m', 'Second')
  const save = (session = 'one', now = NOW, but: string[] = []) => saveChanges(dir, session, now, ENV, but)
  const index = () => fs.readFileSync(path.join(dir, '.git/index')).toString('base64')
  const all = () => [
    index(),
    git(dir, 'rev-parse', 'HEAD'),
    git(dir, 'symbolic-ref', 'HEAD'),
    git(dir, 'status', '--porcelain'),
  ]
  return { dir, write, save, all }
}

test('changed, staged, deleted and new files are saved, ignored ones are not; index, branch and files stay as they are', () => {
  const { dir, write, save, all } = createTree()
  write('a.txt', 'staged\n')
  git(dir, 'add', 'a.txt')
  write('a.txt', 'changed\n')
  write('new/ä file.txt', 'new\n')
  write('ignored', 'x')
  fs.rmSync(path.join(dir, 'gone.txt'))
  const before = all()
  const saved = save()!
  expect(all()).toEqual(before)
  expect(saved).toMatchObject({
    ref: 'refs/coord/rescue/one-2026-11-20_10-00-00-000',
    worktree: dir,
    files: 3,
    left_out: [],
  })
  const show = (what: string) => git(dir, 'show', `${saved.ref}${what}`)
  expect([show(':a.txt'), show('^2:a.txt'), show(':new/ä file.txt')]).toEqual([
    'changed\n',
    'staged\n',
    'new\n',
  ])
  expect(git(dir, 'ls-tree', '-r', '--name-only', '-z', saved.ref).split('\0')).not.toContain('ignored')
  git(dir, 'stash', '--include-untracked', '--quiet')
  git(dir, 'stash', 'apply', '--quiet', saved.ref)
  expect(fs.readFileSync(path.join(dir, 'a.txt'), 'utf8')).toBe('changed\n')
  expect(fs.readFileSync(path.join(dir, 'new/ä file.txt'), 'utf8')).toBe('new\n')
  expect(fs.existsSync(path.join(dir, 'gone.txt'))).toBe(false)
})

test('the same changes are saved once, others again, and those of a session with a longer name are its own', () => {
  const { dir, write, save } = createTree()
  expect(save()).toBeNull()
  write('a.txt', 'changed\n')
  const longer = save('one-2')!
  const first = save('one', NOW + 1000)!
  expect(first.ref).not.toBe(longer.ref)
  expect(save('one', NOW + 2000)).toMatchObject({ ref: first.ref, commit: first.commit, files: 1 })
  write('a.txt', 'changed again\n')
  const second = save('one', NOW + 3000)!
  expect(second.ref).not.toBe(first.ref)
  const refs = listSavedChanges('one', { cwd: dir, env: ENV }).map(({ ref }) => ref)
  expect(refs).toEqual([first.ref, second.ref])
})

test('in a linked worktree and below a conflict the files are saved as they lie there', () => {
  const { dir, write } = createTree()
  git(dir, 'switch', '-q', '-c', 'other')
  write('a.txt', 'theirs\n')
  git(dir, 'commit', '-q', '-am', 'Theirs')
  git(dir, 'switch', '-q', 'main')
  const tree = path.join(path.dirname(dir), 'tree')
  git(dir, 'worktree', 'add', '-q', '-b', 'third', tree)
  fs.writeFileSync(path.join(tree, 'a.txt'), 'ours\n')
  git(tree, 'commit', '-q', '-am', 'Ours')
  expect(() => git(tree, 'merge', 'other')).toThrow()
  const lying = fs.readFileSync(path.join(tree, 'a.txt'), 'utf8')
  expect(lying).toContain('<<<<<<<')
  const saved = saveChanges(tree, 'a..b.lock', NOW, ENV, [])!
  expect(git(tree, 'show', `${saved.ref}:a.txt`)).toBe(lying)
  expect(git(tree, 'ls-files', '--unmerged')).not.toBe('')
})

test('repositories inside, directories to leave out and unreadable names are no part of it', () => {
  const { dir, write, save } = createTree()
  repository(path.join(dir, 'inner'))
  git(dir, 'worktree', 'add', '-q', path.join(dir, 'below'), '-b', 'below')
  write('COORDINATION/x', 'room')
  write('kept', 'x')
  const saved = save('one', NOW, [path.join(dir, 'COORDINATION')])!
  expect(git(dir, 'diff', '--name-only', `${saved.ref}^`, saved.ref)).toBe('kept\n')
  expect(saved.left_out).toEqual(['inner is a repository of its own'])
})

test('before the first commit everything that lies there is saved, and can be applied', () => {
  const dir = path.join(temporaryDirectory(), 'empty')
  fs.mkdirSync(dir)
  git(dir, 'init', '-q')
  expect(saveChanges(dir, 'one', NOW, ENV, [])).toBeNull()
  fs.writeFileSync(path.join(dir, 'first'), 'x')
  const saved = saveChanges(dir, 'one', NOW, ENV, [])!
  expect(git(dir, 'show', `${saved.ref}:first`)).toBe('x')
  expect(git(dir, 'for-each-ref', '--format=%(refname)')).toBe(`${saved.ref}\n`)
})
