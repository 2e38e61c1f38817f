/**
 * The claims ledger of one resource, moved by a few processes at once: each step of `protocol/ledger.ts` is atomic, any process may be
 * paused or killed between two of them, time may pass, the ledger may be deleted. Steps and decisions are the product's own.
 */
import { findLease, type Holdings } from '../../src/protocol/claims.ts'
import {
  appendSteps,
  type Head,
  headSteps,
  publishSteps,
  type Rules,
  type SlotName,
  type Step,
  type Steps,
} from '../../src/protocol/ledger.ts'
import type { Lease, Slot } from '../../src/protocol/records.ts'
import { firstCounter, nextSlot } from '../../src/protocol/slots.ts'
import { type Act, actsOf, CHURCH, decide, momentAt, nameOf } from './acts.ts'
import type { Next } from './explore.ts'
import { createTable } from './intern.ts'

export interface Scenario {
  /** How many acts each process does. */
  acts: number[]
  kinds: Act[]
  rules: Rules
  /** How a process reads the head; the tests plant a fault in it. */
  readHead?: typeof headSteps
  /** How often a minute passes (a lease lasts 50 s), the ledger is deleted, a process is killed. */
  minutes?: number
  deletions?: number
  kills?: number
}

/** Numbers in a state stand for slots and leases in the tables. */
interface Proc {
  left: number
  act: Act | null
  phase: 'read' | 'append' | 'publish'
  /** What the steps of the phase gave so far. */
  answers: unknown[]
  /** What the phase works on: the head that was read, the slot that is to follow it. */
  head: [n: number, slot: number | null] | null
  slot: number | null
  /** The head as it saw it last. */
  seen: SlotName | null
  tries: number
  serial: number
  staged: boolean
  linked: boolean
  dead: boolean
  /** What it decided on where there was no ledger: the claim file, and when. */
  saw: [file: number | null, time: number] | null
  /** What it was told it holds: token, and until when. */
  holds: [token: number, until: number] | null
  /** What others had been told when its act began: the highest token, how many releases. */
  floor: [token: number, released: number]
}

export interface State {
  slots: [n: number, slot: number][]
  file: number | null
  time: number
  minutes: number
  deletions: number
  kills: number
  granted: number[]
  released: number[]
  procs: Proc[]
}

const TRIES = 3
const IDLE = {
  act: null,
  phase: 'read',
  answers: [],
  head: null,
  slot: null,
  tries: 0,
  staged: false,
  linked: false,
  saw: null,
} as const

type Ending =
  | { kind: 'again' | 'refused' | 'deleted'; lease: null }
  | { kind: 'done'; lease: Lease | null; already: boolean }

