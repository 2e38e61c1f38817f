/** The only writer to stdout and stderr. Synchronous, so that no exit can cut it off. */
import fs from 'node:fs'

/** Write all of a text; a closed pipe is nobody's fault. */
export function write(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(fd, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/** Whether a descriptor is a terminal, without loading the tty module (2 ms): a character device other than /dev/null. */
export function isTerminal(fd: 0 | 1 | 2): boolean {
  try {
    const stat = fs.fstatSync(fd)
    return stat.isCharacterDevice() && stat.rdev !== fs.statSync('/dev/null', { throwIfNoEntry: false })?.rdev
  } catch {
    return false
  }
}

/** All of standard input; `begun` is what was read of it before. */
export function readStdin(begun?: Buffer): string {
  const chunks = begun ? [begun] : []
  const chunk = Buffer.alloc(64 * 1024)
  for (;;) {
    try {
      const got = fs.readSync(0, chunk)
      if (got === 0) break
      chunks.push(Buffer.from(chunk.subarray(0, got)))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EOF') break
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
  return Buffer.concat(chunks).toString('utf8')
}
