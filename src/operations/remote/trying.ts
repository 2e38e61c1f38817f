/** Settling where something may be amiss on this side: a move that could not be made is one that the remote was not asked for. */
import type { Context } from '../../context.ts'
import { CoordError } from '../../protocol/errors.ts'
import { noteContact } from '../../store/remote/contact.ts'
import type { FarLedger } from '../../store/remote/heads.ts'
import { attempt } from '../act.ts'
import { settleDomain, settleTogether, type Trouble } from './settling.ts'

/**
 * Settle as `settleDomain` does. What this machine refuses (a `.git` that can't be written, a full disk, a slot too large to be read), and
 * others that are always faster, are trouble as well: the room's ledger has moved by then, so an error would leave a claim nobody speaks of.
 */
export const trySettling: typeof settleDomain = (ctx, ledger, ...what) =>
  tried(ctx, ledger, () => settleDomain(ctx, ledger, ...what))

/** The same for several domains at once. */
export const tryTogether: typeof settleTogether = (ctx, ledger, ...what) =>
  tried(ctx, ledger, () => settleTogether(ctx, ledger, ...what))

function tried<Result>(ctx: Context, { room }: FarLedger, run: () => Result): Result | { trouble: Trouble } {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof CoordError) || error.code === 'bug') throw error
    const trouble = { kind: 'local' as const, detail: error.message }
    attempt(ctx, () => noteContact(room, ctx.now().wall, trouble))
    return { trouble }
  }
}
