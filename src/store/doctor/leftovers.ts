/** What crashes leave behind: temporary files, locks of nobody, bindings of processes that are gone. All of it is coord's own. */
import fs from 'node:fs'
import type { Finding } from '../../protocol/faults.ts'
import { isSessionId } from '../../protocol/names.ts'
import { parseFileTime } from '../../protocol/time.ts'
import { listNames, lookAt, readText, removeQuietly } from '../disk.ts'
import { bootId, isAlive, pidNamespace } from '../processes.ts'
import { inRoom, listIn, type Room } from '../room.ts'
import { removeEmpty } from '../tidy/chore.ts'
import type { Entry } from './walk.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Sessions whose bindings may go: those that are over, by id. An id that is not known is nobody's. */
type IsOver = (session: string) => boolean

/** Everything left behind. mtimes count here: these are coord's own files, and they are made and gone within seconds. */
export function findLeftovers(room: Room, entries: Entry[], isOver: IsOver): Finding[] {
  const guard = `${room.lazy.lock().TIDY_GUARD}.lock`
  const found = entries.flatMap(({ path, stat }): Finding[] => {
    const age = Date.now() - stat.mtimeMs
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (name.startsWith('.tmp-'))
      return isAbandoned(name, age) ? [leftover(path, 'a temporary file of a process that is gone')] : []
    if (path.startsWith('.state/locks/') && name !== guard)
      return isStale(room, path, stat, age) ? [leftover(path, 'a lock that nobody holds any more')] : []
    if (/^\.state\/waiting\/[^/]+\/[^/]+$/.test(path) && age > MINUTE)
      return [leftover(path, 'a place in a line in which nobody stands any more')]
    if (/^\.state\/processes\/[^/]+$/.test(path) && age > MINUTE && isGone(room, path, isOver))
      return [leftover(path, 'the binding of a process that is gone')]
    return []
  })
  return [...found, ...findCurrent(room, isOver)]
}

const leftover = (path: string, detail: string): Finding => ({ path, kind: 'leftover', detail })

function isAbandoned(name: string, age: number): boolean {
  const pid = Number(/^\.tmp-(\d+)-/.exec(name)?.[1])
  return Math.abs(age) > HOUR || (Math.abs(age) > MINUTE && isAlive(pid, null) === 'dead')
}

/** A lock file says whose it is; a directory (of the library) only when it was touched. */
function isStale(room: Room, path: string, stat: fs.Stats, age: number): boolean {
  if (path.split('/').length !== 3) return false
  if (Math.abs(age) > MINUTE) return true
  const reading = stat.isFile() ? readText(inRoom(room, path), 4096) : null
  if (!reading || !('text' in reading)) return false
  const [pid, started] = reading.text.split(' ')
  return isAlive(Number(pid), started ?? null) === 'dead'
}

/** Whether the process is gone and all its sessions are over, or it has none. */
function isGone(room: Room, path: string, isOver: IsOver): boolean {
  const sessions = listIn(room, path).filter(isSessionId)
  return sessions.every(isOver) && (sessions.length === 0 || isProcessGone(path))
}

/** `<boot>-<namespace>-<pid>-<start>`: of an earlier boot, or dead here. One of another namespace (a container) may still run. */
function isProcessGone(path: string): boolean {
  const [boot, namespace, pid, started] = path.slice('.state/processes/'.length).split('-')
  if (boot !== bootId()?.slice(0, 8)) return true
  const isHere = namespace === /\d+/.exec(pidNamespace() ?? '')?.[0]
  return isHere && isAlive(Number(pid), started ?? null) === 'dead'
}

/** The session that the original scripts would act as, when it is over. */
function findCurrent(room: Room, isOver: IsOver): Finding[] {
  const reading = readText(inRoom(room, '.current_session'), 1024)
  if (!('text' in reading) || !isOver(reading.text.trim())) return []
  return [leftover('.current_session', `names ${reading.text.trim() || 'no session'}, which is over`)]
}

/** Remove a left-over. An empty mark or an own lock is worth nothing to anybody, so it is not kept. */
export function removeLeftover(room: Room, path: string): string | null {
  const file = inRoom(room, path)
  if (!lookAt(file)) return null
  if (!lookAt(file)?.isDirectory()) removeQuietly(file)
  // A session may have been bound to a living process since it was looked at.
  else if (path.startsWith('.state/processes/') && !isProcessGone(path)) removeEmpty(room, path)
  else fs.rmSync(file, { recursive: true, force: true })
  return lookAt(file) ? null : 'removed'
}

const BACKLOG = 1000

/** Old heartbeats that pile up because nobody beats. */
export function findBacklog(room: Room, now: number): Finding[] {
  const cutoff = now - room.config.heartbeats.retention
  const old = listNames(inRoom(room, 'heartbeats')).filter(
    (name) => (parseFileTime(name)?.time ?? now) < cutoff,
  )
  if (old.length < BACKLOG) return []
  return [
    {
      path: 'heartbeats',
      kind: 'backlog',
      detail: `${old.length} heartbeats are older than they are kept`,
      fix: 'coord gc',
    },
  ]
}
