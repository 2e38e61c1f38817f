/**
 * `status/<id>.json`: each session in the form of MON-001, for menu bars and dashboards that know it. Derived from the session file by the
 * hooks and the status line of its agent, replaced whole; whoever writes one sweeps, once a minute, those that are over.
 */
import fs from 'node:fs'
import path from 'node:path'
import { isOldForm, type StatusForm } from '../protocol/live/status-form.ts'
import { isEnded } from '../protocol/sessions.ts'
import { replaceFile } from './atomic.ts'
import { lookAt, readText } from './disk.ts'
import { inRoom, listIn, place, type Room, removeIn } from './room.ts'
import { loadSession } from './sessions.ts'

const nameOf = (id: string) => `${id}.json`
const SWEEP_MS = 60_000
const MARKER = '.state/forms-swept'

/** Write a session's form, then sweep those of others if it is due. `now`: epoch ms. */
export function writeForm(room: Room, form: StatusForm, now: number): void {
  replaceFile(place(room, 'status', nameOf(form.session_id)), `${JSON.stringify(form, null, 2)}\n`)
  // By its own marker, whose time is the file system's as that of what it is held against.
  const swept = lookAt(inRoom(room, MARKER))?.mtimeMs ?? 0
  const age = (lookAt(inRoom(room, 'status', nameOf(form.session_id)))?.mtimeMs ?? 0) - swept
  if (age >= 0 && age < SWEEP_MS) return
  replaceFile(place(room, MARKER), '')
  for (const id of listForms(room)) if (isOver(room, id, now)) removeForm(room, id)
}

/** A session's form goes with it. */
export function removeForm(room: Room, id: string): void {
  removeIn(room, 'status', nameOf(id))
}

/** The ids that have a form. */
function listForms(room: Room): string[] {
  return listIn(room, 'status').flatMap((name) =>
    name.endsWith('.json') && !name.startsWith('.') && !/_status(\..*)?\.json$/.test(name)
      ? [name.slice(0, -5)]
      : [],
  )
}

function isOver(room: Room, id: string, now: number): boolean {
  const reading = readText(inRoom(room, 'status', nameOf(id)), 1 << 20)
  if (!('text' in reading)) return false
  const session = loadSession({ ...room, problems: [] }, id)
  return isOldForm(updatedAt(reading.text), !session || isEnded(session), now, room.config.sessions.goneAfter)
}

function updatedAt(text: string): unknown {
  try {
    return (JSON.parse(text) as { updated_at?: unknown } | null)?.updated_at
  } catch {
    return undefined
  }
}

/**
 * Let the link that `compat.legacyStatusLink` names lead to a session's form, for tools that read one `status.json`. Only a link of ours is
 * ever replaced, only in the repository or as `~/.claude/status.json`: a room's config comes from its repository, and must not reach elsewhere.
 */
export function linkLegacy(room: Room, id: string, home: string | undefined): void {
  const link = legacyLink(room, home)
  if (link === null) return
  const target = inRoom(room, 'status', nameOf(id))
  const there = lookAt(link)
  const led = there?.isSymbolicLink() ? fs.readlinkSync(link) : null
  if (led === target || (there && !(led !== null && isForm(led)))) return
  const temporary = `${link}.coord-${process.pid}`
  fs.symlinkSync(target, temporary)
  fs.renameSync(temporary, link)
}

const isForm = (target: string) => /\/COORDINATION\/status\/[^/]+\.json$/.test(target)

/**
 * Where the legacy link is, or null where none is wanted, or not at a place that it may have: in the repository, by where its directory
 * really is and not in `.git` or the room; in the home `~/.claude/status.json` alone.
 */
export function legacyLink(room: Room, home: string | undefined): string | null {
  const wanted = room.config.compat.legacyStatusLink
  if (wanted === null) return null
  if (wanted === '~/.claude/status.json')
    return home && lookAt(path.join(home, '.claude'))?.isDirectory()
      ? path.join(home, '.claude/status.json')
      : null
  const repository = realPath(path.dirname(room.root))
  const link = path.resolve(path.dirname(room.root), wanted)
  const dir = realPath(path.dirname(link))
  if (repository === null || dir === null || !link.endsWith('.json')) return null
  const isIn = (outer: string | null) => dir === outer || dir.startsWith(`${outer}/`)
  const isBarred = isIn(realPath(room.root)) || dir.split('/').includes('.git')
  return isIn(repository) && !isBarred ? `${dir}/${path.basename(link)}` : null
}

/** Where a path really is, every link followed; null where nothing is. */
function realPath(file: string): string | null {
  try {
    return fs.realpathSync(file)
  } catch {
    return null
  }
}
