/** Directories that many tests begin with: laid out once in a process, kept in memory, and written anew for each test. */
import fs from 'node:fs'
import path from 'node:path'
import { temporaryDirectory } from './world.ts'

/** A file, or a directory (no bytes). */
interface Entry {
  file: string
  mode: number
  bytes: Buffer | null
}

interface Layout {
  /** The name of the directory that it was laid out in; as long as that of each other. */
  name: string
  entries: Entry[]
}

const layouts = new Map<string, Layout>()

/** A temporary directory with what `make` laid out in it, at the first call for a key; its name is replaced wherever it stands. */
export function laidOut(key: string, make: (dir: string) => void): string {
  const dir = temporaryDirectory()
  const layout = layouts.get(key)
  if (layout) {
    writeLayout(layout, dir)
    return dir
  }
  make(dir)
  layouts.set(key, readLayout(dir))
  return dir
}

/** What a directory holds, to be written elsewhere. */
function readLayout(dir: string): Layout {
  const found = fs.readdirSync(dir, { recursive: true, withFileTypes: true })
  const entries = found.map((entry) => {
    const place = path.join(entry.parentPath, entry.name)
    const bytes = entry.isFile() ? fs.readFileSync(place) : null
    return { file: path.relative(dir, place), mode: fs.statSync(place).mode & 0o777, bytes }
  })
  return { name: path.basename(dir), entries: entries.sort((one, other) => (one.file < other.file ? -1 : 1)) }
}

function writeLayout({ name, entries }: Layout, dir: string): void {
  const own = path.basename(dir)
  for (const { file, mode, bytes } of entries) {
    const place = path.join(dir, file)
    if (bytes) fs.writeFileSync(place, bytes.includes(name) ? renamed(bytes, name, own) : bytes, { mode })
    else fs.mkdirSync(place, { mode: mode | 0o700 })
  }
}

const renamed = (bytes: Buffer, from: string, to: string) =>
  Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1')
