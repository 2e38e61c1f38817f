import type { Context } from '../context.ts'
import { readProcess } from '../store/processes.ts'
import { recordAct } from './act.ts'
import { actorOf } from './identify.ts'
import { reviewClaims } from './own-claims.ts'

/**
 * A sign of life from outside the session's own work: stamps it, renews its claims, says nothing about what it does. `pid` is
 * the process that stands for it. A session that was ended meanwhile is left alone.
 */
export function keepAlive(ctx: Context, pid: number): void {
  try {
    const room = ctx.room()
    const now = ctx.now()
    const { id, session } = actorOf(ctx, room, now.wall)
    reviewClaims(ctx, room, id, now, room.config.claims.autoRenew)
    const found = readProcess(pid)
    const change = found ? { pid, pid_started: found.started } : {}
    recordAct(ctx, room, session!, now, { event: 'alive', message: 'its command runs', change })
  } catch (error) {
    ctx.warnings.push(String(error))
  }
}
