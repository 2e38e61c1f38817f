/** What other machines published since the last round, brought into the room. */
import type { Context } from '../../context.ts'
import { CoordError } from '../../protocol/errors.ts'
import {
  type HandoffText,
  isBundleFile,
  LIMITS,
  type ReadBundle,
  readBundle,
} from '../../protocol/machines/bundle.ts'
import type { Message } from '../../protocol/records.ts'
import { isEnded, lastSign } from '../../protocol/sessions.ts'
import { parseInstant } from '../../protocol/time.ts'
import { type Arrival, deliver, deliverReceipts, type Fate } from '../../store/foreign/deliver.ts'
import { pointToForeign } from '../../store/foreign/handoffs.ts'
import {
  dropMachine,
  type ForeignMachine,
  goneBy,
  idsHere,
  keepHandoffs,
  listHandoffsOf,
  ownersIn,
  saveMachine,
} from '../../store/foreign/machines.ts'
import { fetchStates, type Wire } from '../../store/foreign/wire.ts'
import { monotonic } from '../../store/pid-lock.ts'
import { readCommit } from '../../store/remote/objects.ts'
import { lastSetting } from '../../store/remote/setting.ts'
import type { Room } from '../../store/room.ts'
import { settleReceipt } from './answers.ts'
import type { Received, SeenMachine } from './round.ts'

/** So many other machines are read. */
const MACHINES = 256
const WAITING = 5000
/** What asking for one after the other may take, where all at once did not work. */
const ONE_BY_ONE_MS = 120_000

export interface Incoming {
  machines: SeenMachine[]
  received: Received
  /** The ids of the mail of others that lies here. */
  arrived: Set<string>
  fetched: number
}

/**
 * Bring in what changed at the remote: `heads` are the commits of all machines, `known` what is known of them. Where the remote lost
 * more than them it is not `isWhole`: who is not there has not left, until it was seen again.
 */
export function takeIn(
  ctx: Context,
  room: Room,
  wire: Wire,
  heads: Map<string, string>,
  known: ForeignMachine[],
  tips: string[],
  isWhole: boolean,
): Incoming {
  const others = [...heads]
    .filter(([machine]) => machine !== wire.machine)
    .sort()
    .slice(0, MACHINES)
  const before = new Map(known.map((state) => [state.machine, state]))
  const moved = others.filter(([machine, oid]) => before.get(machine)?.oid !== oid)
  const failed = fetchAll(
    wire,
    moved.map(([machine]) => machine),
    [...tips, ...known.map(({ oid }) => oid)],
  )
  const now = ctx.now().wall
  const looks = others.map(([machine, oid]) => {
    const old = before.get(machine) ?? null
    return old?.oid === oid && old.left === undefined
      ? sameAs(old)
      : lookAtMachine(wire, machine, oid, old, failed, now)
  })
  // Whom these names belong to hangs on who is not there any more.
  const absent = known.filter(({ machine }) => !others.some(([name]) => name === machine))
  const gone = absent.map((state) => goneBy(state, isWhole, now))
  const received = bringIn(ctx, room, wire.machine, looks, gone, now)
  return {
    machines: [...looks.map(({ seen }) => seen), ...gone.flatMap((state) => forget(room, state, now))],
    received,
    arrived: new Set([...absent, ...looks.flatMap(({ state }) => state ?? [])].flatMap(({ mail }) => mail)),
    fetched: moved.length,
  }
}

/** Fetch them all, or else one by one, so that one bad ref keeps none of the others away; why each failed. */
function fetchAll(wire: Wire, machines: string[], tips: string[]): Map<string, string> {
  if (machines.length === 0) return new Map()
  const all = fetchStates(wire, machines, tips)
  if (all.ok) return new Map()
  if (machines.length === 1 || all.trouble.kind === 'unauthorised')
    return new Map(machines.map((machine) => [machine, all.trouble.detail]))
  const until = monotonic() + ONE_BY_ONE_MS
  return new Map(
    machines.flatMap((machine): [string, string][] => {
      if (monotonic() > until) return [[machine, 'not asked for this time: others took too long']]
      const one = fetchStates(wire, [machine], tips)
      return one.ok ? [] : [[machine, one.trouble.detail]]
    }),
  )
}

interface Look {
  seen: SeenMachine
  /** What is to be known of the machine now. */
  state: ForeignMachine | null
  read: ReadBundle | null
}

const sameAs = (old: ForeignMachine): Look => ({
  seen: seenOf(old, old.trouble === null ? 'same' : 'unreadable', old.trouble ?? undefined),
  state: old,
  read: null,
})

const seenOf = (
  { machine, name, sessions }: Pick<ForeignMachine, 'machine' | 'name' | 'sessions'>,
  state: SeenMachine['state'],
  detail?: string,
): SeenMachine => ({ machine, name, sessions: sessions.length, state, ...(detail ? { detail } : {}) })

