import { describe, expect, test } from 'vitest'
import { decideClaim } from '../../src/protocol/claims.ts'
import { adopt, isNative, leaseOfFile, mergeClaims, reconcile } from '../../src/protocol/foreign.ts'
import type { Claim } from '../../src/protocol/records.ts'
import { isRecord } from '../../src/protocol/shapes.ts'
import { CONFIG, HOUR, holdings, iso, lease, MARGIN, MINUTE, moment, NOW, scriptClaim } from './samples.ts'

const FALLBACK = NOW - 10 * MINUTE
const ofFile = (claim: Claim) => leaseOfFile(claim, CONFIG.claims, FALLBACK)
const church = { resource_type: 'droplet', resource_name: 'church' }
const script = ofFile(scriptClaim())
const adopted = { ...script, token: 8 }

describe('a claim file as a lease', () => {
  test.each<[string, Partial<Claim>, string]>([
    ['its own end', {}, iso(NOW + HOUR)],
    ['no end: the default term', { expires_at: undefined }, iso(NOW + 4 * HOUR)],
    ['null: the default term', { expires_at: null }, iso(NOW + 4 * HOUR)],
    ['empty, as BSD date leaves it on Linux', { expires_at: '' }, iso(NOW + 4 * HOUR)],
    ['an unexpanded command', { expires_at: '$(date -u -v +4H)' }, iso(NOW + 4 * HOUR)],
    ['another spelling of a time', { expires_at: '2026-11-20 12:00 UTC' }, iso(NOW + 2 * HOUR)],
    [
      'neither end nor begin: from the fallback',
      { expires_at: null, claimed_at: 'soon' },
      iso(FALLBACK + 4 * HOUR),
    ],
    ['an end before its begin', { expires_at: iso(NOW - HOUR) }, iso(NOW - HOUR)],
  ])('of a script with %s', (_what, given, expires_at) => {
    const read = ofFile(scriptClaim(given))
    expect(read).toMatchObject({ ...church, expires_at, token: 0, renew: false, clock: null, foreign: true })
    expect(read.term_ms).toBeGreaterThan(0)
    expect(isRecord('slot', slotOf(read))).toBe(true)
  })

  const slotOf = (read: object) => ({
    version: 1,
    op: '',
    at: '',
    by: '',
    op_id: '',
    prev_op: null,
    counter: 1,
    changes: [],
    claims: [read],
  })

  test('ours keeps its id, its token and whether it renews', () => {
    const native = scriptClaim({ claim_id: 'id-1', token: 7 })
    expect(ofFile(native)).toMatchObject({ claim_id: 'id-1', token: 7, renew: true })
    expect(ofFile(native).foreign).toBeUndefined()
    expect(ofFile({ ...native, renew: false }).renew).toBe(false)
    expect([isNative(native), isNative(scriptClaim()), isNative(scriptClaim({ claim_id: '' }))]).toEqual([
      true,
      false,
      false,
    ])
  })

  test("a script's claim of token 99 gets no token from that", () => {
    expect(ofFile(scriptClaim({ token: 99 })).token).toBe(0)
  })

  test('unknown fields survive', () => {
    expect(ofFile(scriptClaim({ colour: 'blue' } as Partial<Claim>))).toMatchObject({ colour: 'blue' })
  })

  test('two claims of one script are told apart by when they were made', () => {
    expect(ofFile(scriptClaim({ claimed_at: iso(NOW + 1) })).claim_id).not.toBe(script.claim_id)
    expect(ofFile(scriptClaim({ claimed_by: 'other' })).claim_id).not.toBe(script.claim_id)
    expect(ofFile(scriptClaim()).claim_id).toBe(script.claim_id)
  })
})

describe('reconciling a domain with the visible file', () => {
  const renewedScript = ofFile(scriptClaim({ claimed_at: iso(NOW + MINUTE) }))
  const ours = lease()
  test.each([
    ['nothing held, no file', [], null, false, [], null],
    ['nothing held, our own file: a projection, never adopted', [], ours, false, [], null],
    ["nothing held, a script's file", [], script, false, [script], script],
    ['ours held, file gone', [ours], null, false, [ours], null],
    ['ours held, file gone, rm releases', [ours], null, true, [], null],
    ['ours held, file there, rm releases', [ours], ours, true, [ours], null],
    ['ours held, a script overwrote the file', [ours], script, false, [ours], null],
    ['ours held, a script overwrote the file, rm releases', [ours], script, true, [ours], null],
    ['adopted, file there', [adopted], script, false, [adopted], null],
    ['adopted, file gone', [adopted], null, false, [], null],
    ['adopted, a newer script file', [adopted], renewedScript, false, [renewedScript], renewedScript],
    ['adopted, our own file in its place', [adopted], ours, false, [], null],
  ])('%s', (_what, claims, visible, rmReleases, expected, unknown) => {
    const seen = reconcile(holdings(...claims), church, visible, rmReleases)
    expect(seen.holdings.claims).toEqual(expected)
    expect(seen.unknown).toEqual(unknown)
    expect(seen.holdings.counter).toBe(holdings(...claims).counter)
  })

  test('claims of other resources stay', () => {
    const other = lease({ resource_name: 'other', foreign: true })
    expect(reconcile(holdings(other, adopted), church, null).holdings.claims).toEqual([other])
  })
})

describe('adopting', () => {
  test("a script's claim gets a token and keeps everything else", () => {
    const seen = reconcile(holdings(), church, script)
    const decision = adopt(seen.holdings, script)
    expect(decision).toMatchObject({ kind: 'append', op: 'adopt', result: adopted })
    expect(decision).toMatchObject({
      holdings: { counter: 8, claims: [adopted] },
      changes: [{ act: 'adopt', token: 8 }],
    })
  })

  test('it holds against others until it expires, then it is taken over', () => {
    const wish = { by: 'two', resources: [church], term_ms: HOUR, claim_ids: ['n'], renew: true, fields: {} }
    const ask = (after: number) => decideClaim(holdings(adopted), wish, moment(after), MARGIN, () => null)
    expect(ask(MINUTE)).toMatchObject({ kind: 'refuse', code: 'held', lease: adopted })
    expect(ask(2 * HOUR)).toMatchObject({
      kind: 'append',
      result: [{ took_over: [adopted], claim: { token: 9 } }],
    })
  })
})

describe('the claims of all ledgers and all files', () => {
  const ours = lease()
  const file = ofFile({ ...scriptClaim(), claim_id: 'id-1', token: 7 })
  const elsewhere = ofFile(scriptClaim({ resource_name: 'elsewhere' }))
  test.each([
    ["a ledger's claim and its file", [ours], [file], [ours], []],
    ["a ledger's claim without its file has drifted", [ours], [], [ours], [ours]],
    ["a ledger's claim under a script's file has drifted", [ours], [script], [ours], [ours]],
    ['a file of before a transfer has drifted', [ours], [{ ...file, token: 6 }], [ours], [ours]],
    ['an adopted claim and its file', [adopted], [script], [adopted], []],
    ['an adopted claim without its file is released', [adopted], [], [], []],
    ["a script's file that no ledger knows", [ours], [file, elsewhere], [ours, elsewhere], []],
    ['a file under another spelling', [ours], [{ ...file, resource_name: 'CHURCH' }], [ours], []],
  ])('%s', (_what, ledgers, files, leases, drifted) => {
    expect(mergeClaims(ledgers, files)).toEqual({ leases, drifted })
  })
})
