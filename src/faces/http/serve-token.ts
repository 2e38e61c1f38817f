/** The token of a server: given by COORD_TOKEN, else the one that the room keeps, so that clients outlive a restart. */
import type { Context } from '../../context.ts'
import { CoordError, invalid } from '../../protocol/errors.ts'
import { withPidLock } from '../../store/pid-lock.ts'
import { keepToken, keptToken } from '../../store/serving.ts'

const LENGTH = 40
const LEAST = 16
const PATIENCE_MS = 2000

/** The token to serve with; `isNew`: the room keeps another one from now on. Throws `invalid` for a given one that is too short or can't stand in an address. */
export function tokenFor(ctx: Context, given: string | undefined, isNew: boolean): string {
  if (given !== undefined) return checked(given, isNew)
  const room = ctx.room()
  const token = withPidLock(room, 'serve', PATIENCE_MS, () => {
    const kept = isNew ? null : keptToken(room)
    return kept !== null && faultOf(kept) === null ? kept : keepToken(room, ctx.random(LENGTH))
  })
  if (token === null) throw new CoordError('busy', 'another server of this room is starting', 'Try again.')
  return token
}

function checked(given: string, isNew: boolean): string {
  const fault = faultOf(given)
  if (fault !== null)
    throw invalid('COORD_TOKEN', `COORD_TOKEN ${fault}`, 'Unset it to get a token of the room.')
  if (isNew)
    throw invalid('new-token', 'COORD_TOKEN is set and is the token', 'Set it to another one, or unset it.')
  return given
}

/** What is wrong with a token; it stands in addresses and headers. */
function faultOf(token: string): string | null {
  if (token.length < LEAST) return `is shorter than ${LEAST} characters`
  return /^[\w.~-]+$/.test(token) ? null : 'may hold letters, digits and . _ ~ - alone'
}
