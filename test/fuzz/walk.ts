/** What lies in a directory, byte names and all: nothing is followed. */
import fs from 'node:fs'
import path from 'node:path'

export type Tree = Map<string, string>

const kindOf = (stat: fs.Stats | fs.BigIntStats) =>
  stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'link' : 'other'

/** Everything below a directory, as `kind size inode time-of-change` by path; names that are not UTF-8 in hex. */
export function treeOf(root: string): Tree {
  const tree: Tree = new Map()
  const walk = (dir: Buffer, prefix: string) => {
    for (const name of fs.readdirSync(dir, { encoding: 'buffer' })) {
      const file = Buffer.concat([dir, Buffer.from('/'), name])
      const stat = fs.lstatSync(file, { bigint: true })
      const text = name.toString('utf8')
      const shown = `${prefix}${Buffer.from(text).equals(name) ? text : `0x${name.toString('hex')}`}`
      const size = stat.isFile() ? stat.size : ''
      tree.set(shown, `${kindOf(stat)} ${size} ${stat.ino} ${stat.isDirectory() ? '' : stat.mtimeNs}`)
      if (stat.isDirectory()) walk(file, `${shown}/`)
    }
  }
  if (fs.existsSync(root)) walk(Buffer.from(root), '')
  return tree
}

/** The paths that differ between two looks. */
export function differences(before: Tree, after: Tree): string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((file) => before.get(file) !== after.get(file))
}

/** The regular files of a room, as paths in it. */
export function filesOf(root: string): string[] {
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => path.relative(root, path.join(entry.parentPath, entry.name))).sort()
}
