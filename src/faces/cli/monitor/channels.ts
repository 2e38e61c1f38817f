/** The ways on which alerts are told. Each has one at a time, in order, and none holds up the monitor. */
import { invalid } from '../../../protocol/errors.ts'
import { clip, visible } from '../../../protocol/escape.ts'
import type { Alert } from '../../../protocol/records.ts'
import { sha256 } from '../../../store/entropy.ts'
import type { Host } from '../execute.ts'
import { isTerminal, write } from '../output.ts'
import { runTask } from './run.ts'

/** What an alert is told as: its record, and the room it is of. */
type Told = Alert & { room: string }

interface Channel {
  /** What it is known by in the room: two of one key tell an alert once. */
  key: string
  label: string
  tell(alert: Told, signal: AbortSignal): Promise<unknown>
}

const EXEC_MS = 30_000
const NOTIFY_MS = 5000
const WEBHOOK_MS = 10_000

/** The channels that were asked for. What a command writes goes on to those outputs of ours that `isPassed` names. Throws `invalid` for a URL that is none. */
export function channelsOf(
  { bell, notify, exec, webhook }: { bell?: boolean; notify?: boolean; exec?: string; webhook?: string },
  host: Host,
  isPassed: (fd: 1 | 2) => boolean,
): Channel[] {
  const keyOf = (kind: string, what: string) => `${kind}-${sha256(what).slice(0, 8)}`
  const channels: Channel[] = []
  if (bell && isTerminal(1))
    channels.push({ key: 'bell', label: 'the bell', tell: async () => write(1, '\x07') })
  if (notify)
    channels.push({
      key: 'notify',
      label: NOTIFIER,
      tell: (alert, signal) => notifyDesktop(alert, host, signal),
    })
  if (exec !== undefined)
    channels.push({
      key: keyOf('exec', exec),
      label: `--exec "${clip(exec, 60)}"`,
      tell: (alert, signal) =>
        runTask('sh', ['-c', exec], {
          input: `${JSON.stringify(alert)}\n`,
          timeout_ms: EXEC_MS,
          env: host.env,
          signal,
          heard: (out, err) => {
            if (isPassed(1)) passOn(1, out)
            if (isPassed(2)) passOn(2, err)
          },
        }),
    })
  if (webhook !== undefined) {
    const url = checkUrl(webhook)
    channels.push({
      key: keyOf('webhook', webhook),
      label: `the webhook at ${url.host}`,
      tell: (alert, signal) => post(url, alert, signal),
    })
  }
  return channels
}

/** A terminal obeys nothing of it: it may repeat what sessions say. */
function passOn(fd: 1 | 2, text: string): void {
  if (text !== '') write(fd, isTerminal(fd) ? visible(text, 'block') : text)
}

function checkUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url && /^https?:$/.test(url.protocol)) return url
  throw invalid('webhook', `--webhook "${text}" is no URL`, 'e.g. --webhook https://example.org/hook')
}

const NOTIFIER = process.platform === 'darwin' ? 'osascript' : 'notify-send'
const URGENCY = { notice: 'low', warning: 'normal', critical: 'critical' } as const
const APPLE = ['on run argv', 'display notification (item 2 of argv) with title (item 1 of argv)', 'end run']

function notifyDesktop({ kind, severity, text }: Told, { env }: Host, signal: AbortSignal): Promise<string> {
  const words = [`coord: ${kind.replace('_', ' ')}`, clip(visible(text), 300)]
  const task = { timeout_ms: NOTIFY_MS, env, signal }
  return NOTIFIER === 'osascript'
    ? runTask(NOTIFIER, [...APPLE.flatMap((line) => ['-e', line]), ...words], task)
    : runTask(NOTIFIER, ['--app-name=coord', `--urgency=${URGENCY[severity]}`, '--', ...words], task)
}

async function post(url: URL, alert: Told, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alert),
    signal: AbortSignal.any([signal, AbortSignal.timeout(WEBHOOK_MS)]),
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`answered ${response.status}`)
}

export interface Teller {
  /** Tell alerts on each channel that may (`may`); returns at once. */
  tell(alerts: Alert[], room: string, may: (alert: Alert, channel: string) => boolean): void
  /** When all is told. */
  settled(): Promise<void>
}

/** Who tells alerts. A channel that fails says so once, and again when it failed after it had worked. */
export function tellerOf(channels: Channel[], signal: AbortSignal, say: (text: string) => void): Teller {
  const queues = new Map(channels.map(({ key }) => [key, Promise.resolve()]))
  const failed = new Set<string>()
  const tellOne = async ({ key, label, tell }: Channel, alert: Told) => {
    if (signal.aborted) return
    try {
      await tell(alert, signal)
      failed.delete(key)
    } catch (error) {
      if (!signal.aborted && !failed.has(key)) say(`${label} ${reasonOf(error)}`)
      failed.add(key)
    }
  }
  return {
    tell(alerts, room, may) {
      for (const channel of channels)
        for (const alert of alerts)
          if (may(alert, channel.key))
            queues.set(
              channel.key,
              queues.get(channel.key)!.then(() => tellOne(channel, { ...alert, room })),
            )
    },
    async settled() {
      await Promise.all(queues.values())
    },
  }
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } }
  if (name === 'TimeoutError') return `did not answer within ${WEBHOOK_MS / 1000} s`
  return cause ? `could not be reached (${cause.code ?? cause.message})` : message
}
