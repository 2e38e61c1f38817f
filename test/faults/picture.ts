/** What a room holds, read from its files without the product's own readers; and what must be so of it at any moment. */
import fs from 'node:fs'
import path from 'node:path'
import type { Session } from '../../src/protocol/records.ts'
import { givenUp } from '../../src/store/archived.ts'
import { filesBelow } from '../processes/support.ts'

type Part = Record<string, string>

export interface Picture {
  /** Resource → who holds it, by the ledger. */
  holders: Part
  /** Resource → until when, by the ledger. */
  terms: Part
  /** Claim file → who holds it, by that file; it may lag behind. */
  files: Part
  /** Session → its status, and where its record lies. */
  sessions: Part
  messages: Part
  /** Reader and message → the states told. */
  receipts: Part
  heartbeats: Part
  handoffs: Part
  settings: Part
}

/** Take a picture of the room at a path. Throws for a file that is not whole. `torn`: lines may be. */
export function takePicture(root: string, isSpoilt: (file: string) => boolean = () => false): Picture {
  const picture: Picture = {
    holders: {},
    terms: {},
    files: {},
    sessions: {},
    messages: {},
    receipts: {},
    heartbeats: {},
    handoffs: {},
    settings: {},
  }
  const files = fs.existsSync(root)
    ? filesBelow(root).filter((file) => !/(^|\/)\.tmp-|\/quarantine\//.test(file))
    : []
  for (const file of files.sort()) if (!isSpoilt(file)) note(picture, root, file)
  for (const [resource, { claimed_by, expires_at }] of holdersIn(root, files, isSpoilt)) {
    picture.holders[resource] = claimed_by
    picture.terms[resource] = expires_at
  }
  return picture
}

function note(picture: Picture, root: string, file: string): void {
  const text = fs.readFileSync(path.join(root, file), 'utf8')
  const name = path.basename(file)
  const where = file.startsWith('archive/') ? 'archived' : 'live'
  if (/(^|\/)sessions\/[^/]*\.json$/.test(file)) {
    const record = whole(file, text) as Session
    const { session_id, status } = where === 'archived' ? givenUp(record) : record
    const id = session_id.replace(/^session-\d+-\w+$/, 'a new one')
    const others = (picture.sessions[id] ?? '').split('; ').filter(Boolean)
    picture.sessions[id] = [...new Set([...others, `${status}, ${where}`])].join('; ')
  } else if (/^claims\/.*\.claim$/.test(file)) picture.files[name] = whole(file, text).claimed_by
  else if (/^messages\/.*\.json$/.test(file)) {
    const { from, to, subject } = whole(file, text)
    picture.messages[`${from} to ${to}: ${subject}`] = 'there'
  } else if (/(^|\/)receipts\/.*\.jsonl$/.test(file)) noteReceipts(picture, name, text)
  else if (/^heartbeats\/.*\.json$/.test(file)) {
    const { session_id, timestamp, action } = whole(file, text)
    picture.heartbeats[`${session_id} at ${timestamp}`] = action
  } else if (/^handoffs\/.*\.md$/.test(file)) picture.handoffs[name] = text.length > 100 ? 'there' : 'cut'
  else if (file === 'config.json')
    picture.settings = Object.fromEntries(
      Object.entries(whole(file, text)).map(([key, value]) => [key, JSON.stringify(value)]),
    )
  else if (/^\.state\/(held|handing|bindings)\/.*|^index\.json$/.test(file) && !name.startsWith('.'))
    whole(file, text)
}

function noteReceipts(picture: Picture, name: string, text: string): void {
  for (const line of text.split('\n').filter(Boolean)) {
    const receipt = parsed(line)
    if (receipt) picture.receipts[`${name} ${receipt.message}`] = receipt.state
  }
}

function parsed(text: string): Record<string, any> | null {
  try {
    return JSON.parse(text) as Record<string, any>
  } catch {
    return null
  }
}

function whole(file: string, text: string): Record<string, any> {
  const value = parsed(text)
  if (value === null) throw new Error(`${file} is not whole: ${text.slice(0, 60)}`)
  return value
}

interface Held {
  claimed_by: string
  expires_at: string
}

/** By the head of each ledger. On the way: the slots have no gap, and each grant has a greater token than all before. */
function holdersIn(root: string, files: string[], isSpoilt: (file: string) => boolean): Map<string, Held> {
  const slots = new Map<string, string[]>()
  for (const file of files)
    if (/^\.state\/ledger\/[^/]+\/\d{12}$/.test(file) && !isSpoilt(file))
      slots.set(path.dirname(file), [...(slots.get(path.dirname(file)) ?? []), file])
  const held = new Map<string, Held>()
  for (const [domain, names] of slots) {
    const numbers = names.map((name) => Number(path.basename(name)))
    if (numbers.some((n, i) => i > 0 && n !== numbers[i - 1]! + 1)) throw new Error(`${domain} has a gap`)
    const read = names.map((name) => whole(name, fs.readFileSync(path.join(root, name), 'utf8')))
    expectGrowing(domain, read)
    for (const lease of read.at(-1)!.claims) {
      const resource = `${lease.resource_type}/${lease.resource_name}`
      if (held.has(resource)) throw new Error(`two holders of ${resource}`)
      held.set(resource, lease)
    }
  }
  return held
}

function expectGrowing(domain: string, slots: Record<string, any>[]): void {
  let last = 0
  for (const { changes, counter } of slots) {
    for (const { act, token } of changes) {
      if (!['claim', 'takeover', 'transfer'].includes(act)) continue
      if (!(token > last)) throw new Error(`in ${domain} token ${token} follows ${last}`)
      last = token
    }
    if (!(counter >= last)) throw new Error(`in ${domain} the counter ${counter} is below ${last}`)
  }
}

/** The parts to which an act may add what no other run of it would: an announcement of half of what was to be released. */
const GROWS: (keyof Picture)[] = ['messages', 'handoffs']

/** What is neither as it was before nor as it is after the command; of what is `sure`, what is not as after it. */
export function differences(
  before: Picture,
  now: Picture,
  after: Picture,
  isSure: (part: keyof Picture, key: string) => boolean,
): string[] {
  return (Object.keys(now) as (keyof Picture)[])
    .filter((part) => part !== 'files')
    .flatMap((part) => {
      const keys = new Set([before, now, after].flatMap((picture) => Object.keys(picture[part])))
      const [was, is, becomes] = [before[part], now[part], after[part]]
      const fits = (key: string) => {
        if (!(key in was) && !(key in becomes)) return GROWS.includes(part) && is[key] === 'there'
        return is[key] === becomes[key] || (is[key] === was[key] && !isSure(part, key))
      }
      return [...keys]
        .filter((key) => !fits(key))
        .map((key) => `${part} of ${key}: ${was[key]} before, ${is[key]} now, ${becomes[key]} without fault`)
    })
}

/** In a room that was mended each claim has its file. */
export function unpublished({ holders, files }: Picture): string[] {
  const told = (part: Part) => Object.values(part).sort().join()
  return told(holders) === told(files) ? [] : [`held by ${told(holders)}, by the claim files ${told(files)}`]
}
