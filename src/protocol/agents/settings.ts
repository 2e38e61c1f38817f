/** An agent's settings with coord's entries in them, or without. Nothing else changes, to the byte (json-text.ts). */
import {
  insertChild,
  memberOf,
  type Node,
  parseJson,
  propertyOf,
  removeChild,
  replaceValue,
} from './json-text.ts'
import { callsHook, isOwnHandler, isOwnStatusLine } from './lines.ts'
import { type Agent, entriesFor, type Handler } from './table.ts'

/** What is to stand in some settings. */
export interface Wanted {
  run: Handler
  /** The line for the status, where the agent has one and nobody else's is in the way. */
  status: string | null
}

/** The text of new settings that hold nothing but ours. */
export function newSettings(agent: Agent, wanted: Wanted): string {
  const hooks = Object.fromEntries(entriesFor(agent, wanted.run).map(([event, entry]) => [event, [entry]]))
  return `${JSON.stringify({ hooks, ...statusOf(wanted), ...agent.head }, null, 2)}\n`
}

const statusOf = ({ status }: Wanted) =>
  status === null ? {} : { statusLine: { type: 'command', command: status } }

/** A place in settings that has another form than the agent documents. */
export type Misfit = { misfit: string; offset: number }

/** The first place where the settings are not as we have to know them; null where there is none. */
export function misfitIn(text: string): Misfit | null {
  const root = rootOf(text)
  if (root.type !== 'object') return { misfit: 'is no JSON object', offset: root.offset }
  const twice = (root.children ?? []).filter((property) => property.children?.[0]?.value === 'hooks')
  if (twice.length > 1) return { misfit: 'has "hooks" twice', offset: twice[1]!.offset }
  const hooks = memberOf(root, 'hooks')
  if (hooks && hooks.type !== 'object')
    return { misfit: 'has "hooks" that are no object', offset: hooks.offset }
  const names = (hooks?.children ?? []).map((property) => property.children![0]!)
  const again = names.find(({ value }, at) => names.findIndex((other) => other.value === value) < at)
  if (again) return { misfit: `has hooks for "${again.value}" twice`, offset: again.offset }
  const odd = hooks?.children?.find((property) => property.children?.[1]?.type !== 'array')
  return odd
    ? { misfit: `has hooks for "${odd.children![0]!.value}" that are no list`, offset: odd.offset }
    : null
}

function rootOf(text: string): Node {
  const parsed = parseJson(text)
  if ('root' in parsed) return parsed.root
  throw new Error(`settings ${parsed.trouble}`)
}

/** The settings with ours as they are wanted now; the same text where they are already. Lines of ours that changed stay in their place. */
export function withOurs(text: string, agent: Agent, wanted: Wanted): string {
  const entries = entriesFor(agent, wanted.run)
  let edited = text
  for (const [event, entry] of entries) edited = withEntry(edited, event, entry, agent)
  const names = memberOf(rootOf(edited), 'hooks')!.children!.map(({ children }) => children![0]!.value)
  for (const name of names)
    if (!entries.some(([event]) => event === name)) edited = withoutEvent(edited, agent, String(name)).text
  return withStatus(edited, wanted)
}

/** A node's value as JSON has it. */
function valueIn(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueIn)
  if (node.type !== 'object') return node.value
  return Object.fromEntries(
    (node.children ?? []).map(({ children }) => [children![0]!.value, children![1] && valueIn(children![1])]),
  )
}

const sameJson = (one: unknown, other: unknown) =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}

/** The places of our handlers in an entry: of a group, in its list; of a single handler, one. */
function ownIn(entry: unknown, agent: Agent): number[] {
  if (agent.shape === 'flat') return isOwnHandler(entry, agent.name) ? [0] : []
  const hooks = (entry as { hooks?: unknown } | null)?.hooks
  return Array.isArray(hooks)
    ? hooks.flatMap((handler, at) => (isOwnHandler(handler, agent.name) ? [at] : []))
    : []
}

/** One entry of ours under an event: the last that is there brought up to date, in its place, and no other of ours. */
function withEntry(text: string, event: string, entry: Handler, agent: Agent): string {
  const root = rootOf(text)
  const hooks = memberOf(root, 'hooks')
  if (!hooks) return insertChild(text, root, { [event]: [entry] }, 'hooks')
  const list = memberOf(hooks, event)
  if (!list) return insertChild(text, hooks, [entry], event)
  const last = list.children?.findLast((each) => ownIn(valueIn(each), agent).length > 0)
  if (!last) return insertChild(text, list, entry)
  if (isShared(last, agent)) return withEntry(withoutEvent(text, agent, event).text, event, entry, agent)
  const current = sameJson(valueIn(last), entry) ? text : replaceValue(text, last, entry)
  return withoutEvent(current, agent, event, 1).text
}

/** Whether handlers of others stand in a group with ours. */
const isShared = (group: Node, agent: Agent) =>
  agent.shape === 'groups' &&
  ownIn(valueIn(group), agent).length < (memberOf(group, 'hooks')?.children?.length ?? 0)

