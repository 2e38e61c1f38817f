/** What Prometheus asks for: its text format, version 0.0.4. */
import type { Overview } from '../../operations/overview.ts'
import type { Hub } from './hub.ts'

type Sample = [labels: Record<string, string>, value: number]

/** The metrics of a room at one moment, and of the streams. */
export function metricsOf(
  overview: Overview,
  { clients, looks, dropped }: ReturnType<Hub['counts']>,
): string {
  const { sessions, claims, unread, needs } = overview
  return [
    gauge(
      'sessions',
      'Live sessions by what they do.',
      by(
        'status',
        sessions.map(({ status }) => status),
      ),
    ),
    gauge(
      'sessions_liveness',
      'Live sessions by their last sign of life.',
      by(
        'level',
        sessions.map(({ liveness }) => liveness.level),
      ),
    ),
    gauge('claims', 'Claims by whether they still hold.', [
      [{ state: 'held' }, claims.filter(({ expired }) => !expired).length],
      [{ state: 'expired' }, claims.filter(({ expired }) => expired).length],
    ]),
    gauge('messages_unread', 'Messages that the person has not read.', [[{ reader: 'human' }, unread]]),
    gauge('needs', 'What needs an act.', [[{}, needs.length]]),
    gauge('problems', 'Files of the room that are not as they should be.', [[{}, overview.problems.length]]),
    gauge('stream_clients', 'Clients of the streams.', [[{}, clients]]),
    metric('counter', 'looks_total', 'Looks at the room for the streams.', [[{}, looks]]),
    metric('counter', 'stream_dropped_total', 'Clients let go for reading nothing.', [[{}, dropped]]),
  ].join('')
}

function by(label: string, values: string[]): Sample[] {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort().map(([value, count]) => [{ [label]: value }, count])
}

const gauge = (name: string, help: string, samples: Sample[]) => metric('gauge', name, help, samples)

function metric(type: string, name: string, help: string, samples: Sample[]): string {
  const lines = samples.map(([labels, value]) => `coord_${name}${labelsText(labels)} ${value}\n`)
  return `# HELP coord_${name} ${help}\n# TYPE coord_${name} ${type}\n${lines.join('')}`
}

function labelsText(labels: Record<string, string>): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return all.length === 0 ? '' : `{${all.join(',')}}`
}

/** States are words that anybody may write into a file. */
const escaped = (text: string) => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
