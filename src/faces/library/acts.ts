/** Which operations the library has, and how their types follow from them. */
import { ack } from '../../operations/ack.ts'
import { alerts } from '../../operations/alerts.ts'
import { board } from '../../operations/board.ts'
import { claim } from '../../operations/claim.ts'
import { claims } from '../../operations/claims.ts'
import { commit } from '../../operations/commit.ts'
import { config } from '../../operations/config.ts'
import { conflicts } from '../../operations/conflicts.ts'
import { cost } from '../../operations/cost.ts'
import { doctor } from '../../operations/doctor.ts'
import { end } from '../../operations/end.ts'
import { exportRecords } from '../../operations/export.ts'
import type { Fields, RequiredNames } from '../../operations/fields.ts'
import { gc } from '../../operations/gc.ts'
import { guard } from '../../operations/guard.ts'
import { handoff } from '../../operations/handoff.ts'
import { heartbeat } from '../../operations/heartbeat.ts'
import { history } from '../../operations/history.ts'
import { inbox } from '../../operations/inbox.ts'
import { init } from '../../operations/init.ts'
import { log } from '../../operations/log.ts'
import { menubar } from '../../operations/menubar.ts'
import { messages } from '../../operations/messages.ts'
import { monitor } from '../../operations/monitor.ts'
import type { Operation } from '../../operations/operation.ts'
import { overview } from '../../operations/overview.ts'
import { poll } from '../../operations/poll.ts'
import { publish } from '../../operations/publish.ts'
import { push } from '../../operations/push.ts'
import { release } from '../../operations/release.ts'
import { remote } from '../../operations/remote.ts'
import { renew } from '../../operations/renew.ts'
import { reply } from '../../operations/reply.ts'
import { report } from '../../operations/report.ts'
import { request } from '../../operations/request.ts'
import { rescue } from '../../operations/rescue.ts'
import { rollcall } from '../../operations/rollcall.ts'
import { send } from '../../operations/send.ts'
import { sessions } from '../../operations/sessions.ts'
import { begin, start } from '../../operations/start.ts'
import { status } from '../../operations/status.ts'
import { sync } from '../../operations/sync.ts'
import { verify } from '../../operations/verify.ts'
import { whoami } from '../../operations/whoami.ts'

interface Values {
  text: string
  texts: string | string[]
  number: number
  count: number
  flag: boolean
}

/** What a caller gives for fields: as the operation takes it, one text also for a list of one. */
type Given<F extends Fields> = { [K in RequiredNames<F>]: Values[F[K]['kind']] } & {
  [K in Exclude<keyof F, RequiredNames<F>>]?: Values[F[K]['kind']] | undefined
}

/** An operation as a function. Throws `CoordError`. */
export type Act<F extends Fields, R extends object> = [RequiredNames<F>] extends [never]
  ? (input?: Given<F>) => R
  : (input: Given<F>) => R

/** Makes a function of an operation. */
export type Perform = <F extends Fields, R extends object>(operation: Operation<F, R>) => Act<F, R>

/** Every operation of the library by its name, as `perform` does it. One line each. */
export function actsOf(perform: Perform) {
  return {
    init: perform(init),
    /** Register a session that ends with this process; the room acts as it from then on. */
    start: perform({ ...start, run: (ctx, given) => begin(ctx, given, 'process') }),
    heartbeat: perform(heartbeat),
    push: perform(push),
    claim: perform(claim),
    renew: perform(renew),
    release: perform(release),
    claims: perform(claims),
    guard: perform(guard),
    send: perform(send),
    inbox: perform(inbox),
    ack: perform(ack),
    reply: perform(reply),
    messages: perform(messages),
    status: perform(status),
    overview: perform(overview),
    monitor: perform(monitor),
    alerts: perform(alerts),
    conflicts: perform(conflicts),
    sessions: perform(sessions),
    board: perform(board),
    whoami: perform(whoami),
    end: perform(end),
    handoff: perform(handoff),
    rescue: perform(rescue),
    request: perform(request),
    rollcall: perform(rollcall),
    publish: perform(publish),
    poll: perform(poll),
    history: perform(history),
    report: perform(report),
    log: perform(log),
    cost: perform(cost),
    export: perform(exportRecords),
    menubar: perform(menubar),
    gc: perform(gc),
    commit: perform(commit),
    remote: perform(remote),
    sync: perform(sync),
    verify: perform(verify),
    doctor: perform(doctor),
    config: perform(config),
  }
}
export type Acts = ReturnType<typeof actsOf>
