/** Alerts, folded, each to be acknowledged. */
import { acknowledge } from '../model/acting.ts'
import { useShown } from '../model/state.ts'
import { Fold, Who } from './fold.tsx'
import { Ago, Say } from './text.tsx'

const ROLES: Record<string, string> = { critical: 'bad', warning: 'warn', notice: 'muted' }

/** The alerts that nothing above tells; acknowledged, each is gone. */
export function Alerts() {
  const alerts = useShown(({ overview }) => overview?.alerts)
  const needs = useShown(({ overview }) => overview?.needs)
  const token = useShown(({ token }) => token)
  const told = new Set(needs?.map(({ alert_id }) => alert_id))
  const left = alerts?.filter(({ id }) => !told.has(id)) ?? []
  if (left.length === 0) return null
  return (
    <section class="band folds" aria-label="alerts">
      <Fold title="Alerts" count={left.length} gist={<Say text={left[0]!.text} />}>
        {left.map(({ id, severity, priority, text, action, since, session_ids, session_id }) => (
          <li key={id}>
            <span class={`mark ${ROLES[severity] ?? 'warn'}`} aria-hidden="true">
              !
            </span>
            <span class="what">
              <Say text={text} />
              <span class="more muted">
                {priority ?? severity} · <Ago at={since} />
                {(session_ids ?? [session_id ?? '']).filter(Boolean).map((each) => (
                  <span key={each}>
                    {' · '}
                    <Who id={each} />
                  </span>
                ))}
              </span>
              {action && (
                <span class="more">
                  <Say text={action} />
                </span>
              )}
            </span>
            {token && (
              <button type="button" class="small" onClick={() => void acknowledge(id)}>
                Acknowledge
              </button>
            )}
          </li>
        ))}
      </Fold>
    </section>
  )
}
