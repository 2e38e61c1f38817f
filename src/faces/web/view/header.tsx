/** The top of the page: where one is, whether it is live, the filter. */
import { useEffect, useState } from 'preact/hooks'
import { formatSpan, parseInstant } from '../../../protocol/time.ts'
import { useNow } from '../model/clock.ts'
import { HAS_KEYS } from '../model/keys.ts'
import { state, useShown } from '../model/state.ts'
import { MessagesButton } from './messages.tsx'
import { Say } from './text.tsx'
import { TokenHelp } from './token.tsx'

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
        placeholder={HAS_KEYS ? 'Filter  /' : 'Filter'}
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

/** A first answer may take so long. */
const BEGIN_MS = 1500

/** Says plainly when what is shown is old, and how old. */
export function Lost({ retry }: { retry(): void }) {
  const live = useShown(({ link }) => link.live)
  const since = useShown(({ link }) => link.since)
  const gone = useShown(({ gone }) => gone)
  const token = useShown(({ token }) => token)
  const shown = useShown(({ overview }) => overview?.now ?? null)
  useNow()
  const [, redraw] = useState({})
  useEffect(() => {
    const timer = setTimeout(() => redraw({}), since + BEGIN_MS - Date.now())
    return () => clearTimeout(timer)
  }, [since])
  if (gone && live)
    return (
      <p class="banner" role="alert">
        The room can’t be read at the moment{shown ? `; this is how it was ${ago(Date.now() - since)}` : ''}.
        It is shown again as soon as it is back.
      </p>
    )
  if (live || (parseInstant(shown) === null && Date.now() - since < BEGIN_MS)) return null
  return (
    <>
      <p class="banner" role="alert">
        {shown
          ? `Connection lost. This is how the room was ${ago(Date.now() - since)}.`
          : 'The server can’t be reached.'}{' '}
        Trying again…{' '}
        <button type="button" class="small" onClick={retry}>
          Try now
        </button>
      </p>
      {!shown && token === null && (
        <div class="bands">
          <TokenHelp reads={false} />
        </div>
      )}
    </>
  )
}

const ago = (millis: number) => (millis < 1500 ? 'just now' : `${formatSpan(millis)} ago`)
