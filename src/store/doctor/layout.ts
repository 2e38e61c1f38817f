/** What a room is laid out with, and what of it is missing. Mended piece by piece, so that git's own files on another branch stay away. */
import { DEFAULT_CONFIG } from '../../protocol/config.ts'
import type { Finding } from '../../protocol/faults.ts'
import { addFile, ensureDirectory, replaceFile } from '../atomic.ts'
import { lookAt, readText } from '../disk.ts'
import type { Repository } from '../git-places.ts'
import { isJsonObject, mirrorConfig, type Texts } from '../layout.ts'
import { keepOriginal, type Quarantine } from '../quarantine.ts'
import { recordText } from '../records.ts'
import { inRoom, place, type Room, RUNTIME_DIRECTORIES } from '../room.ts'
import { TRACKED_DIRECTORIES } from '../tracking.ts'

const TRACKED = ['README.md', 'config.json', '.gitignore']
const BYTES = 1 << 20

/** Directories and files of the layout that are not there. */
export function findMissing(room: Room, repository: Repository | null): Finding[] {
  const isThere = (path: string) => lookAt(inRoom(room, path)) !== undefined
  const directories = RUNTIME_DIRECTORIES.filter((path) => !isThere(path)).map(
    (path): Finding => ({ path, kind: 'missing', detail: 'the directory is missing' }),
  )
  const isTracked = (path: string) => room.config.git.track && TRACKED_DIRECTORIES.includes(path)
  const inner = RUNTIME_DIRECTORIES.filter((path) => !path.includes('/')).filter((path) =>
    isTracked(path) ? !isThere(`${path}/.gitignore`) : !ignoresAll(room, path),
  )
  const ignores = inner.map((path): Finding => {
    const detail = isThere(`${path}/.gitignore`) ? 'lets git see runtime files' : 'is missing'
    return {
      path: `${path}/.gitignore`,
      kind: 'missing',
      detail,
      ...(isTracked(path) ? { fix: 'coord init' } : {}),
    }
  })
  return [...directories, ...ignores, ...findTracked(room, repository), ...findMirror(room)]
}

/** All three tracked files gone: another branch is checked out, and it is git that brings them back. */
function findTracked(room: Room, repository: Repository | null): Finding[] {
  const gone = TRACKED.filter((path) => !lookAt(inRoom(room, path)))
  if (gone.length === TRACKED.length && repository) {
    const detail = 'README.md, config.json and .gitignore are missing: deleted, or on another branch'
    return [{ path: '.', kind: 'missing', detail, fix: 'coord init' }]
  }
  return gone.map((path) => ({ path, kind: 'missing', detail: 'is missing' }))
}

function findMirror(room: Room): Finding[] {
  const config = textOf(room, 'config.json')
  if (config === null || config === textOf(room, '.state/config.json') || !isJsonObject(config)) return []
  return [
    {
      path: '.state/config.json',
      kind: 'missing',
      detail: 'is not the copy of config.json that other branches need',
    },
  ]
}

function ignoresAll(room: Room, directory: string): boolean {
  return (textOf(room, `${directory}/.gitignore`) ?? '').split('\n').some((line) => line.trim() === '*')
}

function textOf(room: Room, path: string): string | null {
  const reading = readText(inRoom(room, path), BYTES)
  return 'text' in reading ? reading.text : null
}

/** Restore one piece of the layout; what was done. The config comes back from its copy. */
export function restoreMissing(
  room: Room,
  quarantine: Quarantine,
  path: string,
  texts: Texts,
): string | null {
  if (path === '.state/config.json') mirrorConfig(room.root)
  else if (path === 'config.json') return restoreConfig(room)
  else if (path === 'README.md') addFile(place(room, path), texts.readme)
  else if (path === '.gitignore') addFile(place(room, path), texts.gitignore)
  else if (path.endsWith('/.gitignore')) writeIgnore(room, quarantine, path)
  else ensureDirectory(room.root, inRoom(room, path))
  return 'restored'
}

function writeIgnore(room: Room, quarantine: Quarantine, path: string): void {
  keepOriginal(quarantine, path)
  replaceFile(place(room, path), '*\n')
}

function restoreConfig(room: Room): string {
  const mirror = textOf(room, '.state/config.json')
  addFile(place(room, 'config.json'), mirror ?? recordText(DEFAULT_CONFIG))
  return mirror === null ? 'restored with the defaults' : 'restored from its copy in .state'
}
