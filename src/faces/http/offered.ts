/** Which operations are offered over HTTP; one line each. */
import { ack } from '../../operations/ack.ts'
import { alerts } from '../../operations/alerts.ts'
import { claim } from '../../operations/claim.ts'
import { claims } from '../../operations/claims.ts'
import { conflicts } from '../../operations/conflicts.ts'
import { cost } from '../../operations/cost.ts'
import { doctor } from '../../operations/doctor.ts'
import { end } from '../../operations/end.ts'
import { gc } from '../../operations/gc.ts'
import { guard } from '../../operations/guard.ts'
import { handoff } from '../../operations/handoff.ts'
import { heartbeat } from '../../operations/heartbeat.ts'
import { history } from '../../operations/history.ts'
import { inbox } from '../../operations/inbox.ts'
import { log } from '../../operations/log.ts'
import { messages } from '../../operations/messages.ts'
import type { Operation } from '../../operations/operation.ts'
import { overview } from '../../operations/overview.ts'
import { poll } from '../../operations/poll.ts'
import { publish } from '../../operations/publish.ts'
import { push } from '../../operations/push.ts'
import { release } from '../../operations/release.ts'
import { renew } from '../../operations/renew.ts'
import { reply } from '../../operations/reply.ts'
import { report } from '../../operations/report.ts'
import { request } from '../../operations/request.ts'
import { rescue } from '../../operations/rescue.ts'
import { rollcall } from '../../operations/rollcall.ts'
import { send } from '../../operations/send.ts'
import { sessions } from '../../operations/sessions.ts'
import { status } from '../../operations/status.ts'
import { timeline } from '../../operations/timeline.ts'

/**
 * By name. What registers a session is not among them, since a session belongs to processes (who is elsewhere pushes under a name);
 * nor what changes the machine or the repository around the room.
 */
export const offered = new Map(
  (
    [
      ...[overview, status, sessions, claims, messages, history, timeline, cost, guard, poll],
      ...[
        heartbeat,
        push,
        claim,
        renew,
        release,
        handoff,
        rescue,
        request,
        rollcall,
        publish,
        send,
        inbox,
        ack,
        reply,
        end,
        report,
        log,
        alerts,
        conflicts,
        gc,
        doctor,
      ],
    ] as unknown as Operation[]
  ).map((operation): [string, Operation] => [operation.name, operation]),
)

/** Whether the operation is an act of somebody, who must be named; the others tidy the room, or only look with some input. */
export const needsActor = ({ name, writes, looks }: Operation, input?: Record<string, unknown>) =>
  writes && name !== 'gc' && name !== 'doctor' && !looks?.(input ?? {})
