/**
 * What a machine is called, and its sessions in the rooms of others. A *machine* is one clone with its room; its id is eight letters
 * that it drew itself. Nothing that a machine says of itself is believed beyond its own ref: an id that is somebody else's here gets its mark.
 */
import { visible } from '../escape.ts'
import { isSessionId } from '../names.ts'
import { parseFileTime } from '../time.ts'

const MACHINE = /^[a-z2-7]{8}$/
/** Session ids have at most 64 characters, the mark behind takes nine of them. */
const ROOT = 55

/** Whether a text is the id of a machine: nothing else ever becomes a part of a path. */
export const isMachine = (text: unknown): text is string => typeof text === 'string' && MACHINE.test(text)

/** The mark of a machine behind the id of its session: what the session is called where its id is somebody else's too. */
export const markedId = (id: string, machine: string): string => `${id.slice(0, ROOT)}.${machine}`

/** The machine that a record came from; null for the room's own. */
export function machineOf(record: object): string | null {
  const { machine } = record as { machine?: unknown }
  return isMachine(machine) ? machine : null
}

/** Which other machine a record came from, as it stands behind a name: ` @q3x7k2ab`; nothing for the room's own. */
export function atMachine(record: object): string {
  const { machine_name: name } = record as { machine_name?: unknown }
  const machine = machineOf(record)
  return machine === null ? '' : ` @${typeof name === 'string' ? visible(name) : machine}`
}

/** Whether an id is that of the person at another machine. */
export const isPersonElsewhere = (id: string): boolean => id.startsWith('human.') && isMachine(id.slice(6))

/** Who has an id: `here`, one machine, several, or nobody that is known. */
export type OwnerOf = (id: string) => 'here' | 'many' | (string & {}) | null

/** Records with the sessions of this room alone: for what acts on them, or asks who is here. */
export function ownOnly<R extends { sessions: object[] }>(records: R): R {
  return { ...records, sessions: records.sessions.filter((session) => machineOf(session) === null) }
}

/**
 * What an id that a machine speaks of is called here: as it is where it is that machine's alone, or nobody's; with the machine's mark where
 * it is somebody else's. So no machine can speak, or answer, as a session that it does not have. Null for what can be no id.
 */
export function idHere(id: string, machine: string, ownerOf: OwnerOf): string | null {
  if (id === 'human') return markedId(id, machine)
  if (!isSessionId(id)) return null
  const owner = ownerOf(id)
  return owner === null || owner === machine ? id : markedId(id, machine)
}

/** The ids of one machine's sessions; `left` where it does not publish any more, `ended` those of its ids whose sessions are over. */
export interface Published {
  machine: string
  ids: string[]
  ended?: string[]
  left?: boolean
}

/**
 * Who has which id, from the room's own sessions and what each machine publishes. Of several machines a live session goes before one that
 * ended, and both before any of a machine that does not publish any more.
 */
export function ownersOf(isHere: (id: string) => boolean, machines: Published[]): OwnerOf {
  const owners = new Map<string, { owner: string; rank: number }>()
  for (const { machine, ids, ended = [], left = false } of machines) {
    const over = new Set(ended)
    for (const id of ids) {
      const rank = left ? 0 : over.has(id) ? 1 : 2
      const known = owners.get(id)
      if (!known || known.rank < rank) owners.set(id, { owner: machine, rank })
      else if (known.rank === rank && known.owner !== machine) owners.set(id, { owner: 'many', rank })
    }
  }
  return (id) => (isHere(id) ? 'here' : (owners.get(id)?.owner ?? null))
}

/**
 * Whether an id means a session of a machine. What a session is called here changes when others of its id come and go: with the machine's
 * mark it is meant always; `machine` is where the id was heard from, if that is known.
 */
export function isMeant(session: { session_id: string }, id: string, machine: string | null): boolean {
  const own = machineOf(session)
  const { session_id } = session
  if (machine && machine !== own) return false
  return (
    session_id === id ||
    (own !== null && (markedId(session_id, own) === id || (!!machine && markedId(id, own) === session_id)))
  )
}

/** Ids of messages and handoffs become file names here: nothing but what coord itself makes, with a time at its beginning. */
export function isRecordId(id: unknown): id is string {
  return (
    typeof id === 'string' && /^\d[A-Za-z0-9._-]{0,159}$/.test(id) && parseFileTime(`${id}.json`) !== null
  )
}
