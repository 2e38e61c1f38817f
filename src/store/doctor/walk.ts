/** Everything that lies in a room, by path, looked at and never followed; what is in quarantine and what people own is left out. */
import type fs from 'node:fs'
import { listNames, lookAt } from '../disk.ts'
import { QUARANTINE } from '../quarantine.ts'
import { inRoom, type Room } from '../room.ts'

export interface Entry {
  path: string
  stat: fs.Stats
}

/** What people put in and git tracks: never judged by its kind, never moved. */
const PEOPLES = new Set(['README.md', 'config.json', '.gitignore', 'templates', 'scripts'])

/** Every entry below a room or one of its directories, parents before children, each directory's in order; one at a time, as there may be many. */
export function* walkRoom(room: Room, directory = ''): Generator<Entry> {
  for (const name of listNames(inRoom(room, directory)).sort()) {
    const path = directory === '' ? name : `${directory}/${name}`
    if (PEOPLES.has(path)) continue
    const stat = lookAt(inRoom(room, path))
    if (!stat) continue
    yield { path, stat }
    if (stat.isDirectory() && path !== QUARANTINE) yield* walkRoom(room, path)
  }
}
