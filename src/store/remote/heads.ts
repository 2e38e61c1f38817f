/**
 * The ledger at a remote: one ref per domain (several for `file`), each a commit without parents whose tree holds one slot. Append is a push
 * that moves the refs from the values that were read, all or none; the remote decides. What was read last is kept in `.state/remote/`, so
 * that an undisturbed move asks the remote once. A crash before the push leaves nothing, after it a slot that the next look finds.
 */

import type { Moment } from '../../protocol/claims.ts'
import { isTooDeep } from '../../protocol/depth.ts'
import { nameOf } from '../../protocol/names.ts'
import type { RemoteTrouble } from '../../protocol/remote/answers.ts'
import { isAhead } from '../../protocol/remote/lineage.ts'
import { type Sight, sightsOf } from '../../protocol/remote/sights.ts'
import {
  type FarLease,
  type FarSlot,
  farSlotOf,
  readFarSlot,
  refOf,
  shardsOf,
  sightOf,
} from '../../protocol/remote/slots.ts'
import { replaceFile } from '../atomic.ts'
import { readText, removeFile } from '../disk.ts'
import { sha256 } from '../entropy.ts'
import { readHead, readPast } from '../ledger.ts'
import { pause } from '../pid-lock.ts'
import { domain, inRoom, listIn, place, type Room } from '../room.ts'
import { pushObjects } from './direct.ts'
import type { Answer, Far } from './far.ts'
import { fetchRefs, listRefs } from './git.ts'
import { layoutPin, misled } from './layout.ts'
import { addCommit, noObjects, readFiles } from './objects.ts'
import { forgetRefs, isBroken } from './own-repository.ts'
import { noteSent, wasSent } from './sent.ts'
import type { RemoteSetting } from './setting.ts'

/**
 * A ref of the remote as it was last seen: its value, the slot there (null: none yet), and when each lease was first seen so. `floor`: the
 * counter that it had before it was set back or lost, if it ever was.
 */
export interface FarHead {
  ref: string
  oid: string | null
  slot: FarSlot | null
  sights: Record<string, Sight>
  floor?: number
}

const SLOT = 'slot.json'
const SLOT_BYTES = 1 << 20

/** A room's remote, to be asked. */
export interface FarLedger {
  room: Room
  setting: RemoteSetting
  far: Far
}

/** The ref of a shard of a domain. */
export const shardRef = ({ prefix }: RemoteSetting, domain: string, shard: number) =>
  refOf(prefix, domain, shard, sha256)

/** In which shards a resource stands. */
export const shardsFor = (
  { room, setting }: FarLedger,
  resource: { resource_type: string; resource_name: string; glob?: boolean | null | undefined },
) => shardsOf(resource, setting.shards, (glob) => room.lazy.paths().compileGlob(glob))

const keptAt = (ref: string) => `.state/remote/${ref.split('/claims/')[1]!.replace('/', '-')}.json`

/** The heads as they were last seen by this room; one never seen is null. */
export function knownHead(room: Room, ref: string): FarHead | null {
  const reading = readText(inRoom(room, keptAt(ref)), SLOT_BYTES * 2)
  if (!('text' in reading) || isTooDeep(reading.text)) return null
  try {
    const { oid, slot, sights, ref: of, floor } = JSON.parse(reading.text) as FarHead
    const checked = slot === null ? null : farSlotOf(slot)
    const whole =
      of === ref && (oid === null || typeof oid === 'string') && (slot === null) === (checked === null)
    const lost = Number.isSafeInteger(floor) ? { floor: floor! } : {}
    return whole ? { ref, oid, slot: checked, sights: sights ?? {}, ...lost } : null
  } catch {
    return null
  }
}

/** What tokens at a ref are above, though the slot there (null: none) tells less: the highest counter that was ever seen there. */
export function floorOf(known: FarHead | null, slot: FarSlot | null): { floor?: number } {
  const floor = Math.max(known?.floor ?? 0, known?.slot?.counter ?? 0)
  return floor > (slot?.counter ?? 0) ? { floor } : {}
}

