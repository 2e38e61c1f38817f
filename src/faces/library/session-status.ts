/** `SessionStatus`: the status guide's helper for programs that only say where they stand. */

import { init } from '../../operations/init.ts'
import { pushUpdate, type Said } from '../../operations/push.ts'
import { perform, type RoomOptions, surroundingsOf } from './surroundings.ts'

type Push = (message: string, said?: Omit<Said, 'status' | 'message'>) => void

/** Pushes the status lines of one name. Each throws `CoordError`. */
export interface SessionStatus {
  idle: Push
  working: Push
  blocked: Push
  waiting: Push
  completed: Push
  error: Push
  push(said: Said): void
}

interface SessionStatusConstructor {
  new (session: string, options?: RoomOptions): SessionStatus
  (session: string, options?: RoomOptions): SessionStatus
}

function statusOf(session: string, options: RoomOptions = {}): SessionStatus {
  const at = surroundingsOf({ ...options, session })
  let isThere = options.create === false
  const say = (said: Said) => {
    if (!isThere) perform({ ...at, session: null }, (ctx) => init.run(ctx, {}))
    isThere = true
    perform(at, (ctx) => pushUpdate(ctx, said))
  }
  const as =
    (status: string): Push =>
    (message, said = {}) =>
      say({ ...said, status, message })
  return {
    ...{ idle: as('idle'), working: as('working'), blocked: as('blocked'), waiting: as('waiting') },
    ...{ completed: as('completed'), error: as('error'), push: say },
  }
}

/**
 * The status lines of a name, a session or not; with or without `new`. The room is made where there is none, as the guide's helper
 * makes its directory, unless `create: false` is given.
 */
export const SessionStatus = statusOf as unknown as SessionStatusConstructor
