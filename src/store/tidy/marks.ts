/**
 * Marks below `.state/` of sessions that are over and processes that no longer exist: by whom a session is found (processes,
 * terminals, agents, bindings), and what it remembers to hold. What may still lead a session back stays: the marks of one that was
 * given up while a process of it may run, and an agent's own id as long as there is a record of its session, live or archived.
 *
 * Two kinds are no fault of the room, as every healthy one has some: empty directories, and the marks of dead processes of a
 * session that is live (agents start each command in a shell that is gone a moment later).
 */
import type { Moment } from '../../protocol/claims.ts'
import { isSessionId } from '../../protocol/names.ts'
import { isEnded } from '../../protocol/sessions.ts'
import type { Departure } from '../../protocol/tidy.ts'
import { holders } from '../archive.ts'
import { loadArchived } from '../archived.ts'
import { type Binding, placeOf, readBinding } from '../bindings.ts'
import { readText } from '../disk.ts'
import { machineId } from '../machine.ts'
import { bootId, isAlive, pidNamespace } from '../processes.ts'
import { inRoom, listIn, type Room } from '../room.ts'
import { loadSession } from '../sessions.ts'
import { type Chore, isEmptyDirectory, markerAge, removeEmpty, removeIf } from './chore.ts'

const HOUR = 3_600_000

type Leaving = ReadonlyMap<string, Departure>
/** `lost`: no record anywhere. */
type Standing = 'live' | 'completed' | 'abandoned' | 'lost'

/** The marks that go. `leaving` are the sessions that are archived first. */
export function markChores(room: Room, now: Moment, leaving: Leaving): Chore[] {
  const quiet = { ...room, problems: [] }
  return [
    ...processChores(quiet, leaving),
    ...pointerChores(quiet, leaving, 'terminals', isOver),
    ...pointerChores(quiet, leaving, 'agents', (room, id, leaving) => isLost(room, id, leaving)),
    ...bindingChores(quiet, leaving),
    ...hookChores(quiet, leaving),
    ...heldChores(quiet, leaving, now),
    ...currentChores(quiet, leaving),
  ]
}

function standingOf(room: Room, id: string, leaving?: Leaving): Standing {
  if (!isSessionId(id)) return 'lost'
  const planned = leaving?.get(id)
  if (planned) return planned.status
  const live = loadSession(room, id)
  if (live && !isEnded(live)) return 'live'
  const session = live ?? loadArchived(room, id)
  if (!session) return 'lost'
  return session.status === 'completed' ? 'completed' : 'abandoned'
}

/** Whether nothing can find the way back to a session by its processes. */
function isOver(room: Room, id: string, leaving?: Leaving): boolean {
  const standing = standingOf(room, id, leaving)
  if (standing === 'live' || standing === 'completed') return standing === 'completed'
  const binding = bindingOf(room, id)
  return !binding || binding.chain.every((link) => isGone(room, id, { ...binding, ...link }))
}

const isLost = (room: Room, id: string, leaving?: Leaving) =>
  standingOf(room, id, leaving) === 'lost' && !bindingOf(room, id)

/** What a file names need not be an id; nothing is looked up by it then. */
const bindingOf = (room: Room, id: string) => (isSessionId(id) ? readBinding(room, id) : null)

type Link = Binding['chain'][number] & Pick<Binding, 'boot_id' | 'pid_ns'>

/** Whether a process is proven gone: here, or of another boot of this machine. One of another machine or namespace may run. */
function isGone(room: Room, id: string, { pid, started, boot_id, pid_ns }: Link): boolean {
  if (boot_id === bootId()) return pid_ns === pidNamespace() && isAlive(pid, started) === 'dead'
  const machine = (loadSession(room, id) ?? loadArchived(room, id))?.machine_id
  return !machine || machine === machineId()
}

function processChores(room: Room, leaving: Leaving): Chore[] {
  const here = placeOf(bootId(), pidNamespace())
  return listIn(room, '.state/processes').flatMap((name): Chore[] => {
    const directory = `.state/processes/${name}`
    const [, where, pid, started] = /^(.*-\d*)-(\d+)-(\d*)$/.exec(name) ?? []
    if (where === undefined) return []
    const sameBoot = where.split('-')[0] === here.split('-')[0]
    const link = {
      pid: Number(pid),
      started: started!,
      boot_id: sameBoot ? bootId() : where,
      pid_ns: where === here ? pidNamespace() : where,
    }
    const goes = (id: string, then?: Leaving) => isGone(room, id, link) || isOver(room, id, then)
    const ids = listIn(room, directory)
    if (ids.length === 0) return emptyChores(room, directory)
    const isFault = (id: string) => isGone(room, id, link) && standingOf(room, id, leaving) !== 'live'
    const going = ids.filter((id) => !id.startsWith('.') && goes(id, leaving))
    return going.map((id) =>
      markChore(
        room,
        directory,
        id,
        () => goes(id),
        isFault(id) ? 'the binding of a process that is gone' : undefined,
      ),
    )
  })
}