/** Keep what was seen of a ref. */
export function keepHead(room: Room, head: FarHead): void {
  replaceFile(place(room, keptAt(head.ref)), `${JSON.stringify(head)}\n`)
}

/** The refs of single resources that were seen, by the names of what is kept of them. */
export const listKeptRefs = (room: Room, { prefix }: RemoteSetting): string[] =>
  listIn(room, '.state/remote').flatMap((name) => {
    const [, hash] = /^one-([0-9a-f]{32})\.json$/.exec(name) ?? []
    return hash === undefined ? [] : [`${prefix}/claims/one/${hash}`]
  })

/** The refs that were seen to hold claims. */
export const listHeldRefs = (room: Room, setting: RemoteSetting): string[] =>
  [
    ...listKeptRefs(room, setting),
    ...Array.from({ length: setting.shards }, (_, at) => shardRef(setting, 'file', at)),
  ].filter((ref) => (knownHead(room, ref)?.slot?.claims.length ?? 0) > 0)

/** Forget what was seen of a ref that is gone; whether anything was. */
export const dropHead = (room: Room, ref: string): boolean => removeFile(inRoom(room, keptAt(ref)))

/** Read the heads of some refs at the remote. Throws nothing for the remote; a slot that can't be, is trouble (`Amiss`). */
export function fetchHeads(
  ledger: FarLedger,
  refs: string[],
  now: Moment,
): Answer<FarHead[]> | { ok: false; trouble: Amiss } {
  const { far, room } = ledger
  const own = (ref: string) => ref.replace(/^refs\/(heads\/)?coord\//, `refs/coord-remote/${far.remote}/`)
  const wanted: [string, string][] =
    refs.length === 1
      ? [[refs[0]!, own(refs[0]!)]]
      : [[`${parentOf(refs[0]!)}/*`, `${own(parentOf(refs[0]!))}/*`]]
  const answer = bring(far, wanted)
  if (!answer.ok) return answer
  const found = answer.result
    ? readFiles(
        far,
        refs.map((ref) => ({ name: own(ref), path: SLOT })),
        SLOT_BYTES * (refs.length + 1),
      )
    : refs.map(() => null)
  const heads: FarHead[] = []
  for (const [at, ref] of refs.entries()) {
    const commit = found[at] ?? null
    const slot = commit?.text == null ? null : readFarSlot(commit.text)
    if (commit && !slot) {
      const detail = `${ref} at ${far.remote} holds no slot of coord`
      return { ok: false, trouble: { kind: 'damaged', detail } }
    }
    const known = knownHead(room, ref)
    const trouble = slot && amiss(ledger, ref, slot, known)
    if (trouble) return { ok: false, trouble }
    const sights = sightsOf(slot?.claims ?? [], known?.sights ?? {}, now)
    heads.push({ ref, oid: commit?.commit ?? null, slot, sights, ...floorOf(known, slot) })
  }
  return { ok: true, result: heads }
}

/** What a slot that was read is not taken for: `damaged`, nothing of coord's or not what its ref holds; `conflict`, said in our name by another. */
export interface Amiss {
  kind: 'damaged' | 'conflict'
  detail: string
}

/** What is amiss with a slot, as far as it is not what was known of its ref. */
function amiss(ledger: FarLedger, ref: string, slot: FarSlot, known: FarHead | null): Amiss | null {
  const { room, setting } = ledger
  const vetted = new Set(known?.slot?.claims.map(sightOf))
  const ids = new Set(known?.slot?.claims.map(({ claim_id }) => claim_id))
  for (const lease of slot.claims as FarLease[]) {
    if (vetted.has(sightOf(lease))) continue
    const name = domain(lease.resource_type, lease.resource_name)
    if (!shardsFor(ledger, lease).some((shard) => shardRef(setting, name, shard) === ref)) {
      const detail = `${ref} at ${setting.remote} tells of ${nameOf(lease)}, which is not its own`
      return { kind: 'damaged', detail }
    }
    if (lease.machine !== setting.machine) continue
    const own = (readHead(room, name).slot?.claims ?? []).find((each) => each.claim_id === lease.claim_id)
    if (own ? !isAhead(lease, own) : ids.has(lease.claim_id) || isOfRoom(room, name, lease)) continue
    const detail = `another clone speaks in this one's name (${nameOf(lease)}): coord remote setup`
    return { kind: 'conflict', detail }
  }
  return null
}

/** Whether a room made a lease: its slot was there before the remote's, and where that is not kept any more, it was noted as sent. */
const isOfRoom = (room: Room, name: string, { claim_id }: FarLease): boolean =>
  readPast(room, name).some((change) => change.claim_id === claim_id) || wasSent(room, claim_id)

/** Fetch, again where another process of this clone is at the same refs, or where what they name was lost here. */
function bring(far: Far, wanted: [string, string][]): Answer<boolean> {
  for (let tries = 0; ; tries++) {
    const answer = fetchRefs(far, wanted)
    if (answer.ok || tries >= 5) return answer
    const { detail } = answer.trouble
    if (isBroken(detail)) forgetRefs(far)
    else if (/cannot lock ref/.test(detail)) pause(10 * 2 ** tries)
    else return answer
  }
}

const parentOf = (ref: string) => ref.slice(0, ref.lastIndexOf('/'))

/** The ids of a room's claims that a slot has and its ref had not. */
function newIn({ machine }: RemoteSetting, head: FarHead, slot: FarSlot): string[] {
  const known = new Set(head.slot?.claims.map(({ claim_id }) => claim_id))
  return slot.claims.flatMap((lease: FarLease) =>
    lease.machine === machine && !known.has(lease.claim_id) ? lease.claim_id : [],
  )
}

/**
 * Move some refs from the heads that were read to new slots, all or none. A reply that was lost is found by reading the refs back: they are
 * where they were sent, or nobody knows yet.
 */
export function appendFar(
  { room, far, setting }: FarLedger,
  moves: { head: FarHead; slot: FarSlot }[],
  now: Moment,
): { ok: true; heads: FarHead[] } | { ok: false; trouble: RemoteTrouble } {
  const objects = noObjects(far)
  const sent = moves.map(({ head, slot }) => {
    const oid = addCommit(
      objects,
      [{ path: SLOT, text: `${JSON.stringify(slot)}\n` }],
      `${slot.op} ${slot.op_id}`,
      now.wall,
    )
    return { ref: head.ref, oid, slot, sights: sightsOf(slot.claims, head.sights, now) }
  })
  const refs = moves.map(({ head }, at) => ({ ref: head.ref, to: sent[at]!.oid, was: head.oid }))
  // A ref that was never seen says nothing of where it is: the remote may be another one meanwhile.
  const pin = refs.some(({ was }) => was === null) ? layoutPin(far, setting) : null
  const otherwise = pin && !setting.atomic ? misled(far, setting) : null
  if (otherwise) return { ok: false, trouble: otherwise }
  noteSent(
    room,
    moves.flatMap(({ head, slot }) => newIn(setting, head, slot)),
  )
  const begun = performance.now()
  const answer = pushObjects(far, objects, refs, true, setting.atomic ? pin : null)
  if (answer.ok) return { ok: true, heads: sent }
  if (answer.trouble.kind !== 'unreachable')
    return { ok: false, trouble: (pin && misled(far, setting)) ?? answer.trouble }
  // Who did not answer in time will not answer the next question either; the next look finds what it did.
  if (performance.now() - begun >= far.timeout_ms) return { ok: false, trouble: answer.trouble }
  const back = listRefs(
    far,
    sent.map(({ ref }) => ref),
  )
  if (back.ok && sent.every(({ ref, oid }) => back.result.get(ref) === oid)) return { ok: true, heads: sent }
  return { ok: false, trouble: answer.trouble }
}
