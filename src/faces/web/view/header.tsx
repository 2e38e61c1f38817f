/** The top of the page: where one is, whether it is live, the filter. */
import { formatSpan, parseInstant } from '../../../protocol/time.ts'
import { useNow } from '../model/clock.ts'
import { state, useShown } from '../model/state.ts'
import { MessagesButton } from './messages.tsx'
import { Say } from './text.tsx'

/** Stays in sight. */
export function Header() {
  const filter = useShown(({ filter }) => filter)
  return (
    <header>
      <a class="brand" href="#/">
        coord
      </a>
      <Project />
      <Link />
      <input
        id="filter"
        type="search"
        value={filter}
        placeholder="Filter  /"
        aria-label="filter sessions"
        autocomplete="off"
        onInput={({ currentTarget }) => state.set({ filter: currentTarget.value })}
        onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
      />
      <MessagesButton />
      <button
        type="button"
        class="small keys-button"
        onClick={() => state.set({ help: true })}
        aria-label="keys"
      >
        ?
      </button>
    </header>
  )
}

/** Which room it is, where several are open. */
function Project() {
  const project = useShown(({ overview }) => overview?.project)
  return project ? (
    <span class="project muted">
      <Say text={project} />
    </span>
  ) : null
}

/** Whether what is shown is live. */
function Link() {
  const live = useShown(({ link }) => link.live)
  const any = useShown(({ overview }) => overview !== null)
  if (live)
    return (
      <span class="mark good" id="link" title="changes appear at once">
        <span aria-hidden="true">●</span> <span class="word">live</span>
      </span>
    )
  return (
    <span class="mark warn" id="link">
      <span aria-hidden="true">◐</span> <span class="word">{any ? 'not connected' : 'connecting'}</span>
    </span>
  )
}

/** Says plainly when what is shown is old, and how old. */
export function Lost({ retry }: { retry(): void }) {
  const live = useShown(({ link }) => link.live)
  const since = useShown(({ link }) => link.since)
  const gone = useShown(({ gone }) => gone)
  const shown = useShown(({ overview }) => overview?.now ?? null)
  useNow()
  if (gone && live)
    return (
      <p class="banner" role="alert">
        The room can’t be read at the moment{shown ? `; this is how it was ${ago(Date.now() - since)}` : ''}.
        It is shown again as soon as it is back.
      </p>
    )
  if (live || (parseInstant(shown) === null && Date.now() - since < 2000)) return null
  return (
    <p class="banner" role="alert">
      {shown
        ? `Connection lost. This is how the room was ${ago(Date.now() - since)}.`
        : 'The server can’t be reached.'}{' '}
      Trying again…{' '}
      <button type="button" class="small" onClick={retry}>
        Try now
      </button>
    </p>
  )
}

const ago = (millis: number) => (millis < 1500 ? 'just now' : `${formatSpan(millis)} ago`)
