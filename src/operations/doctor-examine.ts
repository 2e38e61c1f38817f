/** Everything that `coord doctor` asks about a room, at one look. Reads only. */
import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import { findFuture, findSteps } from '../protocol/clocks.ts'
import { type Fault, type Finding, toFaults } from '../protocol/faults.ts'
import { machineOf, ownOnly } from '../protocol/machines/names.ts'
import { isSessionId } from '../protocol/names.ts'
import { quote } from '../protocol/needs.ts'
import { look, type Picture, type Problem } from '../protocol/picture.ts'
import type { Inventory } from '../protocol/proof.ts'
import { keptFor } from '../protocol/remote/kept.ts'
import { isEnded } from '../protocol/sessions.ts'
import { renderBoard } from '../render.ts'
import { isBoundAlive } from '../store/bindings.ts'
import { configFaults } from '../store/config.ts'
import { lookAt } from '../store/disk.ts'
import { findUnmarked } from '../store/doctor/claims.ts'
import { findExclusions, findOtherRooms, findTracked } from '../store/doctor/git.ts'
import { findHookFaults } from '../store/doctor/hooks.ts'
import { findInstalled, findOtherCoord } from '../store/doctor/installed.ts'
import { readAll } from '../store/doctor/inventory.ts'
import { findMissing } from '../store/doctor/layout.ts'
import { findDamagedSlots } from '../store/doctor/ledger.ts'
import { findBacklog, findLeftovers } from '../store/doctor/leftovers.ts'
import { findForbidden, findInTheWay } from '../store/doctor/places.ts'
import { findBadBindings, findBadHandoffs, findMisnamed } from '../store/doctor/records.ts'
import { findSyncFaults } from '../store/doctor/sync.ts'
import { walkRoom } from '../store/doctor/walk.ts'
import { begunPath, listCutOff } from '../store/handoffs.ts'
import { listMessageIds } from '../store/messages.ts'
import { openRoom, type Room } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import type { Chore } from '../store/tidy/chore.ts'
import { leftoverChores } from '../store/tidy/plan.ts'
import { cutOff } from './finishing.ts'
import { findUnreached } from './installing/findings.ts'
import { withoutPushers } from './pushers.ts'

export interface Examination {
  faults: Fault[]
  inventory: Inventory
  /** What is left over, with the way to remove it. */
  leftovers: Chore[]
}

/** The share of the time that reading everything takes. */
const READING = 0.8

/** Look at all of a room, opened afresh: its faults and, if it is to be kept, everything that can be read. */
export function examine(ctx: Context, keep: boolean): Examination {
  const now = ctx.now()
  const room = openRoom(ctx.root, ctx.lazy)
  const tell = (share: number) => ctx.onProgress?.(share * READING)
  const { inventory, ahead } = readAll(room, now.wall, { keep, onProgress: tell })
  const quiet: Room = { ...room, problems: [] }
  const picture = look(withoutPushers(quiet, readEverything(quiet, now, true)), now, room.config)
  renderBoard(room, picture)
  const leftovers = leftoverChores(quiet, now, new Map())
  const findings = [
    ...inPlaces(ctx, room, leftovers, now),
    ...inRecords(room, quiet, picture),
    ...findFuture(sessionsOf(picture), ahead, now.wall),
    ...inClaims(quiet, picture, now),
    ...aroundRoom(ctx, room),
    ...findUnreached(ctx),
  ]
  return { faults: toFaults(findings), inventory, leftovers }
}

function inPlaces(ctx: Context, room: Room, leftovers: Chore[], now: Moment): Finding[] {
  const root = lookAt(room.root)
  const inTheWay: Finding[] = []
  const forbidden = root ? findForbidden(room, [{ path: '.', stat: root }]) : []
  for (const entry of walkRoom(room)) {
    inTheWay.push(...findInTheWay([entry]))
    forbidden.push(...findForbidden(room, [entry]))
  }
  return [
    ...inTheWay,
    ...forbidden,
    ...findMissing(room, ctx.repository),
    ...findLeftovers(leftovers),
    ...findUnfinished(room, now.wall),
    ...findBacklog(room, now.wall),
    ...findHookFaults(room),
    ...findSyncFaults(room, now.wall),
  ]
}

const sessionsOf = (picture: Picture) => picture.sessions.map(({ session }) => session)

const findUnfinished = (room: Room, now: number): Finding[] =>
  listCutOff(room, now).map((begun) => ({
    path: begunPath(begun.id),
    kind: 'unfinished',
    detail: cutOff(begun),
  }))

