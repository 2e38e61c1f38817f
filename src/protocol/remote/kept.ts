/**
 * Claims that a machine keeps for a session of another one: granted to it, so that nobody else may have them, and not yet its own, as only its
 * own room can renew and give back what it holds. The machine that keeps one holds it at the remote, in that session's name and marked so;
 * the session takes it over by claiming it, with a token of its own, and whoever does not come loses it in half an hour.
 */
import type { Lease } from '../records.ts'

/** Who a claim is kept for: the session by the id that it has on its own machine. */
export interface KeptFor {
  machine: string
  session: string
  /** Who gave it, by the id that it has on the machine that keeps it; leases of older versions do not tell. */
  by?: string
  /** The machine that keeps it, where readers on the session's own are told of it (store/foreign/kept.ts); else the lease's `machine` is that. */
  by_machine?: string
}

/** How long a claim is kept (ms). */
export const KEPT_MS = 30 * 60_000

/** Who a lease is kept for; null for any other lease. It may have been read from outside: of another form it is none. */
export function keptFor(lease: object): KeptFor | null {
  const { kept_for } = lease as { kept_for?: Partial<KeptFor> | null }
  const texts = [kept_for?.machine, kept_for?.session, kept_for?.by ?? '']
  return texts.every((text) => typeof text === 'string') ? (kept_for as KeptFor) : null
}

/** Whether a lease is kept for a session of a machine. */
export function isKeptFor(lease: Lease, machine: string, session: string): boolean {
  const kept = keptFor(lease)
  return kept?.machine === machine && kept.session === session
}
