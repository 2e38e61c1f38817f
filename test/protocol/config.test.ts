import { describe, expect, test } from 'vitest'
import { DEFAULT_CONFIG, PROTOCOL_VERSION, readConfig } from '../../src/protocol/config.ts'
import { DAY, HOUR, MINUTE, SECOND } from './samples.ts'

const DEFAULTS = {
  sessions: {
    staleAfter: 5 * MINUTE,
    silentAfter: 15 * MINUTE,
    goneAfter: 30 * MINUTE,
    archiveAfter: HOUR,
    abandonAfter: DAY,
  },
  heartbeats: { retention: DAY },
  claims: {
    defaultFor: 4 * HOUR,
    maxFor: 7 * DAY,
    autoRenew: true,
    skewMargin: 30 * SECOND,
    durability: 'power',
  },
  messages: { boardWindow: HOUR, retention: 30 * DAY, maxBytes: 65_536 },
  hooks: { autoClaim: true, leaseFor: 15 * MINUTE },
  git: { branch: 'coordination', publishHost: false, track: false },
  compat: { rmReleases: false, legacyStatusLink: null, statusDir: null },
}

describe('defaults', () => {
  test.each([
    ['no config.json', undefined],
    ['an empty one', {}],
    ['what init writes', DEFAULT_CONFIG],
  ])('%s means every default, in milliseconds', (_what, value) => {
    expect(readConfig(value)).toEqual({ config: DEFAULTS, version: PROTOCOL_VERSION, problems: [] })
  })

  test.each([[null], [[]], ['text'], [7], [true]])(
    '%j is no object: defaults are used and that is said',
    (value) => {
      const { config, problems } = readConfig(value)
      expect(config).toEqual(DEFAULTS)
      expect(problems).toEqual(['is not a JSON object; defaults are used'])
    },
  )
})

describe('values', () => {
  test.each([
    ['sessions', 'staleAfter', '90s', 90 * SECOND],
    ['claims', 'defaultFor', '2 days', 2 * DAY],
    ['claims', 'autoRenew', false, false],
    ['claims', 'durability', 'process', 'process'],
    ['messages', 'maxBytes', 1000, 1000],
    ['git', 'branch', 'rooms/main', 'rooms/main'],
    ['git', 'publishHost', true, true],
    ['git', 'track', true, true],
    ['compat', 'rmReleases', true, true],
    ['compat', 'legacyStatusLink', '~/.claude/status.json', '~/.claude/status.json'],
    ['compat', 'legacyStatusLink', null, null],
  ])('%s.%s takes %j', (section, key, given, expected) => {
    const { config, problems } = readConfig({ [section]: { [key]: given } })
    expect(problems).toEqual([])
    expect(config).toEqual({ ...DEFAULTS, [section]: { ...DEFAULTS[section as 'git'], [key]: expected } })
  })

  test.each([
    ['sessions', 'staleAfter', 'soon'],
    ['sessions', 'staleAfter', 300],
    ['sessions', 'goneAfter', null],
    ['sessions', 'silentAfter', '-5m'],
    ['heartbeats', 'retention', '90'],
    ['claims', 'autoRenew', 'yes'],
    ['claims', 'durability', 'disk'],
    ['messages', 'maxBytes', 0],
    ['messages', 'maxBytes', 1.5],
    ['messages', 'maxBytes', '64k'],
    ['git', 'branch', ''],
    ['git', 'branch', '-x'],
    ['git', 'branch', 'a..b'],
    ['git', 'branch', 'a b'],
    ['git', 'branch', 'x.lock'],
    ['git', 'branch', '/x'],
    ['git', 'publishHost', 1],
    ['git', 'track', 'yes'],
    ['compat', 'legacyStatusLink', 7],
    ['compat', 'statusDir', false],
  ])('%s.%s refuses %j: the default is used and the value named', (section, key, given) => {
    const { config, problems } = readConfig({ [section]: { [key]: given } })
    expect(config).toEqual(DEFAULTS)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`"${section}.${key}" can't be ${JSON.stringify(given)}`)
  })

  test('a section that is no object is named, its defaults are used', () => {
    const { config, problems } = readConfig({ claims: '4h' })
    expect(config).toEqual(DEFAULTS)
    expect(problems).toEqual(['"claims" is not an object; its defaults are used'])
  })

  test('one bad value leaves the good ones beside it', () => {
    const { config, problems } = readConfig({ sessions: { staleAfter: '1m', goneAfter: 'x' } })
    expect(config.sessions).toEqual({ ...DEFAULTS.sessions, staleAfter: MINUTE })
    expect(problems).toHaveLength(1)
  })
})

describe('keys and versions', () => {
  test.each([
    [{ colour: 'blue' }, 'unknown key "colour"'],
    [{ sessions: { stale: '5m' } }, 'unknown key "sessions.stale"'],
    [{ constructor: 1 }, 'unknown key "constructor"'],
    [{ git: { toString: 1 } }, 'unknown key "git.toString"'],
    [JSON.parse('{"__proto__": {"x": 1}}'), 'unknown key "__proto__"'],
  ])('%j has an unknown key, which is named', (value, problem) => {
    expect(readConfig(value)).toEqual({ config: DEFAULTS, version: PROTOCOL_VERSION, problems: [problem] })
  })

  test('a newer version is reported as it stands', () => {
    expect(readConfig({ version: 2 })).toEqual({ config: DEFAULTS, version: 2, problems: [] })
  })

  test.each([['one'], [null], [{}], [0], [1.5]])(
    'the version %j is none: ours is assumed and that is said',
    (version) => {
      const read = readConfig({ version })
      expect(read.version).toBe(PROTOCOL_VERSION)
      expect(read.problems).toEqual([
        `"version" can't be ${JSON.stringify(version)}; ${PROTOCOL_VERSION} is used`,
      ])
    },
  )
})
