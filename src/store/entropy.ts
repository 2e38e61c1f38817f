/** Randomness and hashes without node:crypto on the hot path: loading it costs 3.5 ms of a 25 ms command. */
import fs from 'node:fs'

const crypto = () => process.getBuiltinModule('node:crypto')

let pool: Uint8Array = new Uint8Array(0)

/** Random bytes; taken from the kernel a hundred at a time. */
export function randomBytes(length: number): Uint8Array {
  if (pool.length < length) pool = fromKernel(Math.max(length, 128))
  const taken = pool.slice(0, length)
  pool = pool.subarray(length)
  return taken
}

/** Where there is no /dev/urandom, node:crypto has its way. */
function fromKernel(length: number): Uint8Array {
  try {
    const fd = fs.openSync('/dev/urandom', 'r')
    try {
      const bytes = new Uint8Array(length)
      if (fs.readSync(fd, bytes) === length) return bytes
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    // Not this system's way.
  }
  return crypto().randomBytes(length)
}

/** The SHA-256 of a text in hex. Only long names and rare paths need it. */
export function sha256(text: string): string {
  return crypto().createHash('sha256').update(text).digest('hex')
}
