/** The page of one session: what is known of it, and what it did. */
import { useEffect, useState } from 'preact/hooks'
import type { LiveSession } from '../../../protocol/live/sessions.ts'
import { parseInstant } from '../../../protocol/time.ts'
import { writeTo } from '../model/acting.ts'
import { read } from '../model/api.ts'
import { type Act, type Run, runsOf } from '../model/runs.ts'
import { useShown } from '../model/state.ts'
import { Progress, Sign, waitsFor } from './card.tsx'
import { Ago, Clock, Say, StateMark } from './text.tsx'

/** Reached by `#/session/ID`. */
export function SessionPage({ id }: { id: string }) {
  const row = useShown(({ overview }) => overview?.sessions.find(({ session_id }) => session_id === id))
  const [isMissing, setUnknown] = useState(false)
  const isUnknown = isMissing && !row
  return (
    <section class="band" aria-labelledby="session-title">
      <p>
        <a href="#/">← all sessions</a>
      </p>
      <div class="title">
        <h1 id="session-title">
          {row && <StateMark status={row.status} />} <Say text={row?.label ?? id} />
        </h1>
        {row?.registered && (
          <button type="button" class="small" onClick={() => writeTo(id)}>
            Message
          </button>
        )}
      </div>
      {row && !row.registered && (
        <p class="none">It only pushes: nothing reads messages under this name, so none can be sent to it.</p>
      )}
      {row ? (
        <Facts row={row} />
      ) : (
        <p class="none">
          {isUnknown
            ? 'There is no such session.'
            : 'It is not in the live view any more; its history is below.'}
        </p>
      )}
      {!isUnknown && <History id={id} sign={row?.timestamp ?? null} missing={setUnknown} />}
    </section>
  )
}

function Facts({ row }: { row: LiveSession }) {
  const held = useShown(({ overview }) => overview?.claims)?.filter(
    ({ claimed_by }) => claimed_by === row.session_id,
  )
  const { agent, model, branch, target, phase, message, next_action, task_id, started_at, context_pct } = row
  const facts: [string, string | null][] = [
    ['Works on', target],
    ['Phase', phase],
    ['Says', message],
    ['Next', next_action],
    ['Task', task_id],
    ['Waits for', waitsFor(row)],
    ['Agent', [agent, model].filter(Boolean).join(' · ') || null],
    ['Branch', branch],
    ['Context', context_pct === null ? null : `${Math.round(context_pct)}% full`],
    ['Agents below', row.agents > 0 ? String(row.agents) : null],
    ['Id', row.session_id],
  ]
  return (
    <dl class="facts">
      <div>
        <dt>State</dt>
        <dd>
          <Say text={row.status} /> · <Sign row={row} />
        </dd>
      </div>
      {row.progress !== null && (
        <div>
          <dt>Progress</dt>
          <dd>
            <Progress row={row} />
          </dd>
        </div>
      )}
      {facts.map(([name, text]) =>
        text === null || text === '' ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Say text={text} />
            </dd>
          </div>
        ),
      )}
      {started_at && (
        <div>
          <dt>Started</dt>
          <dd>
            <Ago at={started_at} />
          </dd>
        </div>
      )}
      {held && held.length > 0 && (
        <div>
          <dt>Holds</dt>
          <dd>
            {held.map((claim) => (
              <p key={claim.token}>
                <Say text={`${claim.resource_type}/${claim.resource_name}`} />{' '}
                <span class="muted">
                  {claim.provisional ? 'provisional, ' : ''}
                  {claim.kept_for ? 'kept for it, not claimed yet, ' : ''}
                  {claim.expired ? 'expired' : 'expires'} <Ago at={claim.expires_at} />
                  {claim.note ? ': ' : ''}
                  <Say text={claim.note} />
                </span>
              </p>
            ))}
          </dd>
        </div>
      )}
    </dl>
  )
}

const MOST = 200

/** Its status lines, newest first; read again when it gives a sign. */
function History({
  id,
  sign,
  missing,
}: {
  id: string
  sign: string | null
  missing(isMissing: boolean): void
}) {
  const [acts, setActs] = useState<Run[] | null>(null)
  const [fault, setFault] = useState<string | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new sign is a reason to read anew
  useEffect(() => {
    let isWanted = true
    void read<{ acts: Act[] }>('history', { session_id: id, limit: String(MOST) }).then((answer) => {
      if (!isWanted) return
      if (answer.ok) setActs(runsOf(answer.acts))
      setFault(answer.ok ? null : answer.error.message)
      missing(!answer.ok && answer.error.code === 'not_found')
    })
    return () => {
      isWanted = false
    }
  }, [id, sign])
  return (
    <>
      <h2>History</h2>
      {fault && <p class="none">{<Say text={fault} />}</p>}
      {acts?.length === 0 && <p class="none">It has said nothing yet.</p>}
      {acts && acts.length > 0 && (
        <ol class="history">
          {acts.map(({ key, last, times }, at) => (
            <li key={key} class={last.status === acts[at - 1]?.last.status ? 'same' : ''}>
              <Time at={last.timestamp} />
              <StateMark status={last.status} />
              <span class="what">
                <Say text={last.message ?? ''} />
                {times > 1 && <span class="muted"> · {times} times</span>}
              </span>
              {typeof last.progress === 'number' && (
                <span class="number">{Math.round(last.progress * 100)}%</span>
              )}
            </li>
          ))}
        </ol>
      )}
    </>
  )
}

const Time = ({ at }: { at: string }) => (parseInstant(at) === null ? <span /> : <Clock at={at} />)
