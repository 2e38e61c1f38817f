/** One session at a glance. */
import { useMemo } from 'preact/hooks'
import { visible } from '../../../protocol/escape.ts'
import type { LiveSession } from '../../../protocol/live/sessions.ts'
import { nameOf } from '../../../protocol/names.ts'
import { formatSpan, parseInstant } from '../../../protocol/time.ts'
import { useNow } from '../model/clock.ts'
import { claimNamed, mayHang } from '../model/overview.ts'
import { hashOf } from '../model/route.ts'
import { state, useShown } from '../model/state.ts'
import { Ago, LivenessMark, Say, StateMark } from './text.tsx'

/** A card, drawn again only when its row or the cursor is another. */
export function Card({ row, at }: { row: LiveSession; at: boolean }) {
  return useMemo(() => <Drawn row={row} at={at} />, [row, at])
}

function Drawn({ row, at }: { row: LiveSession; at: boolean }) {
  const work = [row.target, row.phase].filter(Boolean).join(' · ')
  const said = row.message && row.message !== work && row.message !== row.target ? row.message : null
  return (
    <a
      class={at ? 'card at' : 'card'}
      href={hashOf(row.session_id)}
      data-session={row.session_id}
      onPointerDown={() => state.set({ cursor: `session:${row.session_id}` })}
    >
      <span class="line">
        <StateMark status={row.status} />
        <strong class="name">
          <Say text={row.label} />
        </strong>
        <span class="sign">
          <Sign row={row} />
        </span>
      </span>
      <span class="line by">
        <Say text={whoIs(row)} />
      </span>
      <span class="said">
        {work && (
          <span class="work">
            <Say text={work} />
          </span>
        )}
        {said && (
          <span>
            <Say text={said} />
          </span>
        )}
        {!work && !said && <span class="muted">nothing said yet</span>}
      </span>
      <span class="foot">
        <Progress row={row} />
        <Chips row={row} />
      </span>
    </a>
  )
}

/** Agent, model and branch; a name that only pushes says so. */
function whoIs({ agent, model, branch, registered, status }: LiveSession): string {
  const by = [agent, model, branch].filter(Boolean).join(' · ')
  return `${status}${by ? ` · ${by}` : ''}${registered ? '' : ' · only pushes'}`
}

/** The last sign of life, and how alive that makes it. */
export function Sign({ row }: { row: LiveSession }) {
  const now = useNow()
  const hangs = useShown(({ overview }) => overview !== null && mayHang(overview, row.session_id))
  const sign = parseInstant(row.timestamp)
  const age = sign === null ? '' : formatSpan(Math.max(0, now - sign))
  const reason = row.liveness.reason.replace(/last sign \S+( \S+)? ago/, `last sign ${age} ago`)
  return (
    <>
      <LivenessMark
        level={row.liveness.level}
        reason={reason}
        doubt={row.no_process ? 'no process' : hangs ? 'may hang' : null}
      />{' '}
      <Ago at={row.timestamp} />
    </>
  )
}

/** How far it is, and when it will be done. */
export function Progress({ row: { progress, eta } }: { row: LiveSession }) {
  const now = useNow()
  if (progress === null) return null
  const percent = Math.round(Math.min(1, Math.max(0, progress)) * 100)
  const end = parseInstant(eta)
  return (
    <span class="progress">
      <span class="track" role="progressbar" aria-valuenow={percent} aria-label="progress">
        <span class="fill" style={{ width: `${percent}%` }} />
      </span>
      <span class="number">{percent}%</span>
      {end !== null && <span class="muted">{end > now ? `done in ${formatSpan(end - now)}` : 'due'}</span>}
    </span>
  )
}

const SHOWN = 2

/** The resource that a session waits for, as people write it. */
export function waitsFor({ waiting_for }: LiveSession): string | null {
  return waiting_for && nameOf({ resource_type: waiting_for.type, resource_name: waiting_for.name })
}

/** What it holds, waits for and has used up. */
function Chips({ row }: { row: LiveSession }) {
  const more = row.claims.length - SHOWN
  const waits = waitsFor(row)
  const context = row.context_pct
  return (
    <span class="chips">
      {waits && (
        <span class="chip ask" title={`waits for ${visible(waits)}`}>
          waits for <Say text={waits} />
        </span>
      )}
      {row.claims
        .slice(0, SHOWN)
        .map(nameOf)
        .map((name) => (
          <span class="chip" key={name} title={`holds ${visible(name)}`}>
            <Claim name={name} />
          </span>
        ))}
      {more > 0 && <span class="muted">+{more}</span>}
      {context !== null && (
        <span
          class={`context ${context >= 90 ? 'bad' : context >= 80 ? 'warn' : 'muted'}`}
          title="how full its context is"
        >
          ctx {Math.round(context)}%
        </span>
      )}
      {row.agents > 0 && <span class="muted">{row.agents === 1 ? '1 agent' : `${row.agents} agents`}</span>}
    </span>
  )
}

function Claim({ name }: { name: string }) {
  const claim = useShown(({ overview }) => overview && claimNamed(overview, name))
  const now = useNow()
  const left = claim ? (parseInstant(claim.expires_at) ?? now) - now : Number.POSITIVE_INFINITY
  return (
    <>
      <Say text={name} />
      {left < SOON_MS && <span class="warn"> {left > 0 ? formatSpan(left) : 'expired'}</span>}
    </>
  )
}

const SOON_MS = 15 * 60_000
