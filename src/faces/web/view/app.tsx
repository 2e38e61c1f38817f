/** The page: three bands, messages at the side. */
import { useShown } from '../model/state.ts'
import { Alerts } from './alerts.tsx'
import { Between } from './between.tsx'
import { Day } from './day.tsx'
import { Header, Lost } from './header.tsx'
import { Messages, useTitle } from './messages.tsx'
import { Needs } from './needs.tsx'
import { Now } from './now.tsx'
import { ClaimFor, KeysHelp, Notice } from './overlays.tsx'
import { SessionPage } from './session.tsx'

/** Everything; `retry` takes the stream up at once. */
export function App({ retry }: { retry(): void }) {
  const route = useShown(({ route }) => route)
  const any = useShown(({ overview }) => overview !== null)
  useTitle()
  return (
    <>
      <Header />
      <Lost retry={retry} />
      <main>
        <div class="bands">
          {route.view === 'session' ? (
            <SessionPage key={route.id} id={route.id} />
          ) : (
            any && (
              <>
                <Needs />
                <Alerts />
                <Now />
                <Between />
                <Day />
              </>
            )
          )}
        </div>
        {any && <Messages />}
      </main>
      <KeysHelp />
      <ClaimFor />
      <Notice />
    </>
  )
}
