/** The ledger in every order that a few processes can have; `npm run model` explores further. */
import { describe, expect, test } from 'vitest'
import {
  type Head,
  headSteps,
  RULES,
  type Rules,
  type SlotName,
  type Steps,
} from '../../src/protocol/ledger.ts'
import type { Slot } from '../../src/protocol/records.ts'
import type { Act } from './acts.ts'
import { explore } from './explore.ts'
import { createModel, type Scenario } from './ledger-model.ts'

const LONG = process.env.COORD_MODEL === 'long'
const ALL: Act[] = ['claim', 'renew', 'release', 'transfer']
const SWAP: Act[] = ['claim', 'release']

/** The rules with few slots kept, so that collection is reached within a few acts. */
const keeping = (kept: number): Rules => ({ ...RULES, collectable: (all) => all.slice(0, -kept) })

function run(scenario: Scenario) {
  const { start, successors, keyOf } = createModel(scenario)
  const { fault, trace, complete, states } = explore(start, successors, keyOf)
  if (LONG) console.info(`${JSON.stringify(scenario)}: ${states} states`)
  return { fault, trace, complete }
}

type Case = [string, Omit<Scenario, 'rules'> & { kept?: number }]

const short: Case[] = [
  ['a late linker while another moves on', { acts: [6, 1], kinds: SWAP }],
  ['two late linkers', { acts: [1, 1, 1], kinds: SWAP }],
  ['a head that is known from before', { acts: [4, 2], kinds: SWAP }],
  ['every act', { acts: [2, 1], kinds: ALL, minutes: 1 }],
  ['leases that run out while processes are killed', { acts: [2, 1], kinds: SWAP, minutes: 1, kills: 1 }],
  ['a deleted ledger', { acts: [2, 1], kinds: ALL, deletions: 1 }],
  [
    'a deleted ledger, a kill, a lease that runs out',
    { acts: [1, 1], kinds: ALL, deletions: 1, kills: 1, minutes: 1 },
  ],
]

const long: Case[] = [
  ['a late linker over four times the slots that are kept', { acts: [9, 1], kinds: SWAP }],
  ['a head known from before over many slots', { acts: [6, 2], kinds: SWAP }],
  ['two collectors', { acts: [3, 3], kinds: SWAP }],
  ['two late linkers while a third moves on', { acts: [2, 1, 1], kinds: SWAP }],
  ['three slots kept', { acts: [7, 1], kinds: SWAP, kept: 3 }],
  ['every act of two', { acts: [2, 2], kinds: ALL, minutes: 1 }],
  ['leases that run out and kills', { acts: [2, 2], kinds: SWAP, minutes: 1, kills: 1 }],
  ['a deleted ledger and every act of two', { acts: [2, 2], kinds: ALL, deletions: 1 }],
  ['a deleted ledger and kills', { acts: [2, 2], kinds: SWAP, deletions: 1, kills: 1 }],
  ['a deleted ledger among three', { acts: [1, 1, 1], kinds: SWAP, deletions: 1 }],
]

describe('never two holders, tokens only grow, no release is lost', {
  timeout: LONG ? 3_600_000 : 120_000,
}, () => {
  test.each(LONG ? [...short, ...long] : short)('%s', (_, { kept = 2, ...scenario }) => {
    expect(run({ ...scenario, rules: keeping(kept) })).toEqual({ fault: null, trace: [], complete: true })
  })
})

/** Looks at the slot before and at nothing above. */
const onlyBefore: Rules['isWon'] = (n, readOp, _own, look) => n === 0 || look.before === readOp
const trusting: Partial<Rules> = { isSame: () => true }
const fromTheTop: Rules['collectable'] = (all) => all.slice(0, -2).reverse()
const allButOne: Rules['collectable'] = (all) => all.slice(0, -2).filter((n) => n !== 1)

/** Takes a slot for the head as long as it is there, whatever is above it. */
function* stillThere(known?: SlotName): Steps<Head | null> {
  const slot = known && ((yield { act: 'read', n: known.n, head: false }) as Slot | null)
  return slot?.op_id === known?.op_id && slot ? { n: known!.n, slot } : yield* headSteps()
}

describe('a planted fault is found', () => {
  test.each<[string, Partial<Rules>, RegExp]>([
    ['no look after the link', { isWon: () => true, ...trusting }, /granted twice/],
    ['a look at the slot before only', { isWon: onlyBefore, ...trusting }, /granted twice/],
    ['collection from the top', { isWon: onlyBefore, collectable: fromTheTop }, /granted twice/],
    ['the first slot kept for ever', { isWon: onlyBefore, collectable: allButOne }, /release .* is lost/],
    ['one slot kept', { collectable: (all) => all.slice(0, -1) }, /granted twice/],
  ])('%s', (_, rules, fault) => {
    expect(run({ acts: [5, 1], kinds: SWAP, rules: { ...keeping(2), ...rules } }).fault).toMatch(fault)
  })

  test('a known head is taken for the head without a look above it', () => {
    const planted = { acts: [4, 2], kinds: SWAP, rules: keeping(2), readHead: stillThere }
    expect(run(planted).fault).toMatch(/release .* is lost/)
  })

  test('no look at who came to be in the place of a deleted ledger', () => {
    const rules = { ...keeping(2), ...trusting }
    expect(run({ acts: [2, 2], kinds: SWAP, deletions: 1, rules }).fault).toMatch(
      /hold the resource|granted|lost/,
    )
  })

  test('where only the slot before is looked at, collection from the bottom is what holds', () => {
    const rules = { ...keeping(2), isWon: onlyBefore }
    expect(run({ acts: [5, 1], kinds: SWAP, rules }).fault).toBeNull()
  })
})
