/**
 * What other machines published, as it was read last: `.state/foreign/<machine>/state.json`, and their handoffs beside it. Who may write:
 * `coord sync`, replacing a machine's file as a whole; nothing here is anybody's own, so nothing else ever changes it. Readers see the
 * state before or after. Losing it costs one round: mail that arrived lies in the room's own mailboxes.
 */
import type { HandoffText } from '../../protocol/machines/bundle.ts'
import {
  idHere,
  isMachine,
  isMeant,
  isRecordId,
  type OwnerOf,
  ownersOf,
} from '../../protocol/machines/names.ts'
import type { Message, Session } from '../../protocol/records.ts'
import type { KeptFor } from '../../protocol/remote/kept.ts'
import { isEnded, lastSign } from '../../protocol/sessions.ts'
import { isRecord } from '../../protocol/shapes.ts'
import { formatInstant, parseInstant } from '../../protocol/time.ts'
import { archiveMonths } from '../archived.ts'
import { addFile, replaceFile } from '../atomic.ts'
import { lookAt, readText } from '../disk.ts'
import { lastSetting } from '../remote/setting.ts'
import { inRoom, listIn, place, type Room, removeIn } from '../room.ts'
import { removeTree } from '../trees.ts'
import { FOREIGN, SETTING_FILE } from './place.ts'

const BYTES = 64 << 20

/** One other machine, as it was read last. */
export interface ForeignMachine {
  machine: string
  name: string | null
  /** The commit that it was read from, its number, and when the machine made it. */
  oid: string
  seq: number
  at: string
  /** When it was read, by our clock (epoch ms). */
  taken: number
  sessions: Session[]
  /** The ids of its mail that has arrived here. */
  mail: string[]
  /** Mail for sessions that are not here, or not yet. */
  waiting: Message[]
  /** What was wrong with what it published. */
  trouble: string | null
  /** When its ref was found to be gone from the remote (epoch ms); absent while it publishes. */
  left?: number
  /** Its ref went when this clone's own went too: that it is gone does not tell that it left. Absent once it was seen again. */
  lost?: true
}

const stateFile = (machine: string) => `${FOREIGN}/${machine}/state.json`

/** Every other machine, by its id; one whose file can't be read is named and left out. None, and next to no cost, while no remote is set. */
export const listMachines = (room: Room): ForeignMachine[] => (hasOthers(room) ? everyMachine(room) : [])

/** Every other machine that was ever read and is not forgotten, also while no remote is set. */
export function everyMachine(room: Room): ForeignMachine[] {
  return listIn(room, FOREIGN)
    .filter(isMachine)
    .sort()
    .flatMap((machine) => loadMachine(room, machine) ?? [])
}

/** Whoever goes without a remote (`coord remote off`) sees others no more; what is known of them stays. */
const hasOthers = (room: Room) => lookAt(inRoom(room, FOREIGN)) && lookAt(inRoom(room, SETTING_FILE))

/** What was read of a machine, or null. */
function loadMachine(room: Room, machine: string): ForeignMachine | null {
  const file = stateFile(machine)
  const reading = readText(inRoom(room, file), BYTES)
  if ('missing' in reading) return null
  try {
    if ('trouble' in reading) throw new Error(reading.trouble)
    const state = JSON.parse(reading.text) as ForeignMachine
    if (state.machine !== machine || !Array.isArray(state.sessions))
      throw new Error('is no state of a machine')
    const list = <T>(value: T[]) => (Array.isArray(value) ? value : [])
    const sessions = state.sessions.filter((session) => isRecord('session', session))
    return { ...state, sessions, mail: list(state.mail), waiting: list(state.waiting) }
  } catch (error) {
    room.problems.push({ path: file, kind: 'unreadable', detail: (error as Error).message })
    return null
  }
}

/** Replace what is known of a machine. */
export function saveMachine(room: Room, state: ForeignMachine): void {
  replaceFile(place(room, stateFile(state.machine)), `${JSON.stringify(state)}\n`)
}

/** A machine whose ref is gone at a time (epoch ms): it left, unless the remote lost it with this clone's own (`isWhole` is false) and it was not seen since. */
export function goneBy(state: ForeignMachine, isWhole: boolean, now: number): ForeignMachine {
  if (state.left !== undefined) return state
  return isWhole && !state.lost ? { ...state, left: now } : { ...state, lost: true }
}

/** Forget a machine, with its handoffs. */
export function dropMachine(room: Room, machine: string): void {
  if (!isMachine(machine) || !lookAt(inRoom(room, FOREIGN, machine))?.isDirectory()) return
  removeTree(room, FOREIGN, machine)
}

/** Whether an id is that of a session of this room, live or archived. The names are listed once. */
export function idsHere(room: Room): (id: string) => boolean {
  const places = ['sessions', ...archiveMonths(room).map((month) => `${month}/sessions`)]
  const names = new Set(places.flatMap((directory) => listIn(room, directory)))
  return (id) => names.has(`${id}.json`)
}

