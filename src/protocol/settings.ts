/** The settings of a room one by one: dotted keys of `config.json`, judged by the rules of config.ts. Values stay as they are written. */
import { DEFAULT_CONFIG, isGroup, readConfig } from './config.ts'
import { invalid } from './errors.ts'
import { nearest } from './names.ts'
import { quote } from './needs.ts'

type Group = Record<string, unknown>

/** A setting as people see it. `value` is what counts, a duration as it was written; `trouble` tells why what is written does not. */
export interface Setting {
  key: string
  value: unknown
  default: unknown
  is_default: boolean
  trouble?: string
}

/** Every dotted key with its default, in the order of the file. */
export function settingDefaults(): Map<string, unknown> {
  const sections = Object.entries(DEFAULT_CONFIG).flatMap(([section, keys]) =>
    isGroup(keys) ? Object.entries(keys).map(([key, value]) => [`${section}.${key}`, value] as const) : [],
  )
  return new Map(sections)
}

/** Throws `invalid`, naming the nearest keys, for a key that no room has. */
export function checkKey(key: string): void {
  const keys = [...settingDefaults().keys()]
  if (keys.includes(key)) return
  const ends = keys.filter((each) => each.split('.')[1] === key)
  const suggestions = ends.length > 0 ? ends : nearestKeys(key, keys)
  const near = suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}? ` : ''
  throw invalid('key', `there is no setting "${key}"`, `${near}coord config get lists them.`, { suggestions })
}

/** The name of a group of settings, such as `claims`. */
export function isGroupName(key: string): boolean {
  return [...settingDefaults().keys()].some((each) => each.startsWith(`${key}.`))
}

/** By the whole key, else by its last part alone. */
function nearestKeys(key: string, keys: string[]): string[] {
  const whole = nearest(key, keys)
  if (whole.length > 0) return whole
  const last = key.split('.').at(-1)!
  const near = nearest(
    last,
    keys.map((each) => each.split('.')[1]!),
  )
  return keys.filter((each) => near.includes(each.split('.')[1]!)).slice(0, 3)
}

/** The settings of a parsed `config.json`. */
export function listSettings(source: Group): Setting[] {
  return [...settingDefaults()].map(([key, fallback]) => {
    const written = writtenAt(source, key)
    const trouble = written === undefined ? null : troubleOf(key, written)
    const value = written === undefined || trouble !== null ? fallback : written
    const same = meaningOf(key, value) === meaningOf(key, fallback)
    return { key, value, default: fallback, is_default: same, ...(trouble === null ? {} : { trouble }) }
  })
}

/** What is written for a key; undefined where nothing is. */
export function writtenAt(source: Group, key: string): unknown {
  const [section, name] = key.split('.') as [string, string]
  const group = Object.hasOwn(source, section) ? source[section] : undefined
  return isGroup(group) && Object.hasOwn(group, name) ? group[name] : undefined
}

const alone = (key: string, value: unknown) => {
  const [section, name] = key.split('.') as [string, string]
  return readConfig({ [section]: { [name]: value } })
}

/** What the rules of the config say against a value, or null. */
function troubleOf(key: string, value: unknown): string | null {
  return alone(key, value).problems.length > 0 ? `can't be ${JSON.stringify(value)}` : null
}

/** What a value stands for: durations in milliseconds. */
function meaningOf(key: string, value: unknown): unknown {
  const [section, name] = key.split('.') as [string, string]
  return (alone(key, value).config as unknown as Record<string, Group>)[section]![name]
}

/** The first of each pair must not be longer than the second. */
const ORDER: [shorter: string, longer: string][] = [
  ['claims.defaultFor', 'claims.maxFor'],
  ['sessions.staleAfter', 'sessions.silentAfter'],
  ['sessions.silentAfter', 'sessions.goneAfter'],
]

interface Contradiction {
  /** The setting that is too long, and the one that it must not pass, with its value. */
  key: string
  other: string
  limit: unknown
  detail: string
}

/** Settings that contradict each other in a parsed `config.json`. */
export function contradictions(source: Group): Contradiction[] {
  const settings = new Map(listSettings(source).map((setting) => [setting.key, setting.value]))
  return ORDER.flatMap(([key, other]) => {
    const [value, limit] = [settings.get(key), settings.get(other)]
    if (Number(meaningOf(key, value)) <= Number(meaningOf(other, limit))) return []
    return [
      { key, other, limit, detail: `${key} (${shown(value)}) is longer than ${other} (${shown(limit)})` },
    ]
  })
}

/** Throws `invalid`, naming both settings, if a changed one contradicts another and did not before. */
export function checkAgainstOthers(before: Group, source: Group, changed: string, value: unknown): void {
  const known = new Set(contradictions(before).map(({ detail }) => detail))
  const found = contradictions(source).find(
    ({ key, other, detail }) => (key === changed || other === changed) && !known.has(detail),
  )
  if (!found) return
  const [other, bound] = found.key === changed ? [found.other, 'at most'] : [found.key, 'at least']
  const limit = shown(listSettings(source).find(({ key }) => key === other)?.value)
  const hint = `Take ${bound} ${limit}, or first: coord config set ${other} ${quote(shown(value))}`
  throw invalid('value', found.detail, hint)
}

/** A value as typed, in the form that stands in the file. Throws `invalid` with what the key takes. */
export function readValue(key: string, text: string): unknown {
  checkKey(key)
  if (text === '' && settingDefaults().get(key) === null)
    throw invalid('value', `${key} can't be empty`, `${takes(key)} coord config set ${key} null`)
  const value = [asJson(text), text].find((form) => form !== undefined && troubleOf(key, form) === null)
  if (value !== undefined) return value
  throw invalid(
    'value',
    `${key} can't be "${text}"`,
    `${takes(key)} The default is ${shown(settingDefaults().get(key))}.`,
  )
}

/** `true`, `60000` and `null` are meant as such wherever the key takes them. */
function asJson(text: string): unknown {
  return /^(true|false|null|\d{1,16})$/.test(text) ? JSON.parse(text.replace(/^0+(?=\d)/, '')) : undefined
}

function takes(key: string): string {
  if (key === 'claims.durability') return 'It takes power or process.'
  if (key === 'git.branch') return 'It takes the name of a branch.'
  const fallback = settingDefaults().get(key)
  if (typeof fallback === 'boolean') return 'It takes true or false.'
  if (typeof fallback === 'number') return 'It takes a whole number above 0.'
  return fallback === null
    ? 'It takes a path, or null, which turns it off.'
    : 'It takes a duration: 90s, 45m, 4h, 2 days.'
}

/** The values that a key has a choice of; none where it takes any. */
export function choicesOf(key: string): string[] {
  if (key === 'claims.durability') return ['power', 'process']
  return typeof settingDefaults().get(key) === 'boolean' ? ['true', 'false'] : []
}

/** A value as people read and type it. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A parsed `config.json` with one value changed; everything else stays, in its order. */
export function withValue(source: Group, key: string, value: unknown): Group {
  const [section, name] = key.split('.') as [string, string]
  const group = Object.hasOwn(source, section) ? source[section] : {}
  if (!isGroup(group))
    throw invalid(
      'config.json',
      `config.json: "${section}" is not an object`,
      `Mend it by hand: { "${name}": … }.`,
    )
  return { ...source, [section]: { ...group, [name]: value } }
}

/** The indentation that a JSON text is written with; two spaces where it shows none. */
export function indentOf(text: string): string {
  return /^[{[]\r?\n([ \t]+)/.exec(text.trimStart())?.[1] ?? '  '
}
