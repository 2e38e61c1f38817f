/**
 * A repository of the room's own for what goes to the remote and comes from it: `.state/remote/git-<hour>`. The user's repository, whose
 * config it reads for the remotes, gets neither refs (`git log --all`) nor objects, and a push has no more to look through than what was
 * claimed lately. A new one is begun each hour, and the one before the last is thrown away: nothing in it is needed again, and what is lost
 * is made or fetched anew.
 */
import fs from 'node:fs'
import path from 'node:path'
import { ensureDirectory, forgetDirectories, replaceFile } from '../atomic.ts'
import { lookAt, readText } from '../disk.ts'
import { inRoom, listIn, place, type Room } from '../room.ts'
import { removeTree } from '../trees.ts'
import type { Far } from './far.ts'

const PLACE = '.state/remote'
const NAME = /^git-(\d{1,9})$/
const HOUR = 3_600_000

/** A remote as it is asked from the room's own repository, which is made where it is not whole. Throws what the disk refuses. */
export function ownRepository(room: Room, far: Far): Far {
  const hour = Math.floor(Date.now() / HOUR)
  const name = `git-${hour}`
  const common = inRoom(room, PLACE, name)
  if (!['HEAD', 'config', 'objects', 'refs'].every((each) => lookAt(`${common}/${each}`))) {
    begin(room, name, far.common)
    dropOld(room, hour)
  }
  return { ...far, common, users: far.common, env: { ...far.env, GIT_DIR: common } }
}

/** `HEAD` comes last: a crash before it leaves one that the next process completes. */
function begin(room: Room, name: string, users: string): void {
  // A long-lived process may have seen what was thrown away since.
  forgetDirectories()
  for (const part of ['objects', 'refs']) ensureDirectory(room.root, inRoom(room, `${PLACE}/${name}/${part}`))
  replaceFile(place(room, PLACE, name, 'config'), configFor(users))
  replaceFile(place(room, PLACE, name, 'HEAD'), 'ref: refs/heads/none\n')
}

/** What it must have of its own: git reads the format of a repository from no included file, and the last of two settings counts. */
function configFor(users: string): string {
  const told = readText(path.join(users, 'config'), 1 << 20)
  const text = 'text' in told ? told.text : ''
  const isLong = /^\s*objectformat\s*=\s*sha256\s*$/im.test(text)
  const include = (file: string) =>
    `[include]\n\tpath = "${path.join(users, file).replace(/[\\"]/g, '\\$&')}"\n`
  const shared = /^\s*sharedrepository\s*=.*$/im.exec(text)?.[0].trim()
  return [
    include('config'),
    include('config.worktree'),
    `[core]\n\trepositoryformatversion = ${isLong ? 1 : 0}\n\tbare = true\n`,
    shared ? `\t${shared}\n` : '',
    isLong ? '[extensions]\n\tobjectformat = sha256\n' : '',
  ].join('')
}

/** Those that no process can be using any more. */
function dropOld(room: Room, hour: number): void {
  for (const name of listIn(room, PLACE)) {
    const [, made] = NAME.exec(name) ?? []
    if (made === undefined || Number(made) === hour || Number(made) === hour - 1) continue
    removeTree(room, PLACE, name)
  }
}

/** Whether git complains of a ref that names what is not there any more. */
export const isBroken = (detail: string) => /bad object|all necessary objects/.test(detail)

/** Forget which refs were read from the own repository, so that they can be read anew. */
export function forgetRefs({ common }: Pick<Far, 'common'>): void {
  fs.rmSync(path.join(common, 'refs/coord-remote'), { recursive: true, force: true })
}