function withStatus(text: string, wanted: Wanted): string {
  const { statusLine } = statusOf(wanted)
  const root = rootOf(text)
  const there = memberOf(root, 'statusLine')
  const value = there && valueIn(there)
  if (statusLine === undefined || (there && !isOwnStatusLine(value))) return text
  if (!there) return insertChild(text, root, statusLine, 'statusLine')
  if ((value as Handler).command === statusLine.command) return text
  const command = memberOf(there, 'command')!
  const [from, to] = [command.offset, command.offset + command.length]
  return text.slice(0, from) + JSON.stringify(statusLine.command) + text.slice(to)
}

/** The settings without ours; null where nothing else was ever in them, and the file is ours to remove. */
export function withoutOurs(text: string, agent: Agent): string | null {
  let edited = text
  let emptied = false
  if (isOwnStatusLine(settingIn(text, 'statusLine')))
    ({ text: edited, emptied } = withoutProperty(edited, 'statusLine'))
  for (const property of memberOf(rootOf(edited), 'hooks')?.children ?? []) {
    const event = property.children![0]!.value as string
    const result = withoutEvent(edited, agent, event)
    edited = result.text
    emptied ||= result.emptied
  }
  return emptied && isBlank(edited) ? null : edited
}

const isBlank = (text: string) => /^\s*\{\s*\}\s*$/.test(text)

/** Take our handlers of one event out, with the lists and groups that they alone filled; the last `spared` entries stay. */
function withoutEvent(
  text: string,
  agent: Agent,
  event: string,
  spared = 0,
): { text: string; emptied: boolean } {
  for (;;) {
    const hooks = memberOf(rootOf(text), 'hooks')
    const list = memberOf(hooks, event)
    const entries = list?.children ?? []
    const ours = entries.flatMap((entry, at) => (ownIn(valueIn(entry), agent).length > 0 ? [at] : []))
    if (ours.length <= spared) return { text, emptied: false }
    const at = ours[0]!
    const own = ownIn(valueIn(entries[at]!), agent)
    const handlers = agent.shape === 'flat' ? undefined : memberOf(entries[at], 'hooks')
    if (handlers && own.length < handlers.children!.length) {
      text = removeChild(text, handlers, own[0]!).text
      continue
    }
    const removed = removeChild(text, list!, at)
    text = removed.text
    if (!removed.emptied) continue
    const inHooks = removeProperty(text, memberOf(rootOf(text), 'hooks')!, event)
    if (!inHooks.emptied) return { text: inHooks.text, emptied: false }
    return withoutProperty(withoutHead(inHooks.text, agent), 'hooks')
  }
}

/** What a new file got beside its hooks goes with them: it stands behind them, as nobody else would put it. */
function withoutHead(text: string, agent: Agent): string {
  const names = Object.keys(agent.head)
  const root = rootOf(text)
  const there = (root.children ?? []).map((property) => property.children![0]!.value as string)
  if (names.length === 0 || there.join() !== ['hooks', ...names].join()) return text
  if (!names.every((name) => sameJson(valueIn(memberOf(root, name)!), agent.head[name]))) return text
  return names.reduce((now, name) => withoutProperty(now, name).text, text)
}

const withoutProperty = (text: string, name: string) => removeProperty(text, rootOf(text), name)

function removeProperty(text: string, object: Node, name: string): { text: string; emptied: boolean } {
  return removeChild(text, object, object.children!.indexOf(propertyOf(object, name)!))
}

function handlersIn(text: string, agent: Agent): Handler[] {
  const hooks = memberOf(rootOf(text), 'hooks')
  const entries = (hooks?.children ?? []).flatMap(({ children }) => valueIn(children![1]!) as Handler[])
  return entries.flatMap((entry) =>
    agent.shape === 'flat' ? [entry] : Array.isArray(entry?.hooks) ? (entry.hooks as Handler[]) : [],
  )
}

/** The commands of our handlers in some settings, each once. */
export function ownCommands(text: string, agent: Agent): string[] {
  const own = handlersIn(text, agent).filter((handler) => isOwnHandler(handler, agent.name))
  return [...new Set(own.map(({ command }) => String(command)))]
}

/** The commands of handlers that call coord's hook in a form of their owner's, each once. */
export function foreignCalls(text: string, agent: Agent): string[] {
  const calls = handlersIn(text, agent).filter(
    (handler) => callsHook(handler, agent.name) && !isOwnHandler(handler, agent.name),
  )
  return [...new Set(calls.map(({ command }) => String(command)))]
}

/** The events under which ours stand. */
export function ownEvents(text: string, agent: Agent): string[] {
  const events = memberOf(rootOf(text), 'hooks')?.children ?? []
  return events.flatMap(({ children }) => {
    const entries = valueIn(children![1]!) as unknown[]
    return entries.some((entry) => ownIn(entry, agent).length > 0) ? [children![0]!.value as string] : []
  })
}

/** A setting by the names that lead to it; undefined where there is none. */
export function settingIn(text: string, ...names: string[]): unknown {
  const node = names.reduce<Node | undefined>((at, name) => memberOf(at, name), rootOf(text))
  return node && valueIn(node)
}
