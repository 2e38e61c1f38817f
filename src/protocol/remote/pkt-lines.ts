/** Git's pkt-lines, and what `git receive-pack` tells in them. Sources: gitprotocol-common(5), gitprotocol-pack(5). Pure: bytes in, data out. */

const FLUSH = '0000'
const HEAD = 4
const utf8 = new TextDecoder()

/** A list of texts as pkt-lines, with the flush that ends it. Each of at most 65516 bytes. */
export function pktList(texts: string[]): Uint8Array {
  const line = (text: string) => {
    const length = new TextEncoder().encode(text).length + HEAD
    return `${length.toString(16).padStart(HEAD, '0')}${text}`
  }
  return new TextEncoder().encode(texts.map(line).join('') + FLUSH)
}

/** The texts of a list up to its flush, without an end of line; null where it is cut off, is no list, or more comes after it. */
export function readPktList(bytes: Uint8Array): string[] | null {
  const texts: string[] = []
  for (let at = 0; at + HEAD <= bytes.length; ) {
    const head = utf8.decode(bytes.subarray(at, at + HEAD))
    if (head === FLUSH) return at + HEAD === bytes.length ? texts : null
    const length = /^[0-9a-fA-F]{4}$/.test(head) ? Number.parseInt(head, 16) : 0
    if (length < HEAD || at + length > bytes.length) return null
    texts.push(utf8.decode(bytes.subarray(at + HEAD, at + length)).replace(/\n$/, ''))
    at += length
  }
  return null
}

/** What became of a push: of its pack (`ok`, or why not), and of each ref: null where it was moved, else why not. */
export interface Report {
  unpack: string
  refs: Map<string, string | null>
}

/** Read a report (`report-status`); null where it is none. */
export function readReport(bytes: Uint8Array): Report | null {
  const [first, ...lines] = readPktList(bytes) ?? []
  const unpack = first === undefined ? null : /^unpack ([\s\S]+)$/.exec(first)
  if (!unpack) return null
  const refs = new Map<string, string | null>()
  for (const line of lines) {
    const [, said, ref, reason] = /^(ok|ng) ([^ ]+)(?: ([\s\S]*))?$/.exec(line) ?? []
    if (ref === undefined || refs.has(ref)) return null
    refs.set(ref, said === 'ok' ? null : (reason ?? 'no reason given'))
  }
  return { unpack: unpack[1]!, refs }
}

/** What a repository tells before a push: what it can do, and where its refs are. */
export interface Advertisement {
  capabilities: Set<string>
  refs: Map<string, string>
}

/** Read an advertisement of refs; null where it is none. */
export function readAdvertisement(bytes: Uint8Array): Advertisement | null {
  const lines = readPktList(bytes)
  const [first = '', told] = lines?.[0]?.split('\0') ?? []
  if (!lines || told === undefined) return null
  const refs = new Map<string, string>()
  for (const line of [first, ...lines.slice(1)]) {
    const [, oid, ref] = /^([0-9a-f]{40}|[0-9a-f]{64}) ([^ ]+)$/.exec(line) ?? []
    if (oid !== undefined && ref !== undefined) refs.set(ref, oid)
    else if (!line.startsWith('shallow ')) return null
  }
  return { capabilities: new Set(told.split(' ').filter(Boolean)), refs }
}
