/** Randomness and hashes without node:crypto on the hot path: loading it costs 3.5 ms of a 25 ms command. */
import fs from 'node:fs'

const crypto = () => process.getBuiltinModule('node:crypto')

/** Random bytes from the kernel; where there is no /dev/urandom, from node:crypto. */
export function randomBytes(length: number): Uint8Array {
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
