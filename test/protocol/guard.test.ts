/** Which writes the guard lets through: the table of the rule. */
import { expect, test } from 'vitest'
import { guardPaths, type Writer } from '../../src/protocol/guard.ts'
import { overlap } from '../../src/protocol/overlap.ts'
import type { Lease } from '../../src/protocol/records.ts'
import { lease as leaseOf, NOW } from './samples.ts'

const named = (resource_name: string) => ({
  ...{ resource_type: 'file', resource_name },
  ...(resource_name.includes('*') ? { glob: true } : {}),
})
const held = (by: string, name: string, token = 7): Lease =>
  leaseOf({ ...named(name), claimed_by: by, token, clock: null })

function judge(leases: Lease[], writer: Writer, names: string[], minutes = 0, ended: string[] = []) {
  const decision = guardPaths(
    names.map((path) => ({ path, resources: path.split(' ').map(named) })),
    leases,
    writer,
    {
      now: { wall: NOW + minutes * 60_000, boot: null },
      margin_ms: 30_000,
      forfeit: (holder) => (ended.includes(holder) ? 'ended' : null),
      meets: overlap,
    },
  )
  const told = (each: { path: string; lease: Lease }) => `${each.path}: ${each.lease.claimed_by}`
  return {
    held: decision.conflicts.map(told),
    own: decision.own.map(told),
    stale: decision.stale.map(({ path }) => path),
  }
}

const one: Writer = { by: 'one' }
const nobody: Writer = { by: null }

test.each<[title: string, Parameters<typeof judge>, Partial<ReturnType<typeof judge>>]>([
  ['nothing is held', [[], one, ['a']], {}],
  ['another holds it', [[held('two', 'A')], one, ['a']], { held: ['a: two'] }],
  ['another holds a glob over it', [[held('two', 'src/**')], one, ['src/a', 'b']], { held: ['src/a: two'] }],
  ['it is mine', [[held('one', 'src/**')], one, ['src/a']], { own: ['src/a: one'] }],
  ['nobody knows who asks', [[held('one', 'a')], nobody, ['a']], { held: ['a: one'] }],
  ['the lease is over', [[held('two', 'a')], one, ['a'], 241], {}],
  [
    'the lease is over, but for the margin between clocks',
    [[held('two', 'a')], one, ['a'], 240],
    { held: ['a: two'] },
  ],
  ['my own is over', [[held('one', 'a')], one, ['a'], 240], {}],
  ['the holder has ended', [[held('two', 'a')], one, ['a'], 0, ['two']], {}],
  ['a link leads to what is held', [[held('two', 'b')], one, ['a b']], { held: ['a b: two'] }],
  [
    'something in the directory is held',
    [[held('two', 'src/a')], one, ['src/**']],
    { held: ['src/**: two'] },
  ],
  ['only a part of the directory is mine', [[held('one', 'src/a')], one, ['src/**']], {}],
  ['a directory above is mine', [[held('one', '**')], one, ['src/**']], { own: ['src/**: one'] }],
  ['the token is mine', [[held('one', 'a')], { by: 'one', token: 7 }, ['a']], { own: ['a: one'] }],
  ['the token is an old one', [[held('one', 'a', 8)], { by: 'one', token: 7 }, ['a']], { stale: ['a'] }],
  ['the token is of a claim that is gone', [[], { by: 'one', token: 7 }, ['a']], { stale: ['a'] }],
  [
    'the lease of the token ran out',
    [[held('one', 'a')], { by: 'one', token: 7 }, ['a'], 241],
    { stale: ['a'] },
  ],
  [
    'the token is that of another',
    [[held('two', 'a')], { by: 'one', token: 7 }, ['a']],
    { held: ['a: two'], stale: ['a'] },
  ],
  ['nobody known brings the token', [[held('one', 'a')], { by: null, token: 7 }, ['a']], { own: ['a: one'] }],
])('%s', (_title, given, expected) => {
  expect(judge(...given)).toEqual({ held: [], own: [], stale: [], ...expected })
})