function lookAtMachine(
  wire: Wire,
  machine: string,
  oid: string,
  old: ForeignMachine | null,
  failed: Map<string, string>,
  now: number,
): Look {
  const none = { machine, name: null, sessions: [] }
  const trouble = failed.get(machine)
  // Not fetched is not read: the next round tries again.
  if (trouble !== undefined)
    return { seen: seenOf(old ?? none, 'unreadable', trouble), state: old, read: null }
  const read = readState(wire, machine, oid)
  if ('trouble' in read) {
    const state = old && { ...old, oid, trouble: read.trouble }
    return { seen: seenOf(old ?? none, 'unreadable', read.trouble), state, read: null }
  }
  const { bundle } = read
  if (old && bundle.seq < old.seq) {
    const detail = `the remote has state ${bundle.seq}, known is ${old.seq}: what is known stays`
    return { seen: seenOf(old, 'older', detail), state: old, read: null }
  }
  const { seq, at, name, sessions } = bundle
  const state: ForeignMachine = {
    ...{ machine, name, oid, seq, at, taken: now, sessions, trouble: null },
    ...{ mail: old?.mail ?? [], waiting: old?.waiting ?? [] },
  }
  const left = read.skipped === 0 ? undefined : `${read.skipped} records can't be read`
  return { seen: seenOf(state, old ? 'changed' : 'new', left), state, read }
}

/** What a machine published, within limits; files of other names are not looked at, but counted. */
function readState(wire: Wire, machine: string, oid: string): ReadBundle | { trouble: string } {
  const { files, fileBytes, bytes } = LIMITS
  const commit = readCommit(wire.far, oid, { files, bytes_each: fileBytes, bytes })
  if (!commit) return { trouble: 'its commit is not there, or is none' }
  const fitting = commit.files.filter(({ path }) => isBundleFile(path))
  const read = readBundle(new Map(fitting.map(({ path, text }) => [path, text])), machine)
  const others = commit.left_out.length + commit.files.length - fitting.length
  return 'trouble' in read ? read : { ...read, skipped: read.skipped + others }
}

/** Deliver what is new, then remember what is known: who is killed between finds the mail there, and goes on. */
function bringIn(
  ctx: Context,
  room: Room,
  own: string,
  looks: Look[],
  gone: ForeignMachine[],
  now: number,
): Received {
  const states = looks.flatMap(({ state }) => state ?? [])
  const ownerOf = ownersIn(room, [...states, ...gone])
  const isHere = idsHere(room)
  const copied = parseInstant(lastSetting(room)?.copied_at) ?? 0
  const received = { messages: 0, receipts: 0, handoffs: 0 }
  for (const look of looks) {
    const { state, read } = look
    if (!state) continue
    const arrival: Arrival = { own, machine: state.machine, isHere, ownerOf, now, copied }
    const sorted = sortIn(room, read?.bundle.messages ?? null, state, arrival)
    received.messages += sorted.news
    look.state = { ...state, mail: sorted.mail, waiting: sorted.waiting }
    if (sorted.detail) look.seen.detail = sorted.detail
    if (read) {
      const receipts = deliverReceipts(room, read.bundle.receipts, new Set(sorted.mail), arrival)
      for (const receipt of receipts) settleReceipt(ctx, room, receipt)
      received.receipts += receipts.length
      const comes = (handoff: HandoffText) => pointToForeign(room, state.machine, handoff, ownerOf, now)
      received.handoffs += keepHandoffs(room, state.machine, read.bundle.handoffs, comes).length
    }
    if (read || sorted.news > 0 || state.trouble !== null) saveMachine(room, look.state)
  }
  return received
}

/**
 * The mail of a machine, delivered where it is for somebody here. What is for nobody who is known may be for who comes later, and what can't be
 * written now may be later: both wait. `messages`: all that it publishes, or null where nothing changed, and only what waits is tried.
 */
function sortIn(room: Room, messages: Message[] | null, old: ForeignMachine, arrival: Arrival) {
  const known = new Set(old.mail)
  const mail = messages ? [] : [...old.mail]
  const waiting: Message[] = []
  const details = new Set<string>()
  let news = 0
  for (const message of messages ?? old.waiting) {
    const fate = known.has(message.id!) ? 'here' : tryToDeliver(room, message, arrival, details)
    if (fate === 'new') news++
    if (fate === 'taken') details.add(`the id ${message.id} is of a message that is somebody else's here`)
    if (fate === 'new' || fate === 'here') mail.push(message.id!)
    if (fate === 'waiting' && waiting.length < WAITING) waiting.push(message)
  }
  return { news, mail, waiting, detail: [...details].slice(0, 3).join('; ') }
}

/** One mailbox that can't be written keeps no other mail away. Throws `disk_full`. */
function tryToDeliver(room: Room, message: Message, arrival: Arrival, details: Set<string>): Fate {
  try {
    return deliver(room, message, arrival).fate
  } catch (error) {
    if (!(error instanceof CoordError) || error.code === 'disk_full') throw error
    details.add(error.message)
    return 'waiting'
  }
}

/**
 * A machine whose ref is gone: what is known of it stays until its sessions are over; at once where nothing
 * of it is needed.
 */
function forget(room: Room, state: ForeignMachine, now: number): SeenMachine[] {
  const newest = Math.max(0, ...state.sessions.map((session) => lastSign(session) ?? 0), state.taken)
  const isNeeded = !state.sessions.every(isEnded) || listHandoffsOf(room, state.machine).length > 0
  if (isNeeded && now - newest < room.config.sessions.abandonAfter) {
    saveMachine(room, state)
    const what = state.left === undefined ? '' : 'it left: '
    return [seenOf(state, 'absent', `${what}its ref is not at the remote`)]
  }
  dropMachine(room, state.machine)
  return []
}