/** None for what is no directory, in which nothing is found either. */
function emptyChores(room: Room, directory: string): Chore[] {
  if (!isEmptyDirectory(room, directory)) return []
  return [{ kind: 'marks', path: directory, run: () => removeEmpty(room, directory) }]
}

/** A mark's removal, and that of its directory with the last one. */
function markChore(
  room: Room,
  directory: string,
  name: string,
  stillGoes: () => boolean,
  why: string | undefined,
): Chore {
  const path = `${directory}/${name}`
  const run = () => {
    const removed = removeIf(room, path, stillGoes)
    removeEmpty(room, directory)
    return removed
  }
  return { kind: 'marks', path, ...(why === undefined ? {} : { why }), run }
}

/** Files that name a session: `terminals/<terminal>`, `agents/<agent>`. */
function pointerChores(room: Room, leaving: Leaving, kind: string, goes: typeof isOver): Chore[] {
  return listIn(room, `.state/${kind}`).flatMap((name): Chore[] => {
    const path = `.state/${kind}/${name}`
    const id = name.startsWith('.') ? null : textIn(room, path)
    if (id === null || !goes(room, id, leaving) || markerAge(inRoom(room, path)) < HOUR) return []
    return [pointerChore(room, path, id, () => goes(room, id))]
  })
}

function pointerChore(room: Room, path: string, id: string, stillGoes: () => boolean): Chore {
  const why = isSessionId(id) ? `names ${id}, which is over` : 'names no session'
  return {
    kind: 'marks',
    path,
    why,
    run: () => removeIf(room, path, () => textIn(room, path) === id && stillGoes()),
  }
}

/** The session that the original scripts would act as. */
function currentChores(room: Room, leaving: Leaving): Chore[] {
  const path = '.current_session'
  const id = textIn(room, path)
  return id !== null && isOver(room, id, leaving)
    ? [pointerChore(room, path, id, () => isOver(room, id))]
    : []
}

function textIn(room: Room, path: string): string | null {
  const reading = readText(inRoom(room, path), 64 * 1024)
  return 'text' in reading ? reading.text.trim() : null
}

function bindingChores(room: Room, leaving: Leaving): Chore[] {
  return listIn(room, '.state/bindings').flatMap((name): Chore[] => {
    const id = name.endsWith('.json') && !name.startsWith('.') ? name.slice(0, -5) : null
    if (id === null || !readBinding(room, id) || !isOver(room, id, leaving)) return []
    const path = `.state/bindings/${name}`
    const why = `the binding of ${id}, which is over`
    return [{ kind: 'marks', path, why, run: () => removeIf(room, path, () => isOver(room, id)) }]
  })
}

/** What the hooks of agents keep of their sessions: `<session>.json`, what each hook cost, and drafts of handoffs. */
function hookChores(room: Room, leaving: Leaving): Chore[] {
  return listIn(room, '.state/hooks').flatMap((name): Chore[] => {
    const id = name.replace(/\.(jsonl?|md)$/, '')
    const path = `.state/hooks/${name}`
    const isFresh = () => markerAge(inRoom(room, path)) < HOUR
    if (id === name || id === 'faults' || name.startsWith('.') || isFresh()) return []
    if (!isOver(room, id, leaving)) return []
    const why = `what the hooks of ${id} kept, which is over`
    return [{ kind: 'marks', path, why, run: () => removeIf(room, path, () => isOver(room, id)) }]
  })
}

/** What a session that was given up remembers stays, so that it learns of its losses when it comes back. */
function heldChores(room: Room, leaving: Leaving, now: Moment): Chore[] {
  const holds = holders(room, now)
  return listIn(room, '.state/held').flatMap((id): Chore[] => {
    const directory = `.state/held/${id}`
    const goes = (then?: Leaving) => {
      const standing = standingOf(room, id, then)
      return standing === 'completed' || (standing === 'lost' && !readBinding(room, id))
    }
    if (id.startsWith('.') || !goes(leaving) || holds(id)) return []
    const names = listIn(room, directory)
    if (names.length === 0) return emptyChores(room, directory)
    const old = names.filter(
      (name) => !name.startsWith('.') && markerAge(inRoom(room, directory, name)) > HOUR,
    )
    return old.map((name) => markChore(room, directory, name, () => goes(), `what ${id} held, which is over`))
  })
}
