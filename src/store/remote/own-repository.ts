/**
 * The repository by which claims go to a remote and come from it: `.state/remote/git`, a bare one of the room's own that includes the
 * config of the user's. So the user's gets neither objects nor refs, and a push has no more to look through than what was claimed lately,
 * however many branches there are. May be lost at any time: all of it can be fetched again.
 */
import fs from 'node:fs'
import path from 'node:path'
import { ensureDirectory, forgetDirectories, replaceFile } from '../atomic.ts'
import { listNames, lookAt, readText, removeQuietly } from '../disk.ts'
import { inRoom, place, type Room } from '../room.ts'
import type { Far } from './git.ts'

const OWN = '.state/remote/git'

/** A remote, to be asked from the room's own repository, which is made where it is not there. Throws what the disk refuses. */
export function ownRepository(room: Room, far: Far): Far {
  const dir = inRoom(room, OWN)
  const config = configFor(far.common)
  const known = readText(`${dir}/config`, 1 << 16)
  const isWhole = ['HEAD', 'objects', 'refs'].every((each) => lookAt(`${dir}/${each}`))
  if (!isWhole || !('text' in known) || known.text !== config) {
    forgetDirectories()
    for (const each of ['objects', 'refs']) ensureDirectory(room.root, `${dir}/${each}`)
    replaceFile(place(room, OWN, 'HEAD'), 'ref: refs/heads/none\n')
    replaceFile(place(room, OWN, 'config'), config)
  }
  return { ...far, common: dir, env: { ...far.env, GIT_DIR: dir } }
}

/** What it must have of its own: git reads the format of a repository from no included file, and the last of two settings counts. */
function configFor(common: string): string {
  const told = readText(path.join(common, 'config'), 1 << 20)
  const text = 'text' in told ? told.text : ''
  const isLong = /^\s*objectformat\s*=\s*sha256\s*$/im.test(text)
  const include = (file: string) =>
    `[include]\n\tpath = "${path.join(common, file).replace(/[\\"]/g, '\\$&')}"\n`
  const shared = /^\s*sharedrepository\s*=.*$/im.exec(text)?.[0].trim()
  return [
    include('config'),
    include('config.worktree'),
    `[core]\n\trepositoryformatversion = ${isLong ? 1 : 0}\n\tbare = true\n`,
    shared ? `\t${shared}\n` : '',
    isLong ? '[extensions]\n\tobjectformat = sha256\n' : '',
  ].join('')
}

/** One of 256 directories of objects with more than this tells of some five thousand. */
const MANY = 20
const HOUR_MS = 3_600_000

/** Whether git complains of a ref that names what is not there any more. */
export const isBroken = (detail: string) => /bad object|all necessary objects/.test(detail)

/** Forget which refs were read, so that they can be read anew. */
export function forgetRefs(room: Room): void {
  fs.rmSync(inRoom(room, OWN, 'refs/coord-remote'), { recursive: true, force: true })
}

/** Throw away what lies there for an hour, where there is much of it; what is on its way is younger. `now`: epoch ms. */
export function tidyOwnRepository(room: Room, now: number): void {
  const dir = inRoom(room, OWN)
  if (!lookAt(dir)?.isDirectory() || listNames(`${dir}/objects/17`).length <= MANY) return
  for (const below of ['refs', 'objects'])
    for (const name of fs.readdirSync(`${dir}/${below}`, { recursive: true, encoding: 'utf8' })) {
      const file = `${dir}/${below}/${name}`
      const stat = lookAt(file)
      if (stat?.isFile() && now - stat.mtimeMs > (below === 'refs' ? HOUR_MS / 2 : HOUR_MS))
        removeQuietly(file)
    }
}
