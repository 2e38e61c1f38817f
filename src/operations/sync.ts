import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { backOff } from '../protocol/machines/rounds.ts'
import { listMachines } from '../store/foreign/machines.ts'
import {
  loadProgress,
  type Progress,
  saveProgress,
  setNext,
  waitForLease,
} from '../store/foreign/progress.ts'
import { dropObjects, listStates, openWire } from '../store/foreign/wire.ts'
import { loadRemote, type RemoteSetting } from '../store/remote/setting.ts'
import type { Room } from '../store/room.ts'
import { attempt, refresh } from './act.ts'
import { calledHere } from './keeping.ts'
import { defineOperation } from './operation.ts'
import { settleAll } from './remote/all.ts'
import { pruneRefs } from './remote/pruning.ts'
import { absence, isOfRefs, noRemote, wordsOfRound } from './remote/round.ts'
import type { Trouble } from './remote/settling.ts'
import { ledgerOf } from './remote/transact.ts'
import { takeIn } from './syncing/incoming.ts'
import { publishOwn } from './syncing/outgoing.ts'
import type { Round } from './syncing/round.ts'

/** So many commits pile up before the objects are thrown away. */
const COMMITS = 200
/** Refs that hold no claim for days are looked for so often. */
const PRUNE_EVERY_MS = 6 * 3_600_000

/**
 * `coord sync`: one round with the remote: bring in what other machines published, publish one's own if it changed. Throws
 * `conflict` without a remote or where it refuses, `busy` while another process syncs for more than five seconds, or
 * when the remote does not answer.
 */
export const sync = defineOperation({
  name: 'sync',
  summary: 'Exchange sessions, messages and handoffs with other machines.',
  writes: true,
  input: {},
  run(ctx): Round {
    const room = ctx.room()
    // Without a remote nothing is waited for.
    remoteOf(room)
    const giveBack = waitForLease(room)
    if (!giveBack)
      throw new CoordError(
        'busy',
        'another process of this clone has been syncing for five seconds',
        'It does the same; try again later.',
      )
    try {
      // It may have been set anew, or be gone, since the wait began.
      return round(ctx, room, remoteOf(room))
    } finally {
      giveBack()
    }
  },
})

function remoteOf(room: Room): RemoteSetting {
  const setting = loadRemote(room)
  if (setting) return setting
  throw noRemote()
}

function round(ctx: Context, room: Room, setting: RemoteSetting): Round {
  const { remote, machine } = setting
  const progress = { ...loadProgress(room, machine), tried_at: ctx.now().wall }
  if (progress.commits > COMMITS) {
    dropObjects(room)
    progress.commits = 0
  }
  const wire = openWire(room, setting, ctx.gitEnvironment())
  const listed = listStates(wire)
  if (!listed.ok) throw failed(ctx, room, progress, remote, listed.trouble)
  const { heads } = listed.result
  const head = heads.get(machine) ?? null
  const isWhole = head !== null || progress.published === null
  const incoming = takeIn(ctx, room, wire, heads, listMachines(room), progress.pushed.slice(-1), isWhole)
  progress.commits += incoming.fetched
  const outgoing = publishOwn(ctx, room, wire, progress, head, incoming.arrived)
  const { machines, received } = incoming
  const settled = settleAll(ctx, ledgerOf(ctx, room, setting), 'human')
  if (settled.trouble === null && Math.abs(ctx.now().wall - progress.pruned_at) > PRUNE_EVERY_MS) {
    attempt(ctx, () => pruneRefs(ctx, ledgerOf(ctx, room, setting)))
    progress.pruned_at = ctx.now().wall
  }
  const { taken, read, lost, set_back } = settled
  const came = taken + read + lost.length + set_back.length + received.messages + received.receipts
  if (came > 0 || machines.some(({ state }) => state !== 'same')) refresh(ctx, room)
  const whole = settled.trouble && !isOfRefs(settled.trouble) ? settled.trouble : null
  const trouble = outgoing.trouble ?? whole
  const forgot = wordsOfRound(remote, settled)
  if (trouble && forgot !== null) ctx.warnings.push(forgot)
  if (trouble) throw failed(ctx, room, progress, remote, trouble, { received, machines })
  const { published, sessions, sent, surprise, omitted } = outgoing
  const notes = [
    ...(surprise === null ? [] : [`${surprise} (published anew)`]),
    ...lost.map(({ claimed_by, detail }) => `${calledHere(room, claimed_by, ctx.now().wall)}: ${detail}`),
    ...(settled.trouble === null ? [] : [`claims wait: ${settled.trouble.detail}`]),
    ...(forgot === null ? [] : [forgot]),
    ...(omitted === 0 ? [] : [`${omitted} older records are not published: they are too many`]),
  ]
  const amiss = notes.find((note) => /^somebody else|lost or set back/.test(note)) ?? null
  done(ctx, room, { ...progress, ok_at: ctx.now().wall, failures: 0, trouble: amiss })
  return {
    remote,
    machine,
    published,
    sessions,
    sent,
    received,
    machines,
    claims: { taken, lost, read, set_back },
    notes,
  }
}

/** Remember how the round ended, and when the next one is due. */
function done(ctx: Context, room: Room, progress: Progress): void {
  saveProgress(room, progress)
  setNext(room, ctx.now().wall + backOff(progress.failures))
}

function failed(
  ctx: Context,
  room: Room,
  progress: Progress,
  remote: string,
  trouble: Trouble,
  details: Record<string, unknown> = {},
): CoordError {
  const failures = progress.failures + 1
  done(ctx, room, { ...progress, failures, trouble: `${trouble.kind}: ${trouble.detail}` })
  return absence(remote, trouble, { failures, ...details })
}
