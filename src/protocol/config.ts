/** The thresholds of a room: `COORDINATION/config.json`, every key optional, a bad value replaced by its default and named. */
import { readDuration } from './time.ts'

/** All durations in milliseconds. */
export interface Config {
  sessions: {
    staleAfter: number
    silentAfter: number
    goneAfter: number
    archiveAfter: number
    abandonAfter: number
  }
  heartbeats: { retention: number }
  claims: {
    defaultFor: number
    maxFor: number
    autoRenew: boolean
    skewMargin: number
    durability: 'power' | 'process'
  }
  messages: { boardWindow: number; retention: number; maxBytes: number }
  hooks: { autoClaim: boolean; leaseFor: number }
  git: { branch: string; publishHost: boolean; track: boolean }
  compat: { rmReleases: boolean; legacyStatusLink: string | null; statusDir: string | null }
}

export const PROTOCOL_VERSION = 1
export const BOM = '\ufeff'

/** What `init` writes: every key with its default, in the form that people edit. */
export const DEFAULT_CONFIG = {
  version: PROTOCOL_VERSION,
  sessions: {
    staleAfter: '5m',
    silentAfter: '15m',
    goneAfter: '30m',
    archiveAfter: '1h',
    abandonAfter: '24h',
  },
  heartbeats: { retention: '24h' },
  claims: { defaultFor: '4h', maxFor: '7d', autoRenew: true, skewMargin: '30s', durability: 'power' },
  messages: { boardWindow: '1h', retention: '30d', maxBytes: 65536 },
  hooks: { autoClaim: true, leaseFor: '15m' },
  git: { branch: 'coordination', publishHost: false, track: false },
  compat: { rmReleases: false, legacyStatusLink: null, statusDir: null },
} as const

/** The value in the text of a `config.json`, which may begin with a byte order mark, as editors write it. Throws what `JSON.parse` does. */
export function parseConfig(text: string): unknown {
  return JSON.parse(text.startsWith(BOM) ? text.slice(1) : text)
}

type Reader = (value: unknown) => unknown
type Group = Record<string, unknown>

const BRANCH = /^(?![-/.]|.*(?:\/\/|\/\.|\.\.|@\{|\.lock(?:\/|$)|\/$|\.$))[^\s~^:?*[\\\u0000-\u001f\u007f]+$/

/** How a value of a key is read, chosen by its default; undefined means "not acceptable". */
const readers: Record<string, Reader> = {
  durability: (value) => (value === 'power' || value === 'process' ? value : undefined),
  branch: (value) => (typeof value === 'string' && BRANCH.test(value) ? value : undefined),
  legacyStatusLink: (value) => (value === null || typeof value === 'string' ? value : undefined),
  statusDir: (value) => (value === null || typeof value === 'string' ? value : undefined),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  number: (value) => (Number.isSafeInteger(value) && (value as number) > 0 ? value : undefined),
  string: (value) => readDuration(value) ?? undefined,
}
const readerOf = (key: string, fallback: unknown) => readers[key] ?? readers[typeof fallback]!

/**
 * The effective config of a parsed `config.json` (undefined: none) and what was wrong with it, one text each.
 * `version` is what the file says; a newer one must not be written to.
 */
export function readConfig(value: unknown): { config: Config; version: number; problems: string[] } {
  const problems: string[] = []
  const source = isGroup(value) ? value : {}
  if (value !== undefined && !isGroup(value)) problems.push('is not a JSON object; defaults are used')
  const config: Record<string, Group> = {}
  for (const [section, defaults] of Object.entries(DEFAULT_CONFIG)) {
    if (isGroup(defaults)) config[section] = readSection(section, defaults, source[section], problems)
  }
  for (const key of Object.keys(source)) {
    if (!Object.hasOwn(DEFAULT_CONFIG, key)) problems.push(`unknown key "${key}"`)
  }
  const version = readVersion(source.version, problems)
  return { config: config as unknown as Config, version, problems }
}

function readVersion(given: unknown, problems: string[]): number {
  const version = Number(given ?? PROTOCOL_VERSION)
  if (given !== null && Number.isSafeInteger(version) && version > 0) return version
  problems.push(`"version" can't be ${JSON.stringify(given)}; ${PROTOCOL_VERSION} is used`)
  return PROTOCOL_VERSION
}

/** The default durations, read already. */
const DURATIONS: Record<string, number> = {
  '30s': 30_000,
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
}

function readSection(section: string, defaults: Group, given: unknown, problems: string[]): Group {
  const values = isGroup(given) ? given : {}
  if (given !== undefined && !isGroup(given))
    problems.push(`"${section}" is not an object; its defaults are used`)
  for (const key of Object.keys(values))
    if (!Object.hasOwn(defaults, key)) problems.push(`unknown key "${section}.${key}"`)
  const result: Group = {}
  for (const [key, fallback] of Object.entries(defaults)) {
    const read = readerOf(key, fallback)
    const value = values[key] === undefined ? undefined : read(values[key])
    if (value === undefined && values[key] !== undefined) {
      problems.push(
        `"${section}.${key}" can't be ${JSON.stringify(values[key])}; ${JSON.stringify(fallback)} is used`,
      )
    }
    result[key] = value === undefined ? (DURATIONS[String(fallback)] ?? read(fallback)) : value
  }
  return result
}

/** Whether a parsed value is a JSON object, as `config.json` and its sections must be. */
export const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
