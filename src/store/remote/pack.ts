/** Git's objects as they lie on the disk and travel: loose ones (gitrepository-layout(5)) and packs without deltas (gitformat-pack(5)). */
import fs from 'node:fs'
import path from 'node:path'

/** The kinds of objects, by their numbers in a pack. */
const TYPES = { commit: 1, tree: 2, blob: 3 } as const
type Type = keyof typeof TYPES

/** An object: its kind and what is in it. */
interface GitObject {
  type: Type
  body: Buffer
}

/** Some objects by their ids, and the hash that names them. */
export interface Objects {
  algorithm: 'sha1' | 'sha256'
  byId: Map<string, GitObject>
}

const head = (type: Type, body: Buffer) => Buffer.from(`${type} ${body.length}\0`)

/** Add an object; its id. */
export function addObject({ algorithm, byId }: Objects, type: Type, body: Buffer): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  const oid = createHash(algorithm).update(head(type, body)).update(body).digest('hex')
  byId.set(oid, { type, body })
  return oid
}

/** Write objects as files of their own, each whole or not at all, as git does. False where the disk refuses. */
export function writeLoose(common: string, { byId }: Objects): boolean {
  const { deflateSync } = process.getBuiltinModule('node:zlib')
  try {
    for (const [oid, { type, body }] of byId) {
      const dir = path.join(common, 'objects', oid.slice(0, 2))
      const file = path.join(dir, oid.slice(2))
      if (fs.existsSync(file)) continue
      fs.mkdirSync(dir, { recursive: true })
      const temporary = path.join(dir, `tmp_obj_coord_${process.pid}_${oid.slice(0, 8)}`)
      fs.writeFileSync(temporary, deflateSync(Buffer.concat([head(type, body), body])), { mode: 0o444 })
      fs.renameSync(temporary, file)
    }
    return true
  } catch {
    return false
  }
}

/** An object in a pack: type and size, seven bits at a time, then the deflated body. */
function entry({ type, body }: GitObject): Buffer {
  const bytes: number[] = []
  let size = Math.floor(body.length / 16)
  let byte = (TYPES[type] << 4) | (body.length % 16)
  while (size > 0) {
    bytes.push(byte | 0x80)
    byte = size % 128
    size = Math.floor(size / 128)
  }
  const { deflateSync } = process.getBuiltinModule('node:zlib')
  return Buffer.concat([Buffer.from([...bytes, byte]), deflateSync(body)])
}

/** Objects as a pack. */
export function packed({ algorithm, byId }: Objects): Buffer {
  const start = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1')
  start.writeUInt32BE(byId.size, 8)
  const body = Buffer.concat([start, ...[...byId.values()].map(entry)])
  const { createHash } = process.getBuiltinModule('node:crypto')
  return Buffer.concat([body, createHash(algorithm).update(body).digest()])
}