/** What comes first, and what may follow a state. */
export function createModel(scenario: Scenario) {
  const { acts, kinds, rules, readHead = headSteps, minutes = 0, deletions = 0, kills = 0 } = scenario
  const slots = createTable<Slot>()
  const leases = createTable<Lease>()
  const procs = createTable<Proc>()
  const numbers = new WeakMap<Proc, number>()
  const start: State = {
    slots: [],
    file: null,
    time: 0,
    minutes,
    deletions,
    kills,
    granted: [],
    released: [],
    procs: acts.map((left) => ({
      ...IDLE,
      answers: [],
      left,
      serial: 0,
      seen: null,
      dead: false,
      holds: null,
      floor: [0, 0],
    })),
  }

  /** One number for all processes that are alike; a step changes one of them, so that the others have theirs already. */
  function numberOf(proc: Proc): number {
    const known = numbers.get(proc)
    if (known !== undefined) return known
    const number = procs.numberOf(proc)
    numbers.set(proc, number)
    return number
  }

  /** Two states have the same key if and only if they are alike in everything. */
  const keyOf = (state: State): string =>
    [
      ...[state.procs.map(numberOf), state.slots, state.granted, state.released, state.file ?? ''],
      ...[state.time, state.minutes, state.deletions, state.kills],
    ].join('|')

  const slotOf = (number: number | null) => (number === null ? null : slots.valueOf(number))
  const headOf = ([n, slot]: [number, number | null]): Head => ({ n, slot: slotOf(slot) })

  function stepsOf({ phase, head, slot, seen }: Proc): Steps<unknown> {
    if (phase === 'read') return readHead(seen ?? undefined, rules)
    const mine = slotOf(slot)!
    return phase === 'append'
      ? appendSteps(headOf(head!), mine, rules)
      : publishSteps({ n: head![0] + 1, slot: mine }, rules)
  }

  const played = new Map<number, IteratorResult<Step, unknown>>()
  /** The next step of a process, found by taking its phase again with the answers it had. */
  function stepOf(proc: Proc): IteratorResult<Step, unknown> {
    const key = numberOf(proc)
    const known = played.get(key)
    if (known) return known
    const steps = stepsOf(proc)
    let at = steps.next()
    for (const answer of proc.answers)
      at = steps.next(Array.isArray(answer) && answer[0] === 'slot' ? slotOf(answer[1]) : answer)
    played.set(key, at)
    return at
  }

  function successors(state: State): Next<State>[] {
    const next = state.procs.flatMap((proc, i) =>
      proc.dead ? [] : proc.act === null ? begin(state, i) : go(state, i),
    )
    if (state.minutes > 0)
      next.push({
        state: { ...state, minutes: state.minutes - 1, time: state.time + 60 },
        text: 'a minute passes',
      })
    if (state.deletions > 0 && tellsAll(state)) next.push(deleteLedger(state))
    return next.map((step) => ({
      ...step,
      fault: step.fault ?? twoHolders(step.state) ?? untold(step.state),
    }))
  }

  function change(state: State, i: number, proc: Partial<Proc>, more: Partial<State> = {}): State {
    const procs = state.procs.map((own, at) => (at === i ? { ...own, ...proc } : own))
    return { ...state, ...more, procs }
  }

  function begin(state: State, i: number): Next<State>[] {
    const { left, holds } = state.procs[i]!
    if (left === 0) return []
    const floor: Proc['floor'] = [Math.max(0, ...state.granted), state.released.length]
    return actsOf(kinds, holds !== null && holds[1] > state.time).map((act) => ({
      state: change(state, i, { act, left: left - 1, floor }),
      text: `${nameOf(i)} begins to ${act}`,
    }))
  }

  function go(state: State, i: number): Next<State>[] {
    const step = stepOf(state.procs[i]!)
    const next = step.done ? turn(state, i, step.value) : perform(state, i, step.value)
    if (state.kills === 0) return [next]
    const { act, holds } = state.procs[i]!
    const dead = { ...IDLE, answers: [], dead: true, left: 0, holds: isGivingUp(act) ? null : holds }
    return [
      next,
      { state: change(state, i, dead, { kills: state.kills - 1 }), text: `${nameOf(i)} is killed` },
    ]
  }

  function perform(state: State, i: number, step: Step): Next<State> {
    const proc = state.procs[i]!
    const give = (answer: unknown, own: Partial<Proc> = {}, more: Partial<State> = {}): Next<State> => ({
      state: change(state, i, { answers: [...proc.answers, answer], ...own }, more),
      text: `${nameOf(i)} ${step.act}${'n' in step ? ` ${step.n}` : ''}: ${JSON.stringify(answer)}`,
    })
    if (step.act === 'list') return give(state.slots.map(([n]) => n))
    if (step.act === 'probe') return give(state.slots.some(([n]) => n === step.n))
    if (step.act === 'read') {
      const slot = state.slots.find(([n]) => n === step.n)
      return give(slot ? ['slot', slot[1]] : null)
    }
    if (step.act === 'stage') return give(null, { staged: true })
    if (step.act === 'unchanged') return give(state.file === proc.saw![0] && state.time === proc.saw![1])
    if (step.act === 'link') {
      const linked = proc.staged && !state.slots.some(([n]) => n === step.n)
      const all = linked ? [...state.slots, [step.n, proc.slot!] as [number, number]] : state.slots
      return give(linked, { linked: proc.linked || linked }, { slots: all.toSorted((a, b) => a[0] - b[0]) })
    }
    if (step.act === 'remove') return give(true, {}, { slots: state.slots.filter(([n]) => n !== step.n) })
    if (step.act === 'publish') {
      const lease = findLease(step.head.slot?.claims ?? [], CHURCH)
      return give(null, {}, { file: lease ? leases.numberOf({ ...lease, clock: null }) : null })
    }
    return give(null)
  }

  /** A phase is over: what follows it. */
  function turn(state: State, i: number, result: unknown): Next<State> {
    const proc = state.procs[i]!
    if (proc.phase === 'read') {
      const head = result as Head
      return resolve(change(state, i, { seen: nameOfSlot(head.n, head.slot) ?? proc.seen }), i, head)
    }
    if (!result) return end(state, i, { kind: proc.phase === 'append' ? 'again' : 'deleted', lease: null })
    const slot = slotOf(proc.slot)!
    const seen = nameOfSlot(proc.head![0] + 1, slot)
    if (proc.phase === 'append')
      return {
        state: change(state, i, { phase: 'publish', answers: [], seen }),
        text: `${nameOf(i)} has won`,
      }
    const lease = findLease(slot.claims, CHURCH) ?? null
    return end(state, i, { kind: 'done', lease, already: slot.op === 'renew' })
  }

  /** With the head read: look at the claim file and the clock, and decide. */
  function resolve(state: State, i: number, head: Head): Next<State> {
    const proc = state.procs[i]!
    const now = momentAt(state.time)
    const visible = state.file === null ? [] : [leases.valueOf(state.file)]
    const holdings: Holdings = head.slot ?? { claims: visible, counter: firstCounter(visible, now) }
    const gone = state.released.slice(0, proc.floor[1])
    const back = holdings.claims.find(({ token }) => gone.includes(token))
    const fault = back ? `the release of token ${back.token} is lost` : null
    const move = decide(proc.act!, i, acts.length, proc.serial, proc.holds?.[0] ?? null, holdings, now)
    if (move.kind === 'refuse')
      return { ...end(state, i, { kind: 'refused', lease: null }), ...(fault ? { fault } : {}) }
    if (move.kind === 'keep') {
      const lease = findLease(holdings.claims, CHURCH) ?? null
      return { ...end(state, i, { kind: 'done', lease, already: true }), ...(fault ? { fault } : {}) }
    }
    const slot = slots.numberOf(nextSlot(head.slot, move, nameOf(i), `${i}.${proc.serial}`, now))
    const read: Proc['head'] = [head.n, head.slot && slots.numberOf(head.slot)]
    const after = {
      phase: 'append',
      answers: [],
      head: read,
      slot,
      saw: head.slot ? null : [state.file, state.time],
    } as const
    return {
      state: change(state, i, { ...after, answers: [], saw: after.saw && [state.file, state.time] }),
      text: `${nameOf(i)} decides on ${told(holdings.claims)}`,
      fault,
    }
  }

  const told = (claims: Lease[]) =>
    claims.map(({ claimed_by, token }) => `${claimed_by} with ${token}`).join() || 'nothing'

  /** An act, or a try of it, is over: what the process now knows. */
  function end(state: State, i: number, ending: Ending): Next<State> {
    const proc = state.procs[i]!
    const text = `${nameOf(i)} ${proc.act}: ${ending.kind}${ending.lease ? ` with ${ending.lease.token}` : ''}`
    const idle = { ...IDLE, answers: [], serial: proc.serial + 1 }
    if (ending.kind === 'again' && proc.tries + 1 < TRIES)
      return { state: change(state, i, { ...idle, act: proc.act, tries: proc.tries + 1 }), text }
    if (isGivingUp(proc.act)) {
      const released =
        ending.kind === 'done' && proc.act === 'release' && proc.holds
          ? [...state.released, proc.holds[0]]
          : state.released
      return { state: change(state, i, { ...idle, holds: null }, { released }), text }
    }
    if (ending.kind !== 'done') {
      const { holds } = proc
      const lost =
        proc.act === 'renew' && ending.kind === 'refused' && holds !== null && holds[1] > state.time
      return {
        state: change(state, i, { ...idle, holds: ending.kind === 'refused' ? null : holds }),
        text,
        fault: lost ? `token ${holds[0]} is refused within its term` : null,
      }
    }
    const { token, clock, expires_at } = ending.lease!
    const until = Math.floor((clock ? clock.expires_ms : momentUntil(expires_at)) / 1000)
    const granted =
      ending.already || state.granted.includes(token) ? state.granted : [...state.granted, token]
    const fault = ending.already ? null : tokenFault(token, proc.floor[0], state.granted)
    return { state: change(state, i, { ...idle, holds: [token, until] }, { granted }), text, fault }
  }

  function tokenFault(token: number, floor: number, granted: number[]): string | null {
    if (granted.includes(token)) return `token ${token} is granted twice`
    return token <= floor ? `token ${token} is granted after ${floor}` : null
  }

  function twoHolders({ procs, time }: State): string | null {
    const holders = procs.flatMap(({ holds, act }, i) =>
      holds && holds[1] > time && !isGivingUp(act) ? nameOf(i) : [],
    )
    return holders.length > 1 ? `${holders.join(' and ')} hold the resource` : null
  }

  /**
   * Whether the claim file tells what the ledger tells, or its last mover is about to write it, and nobody is about to write the past:
   * only such a ledger may be deleted.
   */
  function tellsAll({ slots: all, file, procs }: State): boolean {
    const top = all.at(-1)
    if (!top) return false
    const moving = procs.filter(({ dead, linked }) => !dead && linked)
    if (moving.length > 0) return moving.every(({ slot }) => slot === top[1])
    const lease = findLease(slotOf(top[1])!.claims, CHURCH)
    const visible = file === null ? undefined : leases.valueOf(file)
    return visible?.token === lease?.token && visible?.expires_at === lease?.expires_at
  }

  /** Once nobody is at it any more, and nobody was killed or deleted anything, the claim file tells what the ledger tells. */
  function untold(state: State): string | null {
    const isQuiet = state.procs.every(({ act, dead }) => act === null && !dead)
    if (!isQuiet || state.slots.length === 0 || state.deletions < deletions || tellsAll(state)) return null
    return 'the claim file tells of the past'
  }

  function deleteLedger(state: State): Next<State> {
    const procs = state.procs.map((proc) => ({ ...proc, staged: false }))
    const after = { ...state, slots: [], deletions: state.deletions - 1, time: state.time + 10, procs }
    return { state: after, text: 'the ledger is deleted' }
  }

  return { start, successors, keyOf }
}

/** Whoever begins to give a claim away does not count on it any more, whatever comes of it. */
const isGivingUp = (act: Act | null) => act === 'release' || act === 'transfer'

const nameOfSlot = (n: number, slot: Slot | null): SlotName | null => slot && { n, op_id: slot.op_id }

const momentUntil = (expires_at: string) => Date.parse(expires_at) - momentAt(0).wall
