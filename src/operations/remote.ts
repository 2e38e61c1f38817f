import type { Context } from '../context.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { nearest } from '../protocol/names.ts'
import type { Lease } from '../protocol/records.ts'
import { type FarLease, isClaimRef, unmarked } from '../protocol/remote/slots.ts'
import { formatInstant } from '../protocol/time.ts'
import { listMachines } from '../store/foreign/machines.ts'
import { listDomains, readHead } from '../store/ledger.ts'
import { readContact } from '../store/remote/contact.ts'
import { listRefs } from '../store/remote/git.ts'
import { knownHead, listHeldRefs } from '../store/remote/heads.ts'
import { aboutLayout, layoutRef } from '../store/remote/layout.ts'
import { dropRemote, farOf, lastSetting, loadRemote, type RemoteSetting } from '../store/remote/setting.ts'
import { loadUnread } from '../store/remote/unread.ts'
import type { Room } from '../store/room.ts'
import { attempt, refresh } from './act.ts'
import { transactHere } from './leases.ts'
import { defineOperation } from './operation.ts'
import { listPending, type Pending, settleAll } from './remote/all.ts'
import { dropKept, type Leaving, leaveRemote } from './remote/leaving.ts'
import { claimsNamed, tellNamedApart } from './remote/renaming.ts'
import { type AllSettled, absence, isOfRefs, noRemote, wordsOfRound } from './remote/round.ts'
import { setUp } from './remote/setup.ts'
import { ledgerOf } from './remote/transact.ts'
import { type SyncStanding, standingOf } from './syncing/standing.ts'

/** How a room stands with its remote. */
export interface RemoteStatus {
  /** Null where no remote is set. */
  remote:
    | (RemoteSetting & {
        answered_at: string | null
        trouble: { kind: string; detail: string; at: string } | null
      })
    | null
  /** What the remote has not taken yet. */
  pending: Pending[]
  /** How many of its refs of claims moved, or went away, since they were read, and how many machines have published since; null where it did not answer. */
  behind?: number | null
  machines_behind?: number | null
  sync?: SyncStanding
  round_trip_ms?: number | null
  settled?: AllSettled
  leaving?: Leaving & { remote: string }
  already?: true
}

const ACTIONS = ['setup', 'status', 'settle', 'off']

/**
 * `coord remote`: whether a remote of the repository arbitrates claims between clones. Throws `invalid`; `conflict`, `busy` where the remote
 * can't.
 */
export const remote = defineOperation({
  name: 'remote',
  summary: 'Let a git remote arbitrate claims between clones.',
  writes: true,
  input: {
    action: { kind: 'text', help: 'setup, status, settle (what waits for it) or off', required: true },
    name: { kind: 'text', help: 'for setup: the remote (default origin)' },
  },
  looks: ({ action }) => action === 'status',
  run(ctx, { action, name }): RemoteStatus {
    if (!ACTIONS.includes(action)) throw unknownAction(action)
    if (name !== undefined && action !== 'setup')
      throw invalid('name', `${action} takes no name`, `coord remote ${action}`)
    const room = ctx.room()
    if (action === 'setup') return begin(ctx, room, name ?? 'origin')
    if (action === 'off') return end(ctx, room)
    const setting = loadRemote(room)
    if (!setting) {
      if (action === 'status') return { remote: null, pending: [] }
      throw noRemote()
    }
    return action === 'settle' ? settleOrFail(ctx, room, setting) : look(ctx, room, setting)
  },
})

function unknownAction(action: string) {
  const [near] = nearest(action, ACTIONS)
  const way = near ? `Did you mean coord remote ${near}?` : `coord remote ${ACTIONS.join(', ')}`
  return invalid('action', `there is no coord remote ${action}`, way)
}

function begin(ctx: Context, room: Room, name: string): RemoteStatus {
  const before = settingOf(ctx, room, name)
  if (before && before.remote !== name)
    throw new CoordError('conflict', `${before.remote} is set already`, 'First: coord remote off')
  const own = claimsNamed(ctx, room, lastSetting(room)?.machine)
  const first = settleNow(ctx, room, setUp(ctx, room, name))
  // Where another clone speaks in this one's name, this one takes another.
  const isTaken = first.settled?.trouble?.kind === 'conflict'
  const status = isTaken ? settleNow(ctx, room, setUp(ctx, room, name, true)) : first
  const apart = claimsNamed(ctx, room, own.machine)
  if (own.machine !== loadRemote(room)?.machine)
    tellNamedApart(
      ctx,
      room,
      own.claims.filter(({ claim_id }) => apart.claims.some((each) => each.claim_id === claim_id)),
    )
  return { ...status, ...(before ? { already: true as const } : {}) }
}

/** What is set; one that can't be believed is set anew. */
function settingOf(ctx: Context, room: Room, name: string): RemoteSetting | null {
  try {
    return loadRemote(room)
  } catch (error) {
    if (!(error instanceof CoordError) || error.code === 'bug') throw error
    if (error.code === 'conflict')
      ctx.warnings.push(`this room is a copy of another, or was moved: it gets a name of its own at ${name}`)
    return null
  }
}

