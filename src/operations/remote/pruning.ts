/** Refs at the remote that hold no claim any more and have not moved for days go, a few at a time. Only those of one resource: the others are few. */
import type { Context } from '../../context.ts'
import { isTombstone } from '../../protocol/remote/tombstones.ts'
import { listRefs, pushRefs } from '../../store/remote/git.ts'
import { dropHead, type FarLedger, knownHead, listKeptRefs } from '../../store/remote/heads.ts'
import { attempt } from '../act.ts'

const AT_ONCE = 100

/** Delete what nobody needs, each only from the value that was read; how many of them are gone. What the remote refuses is left for the next time. */
export function pruneRefs(ctx: Context, { room, setting, far }: FarLedger): number {
  const now = ctx.now().wall
  const old = listKeptRefs(room, setting)
    .flatMap((ref) => knownHead(room, ref) ?? [])
    .filter(({ oid, slot }) => oid !== null && slot !== null && isTombstone(slot, now))
    .slice(0, AT_ONCE)
  if (old.length === 0) return 0
  pushRefs(
    far,
    old.map(({ ref, oid }) => ({ ref, to: null, was: oid })),
  )
  const left = listRefs(far, [`${setting.prefix}/claims/one/*`])
  if (!left.ok) return 0
  const gone = old.filter(({ ref }) => !left.result.has(ref))
  for (const { ref } of gone) attempt(ctx, () => dropHead(room, ref))
  return gone.length
}