/** Who has which id, as far as this room knows. */
export function ownersIn(room: Room, machines = listMachines(room)): OwnerOf {
  const idsOf = (sessions: Session[]) => sessions.map(({ session_id }) => session_id)
  const published = machines.map(({ machine, sessions, left }) => ({
    ...{ machine, ids: idsOf(sessions), ended: idsOf(sessions.filter(isEnded)), left: left !== undefined },
  }))
  return ownersOf(idsHere(room), published)
}

/**
 * The sessions of other machines, each with its `machine` (and `machine_name`) and under the id that it has here. Those without a sign for
 * `sessions.abandonAfter` are left out: a machine that went away ages like its sessions. `now`: epoch ms.
 */
export function listForeignSessions(room: Room, now: number): Session[] {
  return listed(room, now).map(({ session }) => session)
}

/** The same, each with the id that it has on its machine. */
function listed(room: Room, now: number): { session: Session; root: string; machine: string }[] {
  const machines = listMachines(room)
  if (machines.length === 0) return []
  const ownerOf = ownersIn(room, machines)
  return machines.flatMap(({ machine, name, sessions, left }) =>
    sessions.flatMap((session) => {
      const id = idHere(session.session_id, machine, ownerOf)
      const isOver = now - (lastSign(session) ?? 0) >= room.config.sessions.abandonAfter
      if (id === null || isOver) return []
      const named = name === null ? {} : { machine_name: name }
      const seen = left === undefined || isEnded(session) ? session : lastOf(session, left)
      return [{ session: { ...seen, session_id: id, machine, ...named }, root: session.session_id, machine }]
    }),
  )
}

/** A session of a machine that left, when that was found (epoch ms): nobody here reaches it any more. */
const lastOf = (session: Session, left: number): Session => ({
  ...session,
  ...overSince(formatInstant(left), 'its machine left the remote'),
})

const overSince = (ended_at: string, ended_how: string) => ({
  ...{ status: 'abandoned', state: 'abandoned', ended_at, ended_how },
})

/** The session of another machine that an id means here, or meant when `machine` said it; null for none. */
export const loadForeignSession = (
  room: Room,
  id: string,
  now: number,
  machine: string | null = null,
): Session | null => meantBy(id, listed(room, now), machine)?.session ?? null

/** Who has the id goes before whom it means with the mark. */
const meantBy = <T extends { session: Session }>(id: string, all: T[], machine: string | null = null) =>
  all.find(({ session }) => session.session_id === id && isMeant(session, id, machine)) ??
  all.find(({ session }) => isMeant(session, id, machine))

/** Who a claim is to be kept for, where an id is that of a session of another machine; null for any other. */
export function keptForForeign(room: Room, id: string, now: number): KeptFor | null {
  const found = meantBy(id, listed(room, now))
  return found ? { machine: found.machine, session: found.root } : null
}

/**
 * Some sessions of this room, with those of other machines. In a copied clone those that were copied are over, while their original tells of
 * them, until they give a sign here.
 */
export function withForeign(room: Room, sessions: Session[], now: number): Session[] {
  const others = listed(room, now)
  if (others.length === 0) return sessions
  const { copied_at } = lastSetting(room) ?? {}
  const copied = parseInstant(copied_at)
  const roots = new Set(copied === null ? [] : others.map(({ root }) => root))
  const isCopy = (own: Session) => roots.has(own.session_id) && (lastSign(own) ?? 0) < copied!
  const here = sessions.map((own) => (isCopy(own) ? { ...own, ...overSince(copied_at!, COPIED) } : own))
  return [...here, ...others.map(({ session }) => session)]
}

const COPIED = 'it was copied with its clone, and goes on in the original'

const handoffsOf = (machine: string) => `${FOREIGN}/${machine}/handoffs`

/** Keep the handoffs of a machine as it publishes them; returns the ids of new ones. Each is told to `comes` before its file stands. */
export function keepHandoffs(
  room: Room,
  machine: string,
  handoffs: HandoffText[],
  comes: (handoff: HandoffText) => void,
): string[] {
  const names = new Set(handoffs.map(({ id }) => `${id}.md`))
  for (const name of listIn(room, handoffsOf(machine)))
    if (!names.has(name)) removeIn(room, handoffsOf(machine), name)
  return handoffs.flatMap(({ id, text }) => {
    const file = `${handoffsOf(machine)}/${id}.md`
    if (!isRecordId(id) || lookAt(inRoom(room, file))) return []
    comes({ id, text })
    return addFile(place(room, file), text) ? [id] : []
  })
}

/** The paths of the handoffs of other machines. */
export function listForeignHandoffs(room: Room): string[] {
  if (!hasOthers(room)) return []
  return listIn(room, FOREIGN)
    .filter(isMachine)
    .flatMap((machine) => listHandoffsOf(room, machine))
}

/** The paths of the handoffs of one. */
export const listHandoffsOf = (room: Room, machine: string): string[] =>
  listIn(room, handoffsOf(machine))
    .filter((name) => name.endsWith('.md') && isRecordId(name.slice(0, -3)))
    .map((name) => `${handoffsOf(machine)}/${name}`)
