/** Repositories with a bare remote between them, as clones of one project on several machines have it. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Far } from '../../../src/store/remote/far.ts'
import { openFar } from '../../../src/store/remote/git.ts'
import { laidOut } from '../../helpers/layouts.ts'

export const ENV = {
  PATH: process.env.PATH!,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b',
}

/** Run git in a directory; its trimmed output. */
export const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', args, { cwd, env: ENV, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

export interface Remote {
  /** The bare repository. */
  bare: string
  /** A directory to make things in, which goes with the test. */
  dir: string
  clone(name: string): string
  far(clone: string, timeout_ms?: number): Far
}

/** A bare remote with one commit on main; `init`: flags of `git init`. Laid out by git once. */
export function createRemote(init: string[] = []): Remote {
  return remoteIn(laidOut(`remote ${init.join(' ')}`, (dir) => void layOutRemote(dir, init)))
}

/** Lay one out in a directory that is there. */
export function layOutRemote(dir: string, init: string[] = []): Remote {
  const bare = path.join(dir, 'remote.git')
  git(dir, 'init', '-q', '--bare', '-b', 'main', ...init, bare)
  const seed = path.join(dir, 'seed')
  git(dir, 'init', '-q', '-b', 'main', ...init, seed)
  git(seed, 'remote', 'add', 'origin', bare)
  fs.writeFileSync(path.join(seed, 'README'), 'x\n')
  git(seed, 'add', '.')
  git(seed, 'commit', '-q', '-m', 'init')
  git(seed, 'push', '-q', 'origin', 'main')
  for (const each of [bare, `${seed}/.git`])
    for (const name of fs.readdirSync(`${each}/hooks`)) fs.rmSync(`${each}/hooks/${name}`)
  return remoteIn(dir)
}

/** The remote that was laid out in a directory, or copied with it. */
export function remoteIn(dir: string): Remote {
  const bare = path.join(dir, 'remote.git')
  return {
    bare,
    dir,
    clone(name) {
      const at = path.join(dir, name)
      git(dir, 'clone', '-q', '--template=', bare, at)
      return at
    },
    far: (clone, timeout_ms = 20_000) => openFar(clone, 'origin', ENV, timeout_ms),
  }
}

/** What must stay as it is in a clone, whatever coord does: branch, index, files, tracking branches. */
export const untouched = (clone: string) => [
  git(clone, 'status', '--porcelain', '--ignored'),
  git(clone, 'for-each-ref', 'refs/heads', 'refs/remotes', 'refs/tags'),
  git(clone, 'symbolic-ref', 'HEAD'),
  fs.readFileSync(path.join(clone, '.git/index')).toString('base64'),
  fs.existsSync(path.join(clone, '.git/FETCH_HEAD')),
]
