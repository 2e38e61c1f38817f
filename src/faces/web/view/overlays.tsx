/** What lies over the page for a moment: the keys, the choice of a session, one line that says what was done. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { claimFor } from '../model/acting.ts'
import { KEYS } from '../model/keys.ts'
import { state, useShown } from '../model/state.ts'
import { LivenessMark, Say } from './text.tsx'
import { TokenHelp } from './token.tsx'

/** A box in front of everything, which Escape closes. */
function Front({ title, close, children }: { title: string; close(): void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    box.current?.showModal()
    return () => before?.focus()
  }, [])
  return (
    <dialog ref={box} aria-label={title} onCancel={close} onClose={close}>
      <div class="title">
        <h2>{title}</h2>
        <button type="button" class="plain" aria-label="close" onClick={close}>
          ✕
        </button>
      </div>
      {children}
    </dialog>
  )
}

/** The keys, by `?`. */
export function KeysHelp() {
  const help = useShown(({ help }) => help)
  if (!help) return null
  return (
    <Front title="Keys" close={() => state.set({ help: false })}>
      <dl class="keys">
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              {key.split(/ +/).map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Front>
  )
}

const OFFERED = 50

/** Which session is to claim what nobody living holds. */
export function ClaimFor() {
  const claiming = useShown(({ claiming }) => claiming)
  const overview = useShown(({ overview }) => overview)
  const token = useShown(({ token }) => token)
  if (!claiming || !overview) return null
  const fresh = overview.sessions.filter(
    ({ registered, liveness: { level } }) => registered && level !== 'gone',
  )
  return (
    <Front title="Claim for…" close={() => state.set({ claiming: null })}>
      <p>
        Which session is to hold{' '}
        <strong>
          <Say text={`${claiming.type}/${claiming.name}`} />
        </strong>
        ? It is told.
      </p>
      {token === null && <TokenHelp />}
      {token !== null && fresh.length === 0 && <p class="none">No session is there that could.</p>}
      {token !== null && (
        <ul class="choice">
          {fresh.slice(0, OFFERED).map(({ session_id, label, liveness }) => (
            <li key={session_id}>
              <button type="button" class="plain" onClick={() => void claimFor(session_id)}>
                <LivenessMark {...liveness} /> <Say text={label} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </Front>
  )
}

const SHOWN_MS = 6000

/** One line that says what was done; what failed stays until it is closed. */
export function Notice() {
  const notice = useShown(({ notice }) => notice)
  useEffect(() => {
    if (!notice || notice.bad) return
    const timer = setTimeout(() => state.set({ notice: null }), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [notice])
  return (
    <div class="notices" role="status" aria-live="polite">
      {notice && (
        <p class={notice.bad ? 'notice bad' : 'notice'}>
          <Say text={notice.text} />
          <button type="button" class="plain" aria-label="close" onClick={() => state.set({ notice: null })}>
            ✕
          </button>
        </p>
      )}
    </div>
  )
}
