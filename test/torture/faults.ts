/** Faults for the torture to find: each replaces a line of coord in a package built for the test alone. */
import fs from 'node:fs'
import path from 'node:path'
import { builtins, bundle, stamped, withoutHelp, wrapped } from '../../build/bundles.mjs'
import { templates } from '../../build/templates.mjs'

const ROOT = path.join(import.meta.dirname, '../..')

export interface Fault {
  /** What is wrong, as the end of a sentence. */
  name: string
  file: string
  line: string
  instead: string
  /** The promises that it may be seen to break. */
  breaks: string[]
  /** Left to `npm run torture`. */
  long?: true
  /** Found between clones. */
  remote?: true
}

export const FAULTS: Fault[] = [
  {
    name: 'leases that are judged by the wall clock',
    file: 'protocol/claims.ts',
    line: 'return lease.clock.expires_ms <= now.boot.ms\n',
    instead: 'return parseInstant(lease.expires_at)! <= now.wall\n',
    breaks: ['two_holders', 'claim_lost'],
  },
  {
    name: 'a slot that may be put in the place of another',
    file: 'store/atomic.ts',
    line: 'fs.linkSync(staged.temporary, staged.file)',
    instead: 'fs.renameSync(staged.temporary, staged.file)',
    breaks: ['two_holders', 'claim_lost', 'token_not_growing', 'release_lost'],
  },
  {
    name: 'tokens that do not grow',
    file: 'protocol/claims.ts',
    line: 'grant(wish, resource, index, ++counter, now)',
    instead: 'grant(wish, resource, index, counter, now)',
    breaks: ['token_not_growing', 'release_lost'],
    long: true,
  },
  {
    name: 'a release that keeps the claim',
    file: 'protocol/claims.ts',
    line: "append('release', head, held!, null,",
    instead: "append('release', head, held!, held!,",
    breaks: ['release_lost', 'token_not_growing'],
  },
  {
    name: 'records that are written in place',
    file: 'store/atomic.ts',
    line: 'const temporary = writeTemporary(place, text, durable)\n  try {',
    instead: `const fd = openAt(place, 'w')
      fs.fsyncSync(fd)
      writeWhole(fd, text)
      return fs.closeSync(fd)
      const temporary = ''
      try {`,
    breaks: ['torn_record', 'broken_act'],
  },
  {
    name: 'messages that are acknowledged, but not always written',
    file: 'store/messages.ts',
    line: "checkSize('message', named)",
    instead: "checkSize('message', named)\n    if (named.id > named.id.slice(0, -4) + 'm') return named",
    breaks: ['message_lost'],
    long: true,
  },
  {
    name: 'messages that stay unread',
    file: 'operations/inbox.ts',
    line: 'fresh.map(({ message }) =>',
    instead: 'fresh.slice(1).map(({ message }) =>',
    breaks: ['message_twice'],
  },
  {
    name: 'pushes of claims that move a ref from any value',
    file: 'store/remote/direct.ts',
    line: '  const seen = moves.map(({ ref }) => valueAt(place, checked(ref)))\n',
    // They come late, so that others push in between.
    instead: `  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150)
  const seen = moves.map(({ ref }) => valueAt(place, checked(ref)))
  moves = moves.map((move, at) => ({ ...move, was: seen[at] ?? move.was }))\n`,
    breaks: ['two_holders', 'claim_lost', 'token_not_growing', 'release_lost'],
    remote: true,
  },
  {
    name: 'leases of other machines that are judged by the wall clock',
    file: 'protocol/remote/sights.ts',
    line: '  if (!sight || sight.boot !== (now.boot?.id ?? null)) return false\n',
    instead: '  if (now.wall > 0) return true\n',
    breaks: ['two_holders', 'claim_lost', 'release_lost'],
    remote: true,
    long: true,
  },
  {
    name: 'leases of other machines that are watched for their first term',
    file: 'protocol/remote/sights.ts',
    line: 'Math.max(term_ms, given',
    instead: 'Math.min(term_ms, given',
    breaks: ['two_holders', 'claim_lost', 'release_lost'],
    remote: true,
    long: true,
  },
  {
    name: 'claims that are granted though a round has settled them away',
    file: 'operations/remote/answering.ts',
    line: '  if ([...wanted].some((id) => offered.has(id) && !(taken.has(id) && left.has(id)))) return null\n',
    instead: '',
    breaks: ['two_holders', 'claim_lost', 'token_not_growing'],
    remote: true,
    long: true,
  },
  {
    name: 'mail of which the newest is not published',
    file: 'protocol/machines/choose.ts',
    line: 'wanted.slice(0, LIMITS.messages)',
    instead: 'wanted.slice(1, LIMITS.messages)',
    breaks: ['message_lost'],
    remote: true,
  },
  {
    name: 'rounds that leave their mark in the clone',
    file: 'store/foreign/wire.ts',
    line: "'--no-write-fetch-head', ",
    instead: '',
    breaks: ['tree_touched'],
    remote: true,
    long: true,
  },
]

/** A package of coord below `dir` with a fault in it; the path of its program. */
export async function plant({ file, line, instead, remote }: Fault, dir: string): Promise<string> {
  for (const part of ['bin', 'dist', 'templates'])
    fs.cpSync(path.join(ROOT, part), path.join(dir, part), {
      recursive: true,
      filter: (name) => !/dist\/(cache|types)/.test(name),
    })
  const fault = replacing(file, line, instead)
  const text = await bundle('src/faces/cli/full.ts', { plugins: [fault, templates] })
  fs.writeFileSync(path.join(dir, 'dist/full.cjs'), stamped(wrapped(text)))
  if (!remote) return path.join(dir, 'bin/coord.cjs')
  const quick = { banner: {}, plugins: [fault, templates, builtins, withoutHelp] }
  const far = await bundle('src/operations/remote/transact.ts', quick)
  fs.writeFileSync(path.join(dir, 'dist/remote.cjs'), stamped(wrapped(far)))
  return path.join(dir, 'bin/coord.cjs')
}

/** An esbuild plugin. A line that is not there, or there twice, ends the build: the fault would not be planted. */
function replacing(file: string, line: string, instead: string) {
  return {
    name: 'fault',
    setup(builder: import('esbuild').PluginBuild) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path: name }) => {
        if (name !== path.join(ROOT, 'src', file)) return undefined
        const parts = fs.readFileSync(name, 'utf8').split(line)
        if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${line}`)
        return { contents: parts.join(instead), loader: 'ts' }
      })
    },
  }
}
