/** What is folded: a line that opens, and who is named in it. */
import type { ComponentChildren } from 'preact'
import { calledIn } from '../model/overview.ts'
import { hashOf } from '../model/route.ts'
import { useShown } from '../model/state.ts'
import { Say } from './text.tsx'

/** A line that opens; `gist` is what it says while it is closed. */
export function Fold({
  title,
  count,
  gist,
  children,
}: {
  title: string
  count?: number
  gist: ComponentChildren
  children: ComponentChildren
}) {
  return (
    <details class="fold">
      <summary>
        <span class="gist">
          <strong>{title}</strong> <span class="count">{count}</span>
          <span class="muted">
            {count !== undefined && ' · '}
            {gist}
          </span>
        </span>
      </summary>
      <ul>{children}</ul>
    </details>
  )
}

/** What a session is called, leading to its page. */
export function Who({ id }: { id: string }) {
  const overview = useShown(({ overview }) => overview)
  const label = overview ? calledIn(overview, id) : id
  return id === 'human' || id === 'broadcast' ? (
    <Say text={label} />
  ) : (
    <a href={hashOf(id)}>
      <Say text={label} />
    </a>
  )
}
