/** Going without a remote: what this room has there is given back, and what it kept of it is thrown away. */
import type { Context } from '../../context.ts'
import { changeOf } from '../../protocol/claims.ts'
import { forcedAfter } from '../../protocol/remote/endings.ts'
import { bornOf, pastAfter } from '../../protocol/remote/lineage.ts'
import type { FarLease, FarSlot } from '../../protocol/remote/slots.ts'
import { nextSlot } from '../../protocol/slots.ts'
import { waitForLease } from '../../store/foreign/progress.ts'
import { listDomains } from '../../store/ledger.ts'
import { listRefs, localGit, pushRefs } from '../../store/remote/git.ts'
import {
  appendFar,
  type FarHead,
  type FarLedger,
  fetchHeads,
  knownHead,
  shardRef,
} from '../../store/remote/heads.ts'
import { farOf } from '../../store/remote/setting.ts'
import { removeTree } from '../../store/trees.ts'
import { attempt } from '../act.ts'
import type { Trouble } from './settling.ts'

/** What became of what this room had at the remote. */
export interface Leaving {
  /** Claims that the remote does not hold any more; here they go on. */
  given_back: number
  /** What is left there: refs to be deleted by hand, and claims, which go when they expire. */
  left_refs: string[]
  left_claims: number
  /** When the last of those is over. */
  left_until: string | null
  trouble: Trouble | null
}

const TRIES = 5

/** Give back what this room has at the remote. The setting is gone already, so that no round puts it there again. */
export function leaveRemote(ctx: Context, ledger: FarLedger): Leaving {
  // A round that began before would publish once more.
  const lease = waitForLease(ledger.room)
  const claims = giveBack(ctx, ledger)
  const state = dropState(ledger)
  lease?.()
  const held = claims.trouble ? claims.heads.flatMap((head) => ownIn(ledger, head)) : []
  const distinct = new Map(held.map((each) => [each.claim_id, each.expires_at]))
  return {
    given_back: claims.given_back,
    left_refs: state.left,
    left_claims: distinct.size,
    left_until: [...distinct.values()].sort().at(-1) ?? null,
    trouble: claims.trouble ?? state.trouble,
  }
}

const ownIn = ({ setting }: FarLedger, { slot }: FarHead) =>
  (slot?.claims ?? []).filter(({ machine }: FarLease) => machine === setting.machine)

function giveBack(ctx: Context, ledger: FarLedger) {
  let heads = headsWithOwn(ledger)
  for (let turn = 0; heads.length > 0; turn++) {
    const now = ctx.now()
    const moves = heads.map((head) => ({ head, slot: withoutOwn(ctx, ledger, head) }))
    const given_back = new Set(heads.flatMap((head) => ownIn(ledger, head)).map((each) => each.claim_id)).size
    const pushed = appendFar(ledger, moves, now)
    if (pushed.ok) return { given_back, heads, trouble: null }
    if (pushed.trouble.kind !== 'lease' || turn === TRIES)
      return { given_back: 0, heads, trouble: pushed.trouble }
    const read = fetchHeads(
      ledger,
      heads.map(({ ref }) => ref),
      now,
    )
    if (!read.ok) return { given_back: 0, heads, trouble: read.trouble }
    heads = read.result.filter((head) => ownIn(ledger, head).length > 0)
  }
  return { given_back: 0, heads, trouble: null }
}

/** What this room has pushed is among what it knows. */
function headsWithOwn(ledger: FarLedger): FarHead[] {
  const { room, setting } = ledger
  return listDomains(room)
    .flatMap((name) =>
      Array.from({ length: name === 'file' ? setting.shards : 1 }, (_, at) => [name, at] as const),
    )
    .flatMap(([name, shard]) => knownHead(room, shardRef(setting, name, shard)) ?? [])
    .filter((head) => ownIn(ledger, head).length > 0)
}

function withoutOwn(ctx: Context, ledger: FarLedger, head: FarHead): FarSlot {
  const own = ownIn(ledger, head)
  const { claims, counter, n } = head.slot!
  const holdings = { claims: claims.filter((lease) => !own.includes(lease)), counter }
  const changes = own.map((lease) => changeOf('release', lease))
  const slot = nextSlot(head.slot, { op: 'release', holdings, changes }, 'human', ctx.random(20), ctx.now())
  const { machine } = ledger.setting
  const forced = forcedAfter(head.slot, changes, 'human', machine)
  const told = { ...bornOf(head.slot, slot.op_id), ...pastAfter(head.slot), ...forced }
  return { ...slot, n: n + 1, machine, ...told }
}

function dropState({ far, setting }: FarLedger): { left: string[]; trouble: Trouble | null } {
  const ref = `${setting.prefix}/state/${setting.machine}`
  const listed = listRefs(far, [ref])
  if (!listed.ok) return { left: [ref], trouble: listed.trouble }
  const was = listed.result.get(ref)
  if (was === undefined) return { left: [], trouble: null }
  const gone = pushRefs(far, [{ ref, to: null, was }])
  return gone.ok ? { left: [], trouble: null } : { left: [ref], trouble: gone.trouble }
}

/** Throw away what was kept of the remote. What is known of other machines is shown to nobody without a remote, and kept should it come back. */
export function dropKept(ctx: Context, { room, setting }: FarLedger): void {
  for (const place of ['.state/remote', '.state/sync']) attempt(ctx, () => removeTree(room, place))
  attempt(ctx, () => {
    const users = farOf(room, setting, ctx.gitEnvironment())
    const listed = localGit(users, [
      'for-each-ref',
      '--format=delete %(refname)',
      `refs/coord-remote/${setting.remote}/`,
    ])
    if (listed !== '') localGit(users, ['update-ref', '--stdin'], listed)
  })
}
