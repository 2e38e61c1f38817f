/** How a clone stands with the others, by what its last rounds left. Reads only; asks nobody. */
import type { Context } from '../../context.ts'
import { isWorthPublishing } from '../../protocol/machines/rounds.ts'
import { formatInstant, parseInstant } from '../../protocol/time.ts'
import { type ForeignMachine, listMachines } from '../../store/foreign/machines.ts'
import { loadProgress } from '../../store/foreign/progress.ts'
import type { RemoteSetting } from '../../store/remote/setting.ts'
import type { Room } from '../../store/room.ts'
import { contentNow } from './outgoing.ts'

/** Another machine as it was read last: `at` by its clock, `read_at` by ours. */
interface KnownMachine {
  machine: string
  name: string | null
  sessions: number
  at: string | null
  read_at: string
  trouble: string | null
}

/** How the exchange of sessions, messages and handoffs stands. Times are instants, null for never. */
export interface SyncStanding {
  synced_at: string | null
  tried_at: string | null
  /** Rounds that failed since, and why. */
  failures: number
  trouble: string | null
  published_at: string | null
  /** Whether there is something that others do not see yet. */
  unpublished: boolean
  /** Mail of others for ids that no session has, here or on a machine that is known, and the ids: who starts under one gets it. */
  waiting: number
  waiting_for: string[]
  machines: KnownMachine[]
}

/** How it stands, by what the last rounds left. */
export function standingOf(ctx: Context, room: Room, setting: RemoteSetting): SyncStanding {
  const progress = loadProgress(room, setting.machine)
  const machines = listMachines(room)
  const arrived = new Set(machines.flatMap(({ mail }) => mail))
  const { published, ok_at, tried_at, failures, trouble } = progress
  const hashes = contentNow(ctx, { ...room, problems: [] }, progress, arrived)
  return {
    ...{ synced_at: instant(ok_at), tried_at: instant(tried_at), failures, trouble },
    published_at: instant(published?.at ?? 0),
    unpublished: isWorthPublishing(published, hashes, ctx.now().wall),
    ...waitingIn(machines),
    machines: machines.map(known),
  }
}

function waitingIn(machines: ForeignMachine[]): Pick<SyncStanding, 'waiting' | 'waiting_for'> {
  const ids = machines.flatMap(({ waiting }) => waiting.map(({ to }) => to))
  return { waiting: ids.length, waiting_for: [...new Set(ids)].sort() }
}

const instant = (time: number) => (time > 0 ? formatInstant(time) : null)

const known = ({ machine, name, sessions, at, taken, trouble }: ForeignMachine): KnownMachine => ({
  ...{ machine, name, sessions: sessions.length, trouble },
  at: parseInstant(at) === null ? null : at,
  read_at: formatInstant(taken),
})
