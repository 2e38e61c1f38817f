/** Directories that many tests begin with: laid out once in a process, kept in memory, and written anew for each test. */
import fs from 'node:fs'
import path from 'node:path'
import { temporaryDirectory } from './directories.ts'

/** A file, a symbolic link (its target), or a directory (neither). */
interface Entry {
  file: string
  mode: number
  bytes: Buffer | null
  target: string | null
}

export interface Layout {
  /** The name of the directory that it was laid out in, as long as that of each other; null where it stands nowhere. */
  name: string | null
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
export function readLayout(dir: string, name: string | null = path.basename(dir)): Layout {
  const found = fs.readdirSync(dir, { recursive: true, withFileTypes: true })
  const entries = found.map((entry): Entry => {
    const place = path.join(entry.parentPath, entry.name)
    const bytes = entry.isFile() ? fs.readFileSync(place) : null
    const target = entry.isSymbolicLink() ? fs.readlinkSync(place) : null
    return { file: path.relative(dir, place), mode: fs.lstatSync(place).mode & 0o777, bytes, target }
  })
  return { name, entries: entries.sort((one, other) => (one.file < other.file ? -1 : 1)) }
}

/** Write what a layout holds into a directory, made if it is not there, whose name takes the place of that of the first. */
export function writeLayout({ name, entries }: Layout, dir: string): void {
  const own = path.basename(dir)
  fs.mkdirSync(dir, { recursive: true })
  for (const { file, mode, bytes, target } of entries) {
    const place = path.join(dir, file)
    const isNamed = bytes && name !== null && bytes.includes(name)
    if (bytes) fs.writeFileSync(place, isNamed ? renamed(bytes, name, own) : bytes, { mode })
    else if (target === null) fs.mkdirSync(place, { mode: mode | 0o700 })
    else fs.symlinkSync(target, place)
  }
}

const renamed = (bytes: Buffer, from: string, to: string) =>
  Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1')
