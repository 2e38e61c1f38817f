import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { currentBranch, findRepository } from '../../src/store/git-places.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { git, repository } from './helpers.ts'

test('a plain repository is found from a subdirectory', () => {
  const dir = repository(temporaryDirectory())
  const inner = path.join(dir, 'src/deep')
  fs.mkdirSync(inner, { recursive: true })
  const dotGit = path.join(dir, '.git')
  expect(findRepository(inner)).toEqual({ top: dir, common: dotGit, git: dotGit, main: dir, linked: false })
})

test('outside git there is no repository', () => {
  expect(findRepository(temporaryDirectory())).toBeNull()
})

test('a linked worktree knows its own git directory, the shared one and the main worktree', () => {
  const base = temporaryDirectory()
  const main = repository(path.join(base, 'main'))
  const linked = path.join(base, 'linked')
  git(main, 'worktree', 'add', '--quiet', linked, '-b', 'feature')
  const found = findRepository(path.join(linked))
  expect(found).toEqual({
    top: linked,
    common: path.join(main, '.git'),
    git: path.join(main, '.git/worktrees/linked'),
    main,
    linked: true,
  })
  expect(currentBranch(found!.git)).toBe('feature')
})

test('a worktree with relative paths in its .git file is found as well', () => {
  const base = temporaryDirectory()
  const main = repository(path.join(base, 'main'))
  const linked = path.join(base, 'linked')
  git(main, 'worktree', 'add', '--quiet', linked, '-b', 'feature')
  fs.writeFileSync(path.join(linked, '.git'), 'gitdir: ../main/.git/worktrees/linked\n')
  expect(findRepository(linked)).toMatchObject({ main, linked: true })
})

test('a bare repository with worktrees has no main worktree', () => {
  const base = temporaryDirectory()
  repository(path.join(base, 'origin'))
  const bare = path.join(base, 'project.git')
  git(base, 'clone', '--quiet', '--bare', 'origin', bare)
  const tree = path.join(base, 'tree')
  git(bare, 'worktree', 'add', '--quiet', tree, '-b', 'feature')
  expect(findRepository(tree)).toMatchObject({ top: tree, common: bare, main: null, linked: true })
  expect(findRepository(bare)).toMatchObject({ top: bare, common: bare, main: null, linked: false })
})

test('a .git that was turned bare, with its worktrees beside it, has no main worktree', () => {
  const base = temporaryDirectory()
  repository(path.join(base, 'origin'))
  const hub = path.join(base, 'hub')
  git(base, 'clone', '--quiet', '--bare', 'origin', path.join(hub, '.git'))
  const tree = path.join(hub, 'tree')
  git(hub, 'worktree', 'add', '--quiet', tree, '-b', 'feature')
  const common = path.join(hub, '.git')
  expect(findRepository(hub)).toMatchObject({ top: hub, common, main: null })
  expect(findRepository(tree)).toMatchObject({ top: tree, common, main: null, linked: true })
})

test('a submodule is a repository of its own, not a linked worktree', () => {
  const base = temporaryDirectory()
  repository(path.join(base, 'library'))
  const main = repository(path.join(base, 'main'))
  git(main, 'submodule', '--quiet', 'add', path.join(base, 'library'), 'lib')
  const lib = path.join(main, 'lib')
  const own = path.join(main, '.git/modules/lib')
  expect(findRepository(lib)).toEqual({ top: lib, common: own, git: own, main: lib, linked: false })
})

test('a linked worktree of a submodule leads to the submodule, not to its superproject', () => {
  const base = temporaryDirectory()
  repository(path.join(base, 'library'))
  const main = repository(path.join(base, 'main'))
  git(main, 'submodule', '--quiet', 'add', path.join(base, 'library'), 'lib')
  const linked = path.join(base, 'linked')
  git(path.join(main, 'lib'), 'worktree', 'add', '--quiet', linked, '-b', 'feature')
  expect(findRepository(linked)).toMatchObject({ main: path.join(main, 'lib'), linked: true })
})

test('a repository with a separate git directory is found', () => {
  const base = temporaryDirectory()
  const work = path.join(base, 'work')
  git(base, 'init', '--quiet', `--separate-git-dir=${path.join(base, 'store')}`, work)
  const store = path.join(base, 'store')
  expect(findRepository(work)).toMatchObject({ top: work, common: store, main: work, linked: false })
})

test('the branch is the one checked out, none when detached', () => {
  const dir = repository(temporaryDirectory())
  expect(currentBranch(path.join(dir, '.git'))).toBe('main')
  git(dir, 'checkout', '--quiet', '--detach')
  expect(currentBranch(path.join(dir, '.git'))).toBeNull()
})

test('a .git file that is none is not taken for a repository', () => {
  const dir = temporaryDirectory()
  fs.writeFileSync(path.join(dir, '.git'), 'something else\n')
  expect(findRepository(dir)).toBeNull()
})
