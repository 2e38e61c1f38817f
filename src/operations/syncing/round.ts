/** What one round of `coord sync` tells. */

/** One other machine at the end of a round; `older`: the remote has less than is known, `absent`: its ref is gone. */
export interface SeenMachine {
  machine: string
  name: string | null
  sessions: number
  state: 'new' | 'changed' | 'same' | 'unreadable' | 'older' | 'absent'
  detail?: string
}

/** How much came in. */
export interface Received {
  messages: number
  receipts: number
  handoffs: number
}

/** How much is published that was not before. */
export interface Sent {
  messages: number
  receipts: number
}

/** What became of claims: moves the remote took, those it gave to another, refs of others that were read, and those that it lost or set back. */
interface Settled {
  taken: number
  lost: { resource: string; claimed_by: string; detail: string }[]
  read: number
  set_back: string[]
}

export interface Round {
  remote: string
  machine: string
  published: boolean
  /** How many sessions of this room others see. */
  sessions: number
  sent: Sent
  received: Received
  machines: SeenMachine[]
  claims: Settled
  /** What was amiss and is put right, or left out; empty mostly. */
  notes: string[]
}