/** A remote that does not take part fails it, with what was done until then. */
function settleOrFail(ctx: Context, room: Room, setting: RemoteSetting): RemoteStatus {
  const status = settleNow(ctx, room, setting)
  const { pending, settled } = status
  const trouble = settled!.trouble
  if (trouble && !isOfRefs(trouble)) throw absence(setting.remote, trouble, { settled, pending })
  return status
}

function settleNow(ctx: Context, room: Room, setting: RemoteSetting): RemoteStatus {
  const settled = settleAll(ctx, ledgerOf(ctx, room, setting), 'human')
  const forgot = wordsOfRound(setting.remote, settled)
  if (forgot !== null) ctx.warnings.push(forgot)
  refresh(ctx, room)
  return { ...shown(ctx, room, setting), settled }
}

function shown(ctx: Context, room: Room, setting: RemoteSetting): RemoteStatus {
  const { answered_at, trouble } = readContact(room)
  const pending = [...listPending(ctx, lookedAt(ctx, room, setting)).values()].flat()
  const at = (time: number) => formatInstant(time)
  return {
    remote: {
      ...setting,
      answered_at: answered_at === null ? null : at(answered_at),
      trouble: trouble && { kind: trouble.kind, detail: trouble.detail, at: at(trouble.at) },
    },
    pending,
  }
}

/** The remote for who only looks: from the user's repository, as nothing is brought here. */
const lookedAt = (ctx: Context, room: Room, setting: RemoteSetting) => ({
  ...{ room, setting, far: farOf(room, setting, ctx.gitEnvironment()) },
})

function look(ctx: Context, room: Room, setting: RemoteSetting): RemoteStatus {
  const { far } = lookedAt(ctx, room, setting)
  const begun = ctx.now()
  const [claims, states] = [`${setting.prefix}/claims/`, `${setting.prefix}/state/`]
  const layout = layoutRef(setting.prefix)
  const listed = listRefs(far, [`${claims}*`, `${states}*`, layout])
  const { wall, boot } = ctx.now()
  const status = { ...shown(ctx, room, setting), sync: standingOf(ctx, room, setting) }
  if (!listed.ok) {
    const trouble = { ...listed.trouble, at: formatInstant(wall) }
    const unknown = { behind: null, machines_behind: null, round_trip_ms: null }
    return { ...status, remote: { ...status.remote!, trouble }, ...unknown }
  }
  const refs = [...listed.result]
  const unread = loadUnread(room)
  const isBehind = ([ref, oid]: [string, string]) =>
    isClaimRef(setting.prefix, ref) && knownHead(room, ref)?.oid !== oid && unread.get(ref) !== oid
  const gone = listHeldRefs(room, setting).filter((ref) => !listed.result.has(ref))
  const behind = refs.filter(isBehind).length + gone.length
  const claimRefs = refs.filter(([ref]) => isClaimRef(setting.prefix, ref)).length
  const strange = aboutLayout(setting.remote, setting, listed.result.get(layout), claimRefs)
  const trouble = strange && { ...strange, at: formatInstant(wall) }
  const read = new Map(listMachines(room).map(({ machine, oid }) => [`${states}${machine}`, oid]))
  const others = refs.filter(([ref]) => ref.startsWith(states) && ref !== `${states}${setting.machine}`)
  const machines_behind = others.filter(([ref, oid]) => read.get(ref) !== oid).length
  const round_trip_ms = boot && begun.boot ? boot.ms - begun.boot.ms : wall - begun.wall
  return { ...status, remote: { ...status.remote!, trouble }, behind, machines_behind, round_trip_ms }
}

/**
 * Go on without: the claims of other machines are forgotten here, one's own are given back there and go on as this room's alone. Where the
 * setting can't be believed, nothing is given back: it may be that of the room that this one is a copy of.
 */
function end(ctx: Context, room: Room): RemoteStatus {
  const setting = attempt(ctx, () => loadRemote(room))
  if (!setting) {
    dropRemote(room)
    return { remote: null, pending: [], already: true }
  }
  const { pending } = shown(ctx, room, setting)
  const ledger = ledgerOf(ctx, room, setting)
  dropRemote(room)
  const leaving = leaveRemote(ctx, ledger)
  for (const name of listDomains(room)) attempt(ctx, () => forgetOthers(ctx, room, name, setting.machine))
  dropKept(ctx, ledger)
  refresh(ctx, room)
  return { remote: null, pending, leaving: { remote: setting.remote, ...leaving } }
}

function forgetOthers(ctx: Context, room: Room, name: string, machine: string): void {
  const about = readHead(room, name).slot?.claims[0]
  if (!about) return
  transactHere(ctx, room, 'human', [about], ({ claims, counter }) => {
    const kept = claims.filter((lease: FarLease) => lease.machine === undefined || lease.machine === machine)
    const own = kept.map(unmarked).map(({ machine: _machine, ...lease }) => lease as Lease)
    if (JSON.stringify(own) === JSON.stringify(claims)) return { kind: 'keep', result: null }
    const changes = claims.map(({ resource_type, resource_name, claimed_by, claim_id, token }) => ({
      ...{ act: 'local', resource_type, resource_name, claimed_by, claim_id, token },
    }))
    return { kind: 'append', op: 'local', holdings: { claims: own, counter }, changes, result: null }
  })
}
