/** The proof that mending lost nothing: what could be read before can be read after, with the same content. */

/** One readable thing of a room. */
export interface Item {
  kind: string
  content: string
  /** What moves with every act of those who may change it: a session's last sign, the last operation of a ledger. */
  stamp: string | null
  /** When it was written (epoch ms), of what may go with age. */
  time: number | null
  /** The item whose stamp tells of changes to this one: of a claim, its ledger. */
  owner: string | null
  /** The file whose absence means an act (the release of a script's claim), not a loss. */
  file: string | null
}

/** An item of a kind with its content; what is not told of it is not known. */
export function itemOf(kind: string, content: string, more: Partial<Item> = {}): Item {
  return { kind, content, stamp: null, time: null, owner: null, file: null, ...more }
}

export type Inventory = Map<string, Item>

export interface Proof {
  /** How many things of each kind were readable before, and are after. */
  before: Record<string, number>
  after: Record<string, number>
  /** What was readable before and is not after, or not the same, and nobody else's act explains it. */
  lost: string[]
}

/** What may explain a change: the time, how long old things stay, and which files the mending touched: alerts close and go by anybody's act. */
interface Circumstances {
  now: number
  retentions: { heartbeats: number; messages: number }
  touched: ReadonlySet<string>
}

/** Compare two inventories of a room in which others may have gone on working. */
export function prove(before: Inventory, after: Inventory, at: Circumstances): Proof {
  const lost = [...before].flatMap(([name, item]) => (isKept(name, item, before, after, at) ? [] : [name]))
  return { before: countKinds(before), after: countKinds(after), lost }
}

function isKept(name: string, item: Item, before: Inventory, after: Inventory, at: Circumstances): boolean {
  const later = after.get(name)
  if (later?.content === item.content) return true
  switch (item.kind) {
    case 'tokens':
      return later !== undefined && Number(later.content) >= Number(item.content)
    case 'histories':
      return later?.content.startsWith(item.content) ?? item.content === ''
    case 'receipts':
      return hasReceipts(item, later, after)
    case 'sessions':
      return later !== undefined && later.stamp !== item.stamp
    case 'claims':
      return hasMoved(item, before, after) || (!later && item.file !== null && !at.touched.has(item.file))
    case 'alerts':
      return !at.touched.has(item.file ?? name)
    case 'heartbeats':
    case 'messages':
      return !later && at.now - (item.time ?? at.now) >= at.retentions[item.kind]
    default:
      return false
  }
}

/** Whether the ledger of a claim went on: then it was its move, not the mending. */
function hasMoved({ owner }: Item, before: Inventory, after: Inventory): boolean {
  return before.get(owner ?? '')?.stamp !== after.get(owner ?? '')?.stamp
}

/** Receipts may be added, and dropped with their message. */
function hasReceipts(item: Item, later: Item | undefined, after: Inventory): boolean {
  const known = new Set(later?.content.split('\n'))
  const isNeeded = (line: string) => {
    const { message } = JSON.parse(line) as { message: string }
    return [...after.keys()].some((name) => name.endsWith(`/${message}`))
  }
  return item.content.split('\n').every((line) => line === '' || known.has(line) || !isNeeded(line))
}

function countKinds(inventory: Inventory): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of inventory.values()) if (kind !== 'tokens') counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
