import type { Context } from '../context.ts'
import { findLease, isExpired, type Moment, type Resource } from '../protocol/claims.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { labelOf } from '../protocol/labels.ts'
import { machineOf } from '../protocol/machines/names.ts'
import { checkText, messageId, REQUEST } from '../protocol/messages.ts'
import { nameOf } from '../protocol/names.ts'
import { quote, wordsOf } from '../protocol/needs.ts'
import type { Lease, Session } from '../protocol/records.ts'
import { isKeptFor, keptFor } from '../protocol/remote/kept.ts'
import { leaseAsked, requestOf } from '../protocol/requests.ts'
import { formatClock, formatInstant, parseInstant } from '../protocol/time.ts'
import { asTold, isKeptForNobody } from '../store/foreign/kept.ts'
import { addMessage } from '../store/messages.ts'
import { processOf } from '../store/processes.ts'
import { lastMachine } from '../store/remote/setting.ts'
import type { Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { recordAct } from './act.ts'
import { asOf, sinceLook } from './as-of.ts'
import { actorOf, checkNamed } from './identify.ts'
import { calledHere } from './keeping.ts'
import { currentLease, fileLeases, forfeits, meetsIn } from './leases.ts'
import { checkWords } from './leaving.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { grant, refuse, withdraw } from './request-answers.ts'
import { openRequests } from './requests.ts'
import { resourcesOf } from './resources.ts'
import { limited, shownClaim } from './views.ts'

const input = {
  type: { kind: 'text', help: 'the kind of resource that another session holds' },
  name: { kind: 'text', help: 'its name' },
  reason: { kind: 'text', help: 'why you need it, or why not: the other one is told' },
  grant: { kind: 'text', help: 'give what this request asks for, by its id or the end of it' },
  refuse: { kind: 'text', help: 'keep what this request asks for; with --reason' },
  withdraw: { kind: 'text', help: 'take back your request of this id' },
  list: { kind: 'flag', help: 'the requests that are open' },
  limit: { kind: 'count', help: 'with --list: at most so many (default 50)' },
} as const
type Input = InputOf<typeof input>

/**
 * `coord request`: ask the holder of a claim for it; grant, which hands it over with a new token, or refuse what one is asked for. Throws
 * `not_found` for what nobody holds, `conflict` for what is one's own or not open any more, `lost`, `invalid`.
 */
export const request = defineOperation({
  name: 'request',
  summary: 'Ask a holder for its claim; grant or refuse what you are asked for.',
  writes: true,
  input,
  looks: ({ list }) => list === true,
  run(ctx, given) {
    check(given)
    const room = ctx.room()
    const now = ctx.now()
    if (given.list) return listRequests(ctx, room, given.limit, now)
    checkWords(room, { reason: given.reason })
    const session = actorOf(ctx, room, now.wall).session!
    if (given.grant !== undefined) return grant(ctx, room, session, given.grant, given.reason, now)
    if (given.refuse !== undefined) return refuse(ctx, room, session, given.refuse, given.reason!, now)
    if (given.withdraw !== undefined) return withdraw(ctx, room, session, given.withdraw, now)
    return ask(ctx, room, session, given, now)
  },
})

const WAYS = ['grant', 'refuse', 'withdraw', 'list'] as const

function check(given: Input): void {
  const ways = WAYS.filter((name) => given[name] !== undefined)
  const hint = 'coord request --help shows the four ways to use it.'
  if (ways.length > 1) throw invalid(ways[1]!, `both --${ways[0]} and --${ways[1]} are given`, hint)
  if (ways[0] && given.type !== undefined)
    throw invalid('type', `--${ways[0]} names its request, so it takes no TYPE NAME`, hint)
  if (!ways[0] && given.name === undefined)
    throw invalid(
      given.type === undefined ? 'type' : 'name',
      'TYPE NAME is missing',
      'coord request TYPE NAME --reason "…"',
    )
  if ((!ways[0] || ways[0] === 'refuse') && given.reason === undefined)
    throw invalid('reason', 'reason is missing', 'Say why: --reason "…"; the other session reads it.')
  if (given.limit !== undefined && !given.list)
    throw invalid('limit', '--limit goes with --list', `coord request --list --limit ${given.limit}`)
}

function ask(ctx: Context, room: Room, session: Session, given: Input, now: Moment) {
  const by = session.session_id
  const [wanted] = resourcesOf(ctx, { type: given.type!, name: [given.name!] })
  const lease = heldBy(room, by, wanted!, now)
  const { resource_type, resource_name, token, claimed_by: to } = lease
  warnOfDead(ctx, room, to)
  const reason = given.reason!
  const before = openRequests(room, now).find(
    (message) => message.from === by && leaseAsked(message, [lease]) !== undefined,
  )
  const asked = findLease([lease], wanted!) ? {} : { wanted: wanted! }
  const stranger = recipientOf(room, lease)
  if (before) return { message: before, claim: shownClaim(lease), ...asked, ...stranger, already: true }
  const id = messageId(now.wall, by, ctx.random(4))
  const subject = `asks for ${nameOf(lease)}: ${reason}`
  checkText('reason', subject, room.config.messages)
  const end = id.slice(-4)
  const message = addMessage(
    room,
    {
      from: by,
      to,
      timestamp: formatInstant(now.wall),
      type: REQUEST,
      subject,
      message: `coord request --grant ${end}\ncoord request --refuse ${end} --reason "…"`,
      details: { resource_type, resource_name, token, reason },
      priority: 'high',
      ack: true,
      expects: [to],
    },
    id,
  )
  recordAct(ctx, room, session, now, {
    event: 'request',
    message: `asked for ${nameOf(lease)}: ${reason}`,
    metadata: { to, message: message.id },
  })
  return { message, claim: shownClaim(lease), ...asked, ...stranger }
}

/** A holder on another machine is asked by the next rounds of sync. */
const recipientOf = (room: Room, lease: Lease): { recipient?: 'other_machine' } =>
  [null, lastMachine(room)].includes(machineOf(lease)) ? {} : { recipient: 'other_machine' }

/** Who can't answer is told to whoever asks. */
function warnOfDead(ctx: Context, room: Room, holder: string): void {
  const session = loadSession(room, holder)
  if (!session || processOf(session) !== 'dead') return
  const called = labelOf(session)
  ctx.warnings.push(`the process of ${called} is no more, so it can't answer: coord rescue ${quote(called)}`)
}

/** The claim of another session that stands in the way of a resource. Throws `not_found`, `conflict`. */
function heldBy(room: Room, by: string, wanted: Resource, now: Moment): Lease {
  const meets = meetsIn(room)
  const exact = currentLease(room, wanted, now)
  const leases = exact || wanted.resource_type !== 'file' ? [exact] : fileLeases(room, [wanted], now)
  const found = leases
    .filter((lease) => lease !== null)
    .filter((lease) => lease === exact || meets(lease, wanted))
  const lease = found.find(({ claimed_by }) => claimed_by !== by) ?? found[0]
  const named = { resource_type: wanted.resource_type, resource_name: wanted.resource_name }
  const claim = `coord claim ${wordsOf(wanted)}`
  if (!lease) {
    const as_of = asOf(room)
    const message = `nobody holds ${nameOf(wanted)}${sinceLook(as_of, now.wall)}`
    throw new CoordError('not_found', message, claim, { ...named, ...(as_of === undefined ? {} : { as_of }) })
  }
  if (lease.claimed_by === by)
    throw new CoordError('conflict', `you hold ${nameOf(lease)} yourself`, 'coord claims --mine', named)
  if (isKeptFor(lease, lastMachine(room) ?? '', by))
    throw new CoordError('conflict', `${nameOf(lease)} is kept for you: nobody need be asked`, claim, named)
  const stands =
    !isExpired(lease, now, room.config.claims.skewMargin) &&
    !forfeits(room, now)(lease.claimed_by) &&
    !isKeptForNobody(room, lease)
  if (stands && keptFor(lease)) throw keptError(room, lease, now)
  if (stands) return lease
  const over = `the claim of ${nameOf(lease)} is over: nobody need be asked`
  throw new CoordError('conflict', over, claim, named)
}

/** The refusal to ask for what its machine keeps for a session elsewhere: until that has claimed it, nobody can give it. */
function keptError(room: Room, lease: Lease, now: Moment): CoordError {
  const [told] = asTold(room, [lease])
  const who = calledHere(room, told!.claimed_by, now.wall)
  const { resource_type, resource_name } = lease
  const until = formatClock(parseInstant(lease.expires_at) ?? now.wall, now.wall)
  return new CoordError(
    'conflict',
    `${nameOf(lease)} is kept for ${who}, who has not claimed it: nobody can grant it yet`,
    `coord wait ${wordsOf(lease)} tells when it is free: at ${until}, unless it is claimed. coord sync tells whether it was.`,
    { resource_type, resource_name },
  )
}

function listRequests(ctx: Context, room: Room, limit: number | undefined, now: Moment) {
  checkNamed(ctx, room)
  const { kept, omitted } = limited(openRequests(room, now).map(requestOf), limit, 'last')
  return { requests: kept, ...(omitted > 0 ? { omitted } : {}) }
}