/** What reading named already; damaged ledgers are told slot by slot instead. */
function inRecords(room: Room, quiet: Room, picture: Picture): Finding[] {
  const copies = room.problems.filter(({ kind }) => kind === 'copy').map(({ path }) => path)
  const misnamed = findMisnamed(quiet, copies)
  const isOnly = (path: string) => misnamed.some((finding) => finding.path === path)
  const named = room.problems.filter(
    ({ kind, path }) => !['damaged', 'config'].includes(kind) && !(kind === 'copy' && isOnly(path)),
  )
  const { unregistered, mailboxes } = picture.records
  return [
    ...named.map((problem) => withoutAccess(room, problem)),
    ...configFaults(room).map((fault) => ({ path: 'config.json', kind: 'config', ...fault })),
    ...misnamed,
    ...findBadBindings(quiet),
    ...findBadHandoffs(quiet),
    ...findDamagedSlots(quiet),
    ...unregistered.map((id) => unregisteredSpeaker(quiet, id)),
    ...mailboxes.map((id) => ownerlessMailbox(quiet, id)),
  ]
}

/** What the system refuses to read is nobody's to move; where a right is missing, findForbidden names the same. */
function withoutAccess(room: Room, problem: Problem): Finding {
  if (problem.kind === 'drifted' && room.config.compat.rmReleases) return { ...problem, fix: null }
  return problem.kind === 'unreadable' && problem.detail.startsWith("can't be")
    ? { ...problem, kind: 'unwritable', fix: null }
    : problem
}

/** The command is for the session itself, so it is said what it does: whoever runs it acts as that session from then on. */
const startAs = (id: string) => (isSessionId(id) ? `coord start --id ${quote(id)}` : null)
const whoRuns = (id: string) => (isSessionId(id) ? `; the command makes your shell ${id}` : '')

/** A session whose file was lost, but whose process is seen to run: its next act registers it again, so nobody else need act. */
const RUNS = 'its process runs, and its next act registers it again'

function unregisteredSpeaker(quiet: Room, id: string): Finding {
  const [path, kind] = [`sessions/${id}.json`, 'unregistered']
  if (isBoundAlive(quiet, id)) return { path, kind, detail: `tells nothing of ${id}: ${RUNS}`, fix: null }
  return {
    ...{ path, kind, fix: startAs(id) },
    detail: `is missing: ${id} acts without being registered${whoRuns(id)}`,
  }
}

function ownerlessMailbox(quiet: Room, id: string): Finding {
  const path = `messages/direct/${id}`
  const count = listMessageIds(quiet, path).length
  if (count === 0) return { path, kind: 'mailbox', detail: 'is empty, and of nobody', fix: 'coord gc' }
  if (isBoundAlive(quiet, id)) return { path, kind: 'mailbox', detail: `is of ${id}: ${RUNS}`, fix: null }
  const detail = `holds ${count} message${count === 1 ? '' : 's'}, but ${id} is not registered${whoRuns(id)}`
  return { path, kind: 'mailbox', detail, fix: startAs(id) }
}

function inClaims(quiet: Room, picture: Picture, now: Moment): Finding[] {
  const own = ownOnly({ sessions: picture.active.map(({ session }) => session) }).sessions
  const holders = new Set(own.map(({ session_id }) => session_id))
  const leases = picture.claims.map(({ lease }) => lease)
  const orphaned = picture.claims.flatMap(({ lease, holder }): Finding[] => {
    // The claims of another clone are for its own doctor.
    if (holder && !keptFor(lease) ? machineOf(holder.session) : lease.machine) return []
    const why = !holder
      ? 'is not registered'
      : isEnded(holder.session)
        ? 'has ended'
        : picture.records.processes.get(lease.claimed_by) === 'dead'
          ? 'is dead'
          : null
    if (why === null) return []
    const path = `${lease.resource_type}/${lease.resource_name}`
    if (!holder && isBoundAlive(quiet, lease.claimed_by)) return []
    const words = `${quote(lease.resource_type)} ${quote(lease.resource_name)}`
    const fix = `coord release ${words} --force --reason 'its holder ${why}' --as human`
    return [{ path, kind: 'orphaned', detail: `is claimed by ${lease.claimed_by}, which ${why}`, fix }]
  })
  return [...orphaned, ...findUnmarked(quiet, holders), ...findSteps(leases, now)]
}

/** Git, other rooms, and which coord a shell starts. */
function aroundRoom(ctx: Context, room: Room): Finding[] {
  const { repository } = ctx
  const env = ctx.gitEnvironment()
  const other = findOtherCoord(findInstalled(env.PATH ?? ''))
  if (!repository) return other
  return [
    ...findExclusions(repository, room.root),
    ...findTracked(repository, room, env),
    ...findOtherRooms(repository, room.root),
    ...other,
  ]
}
