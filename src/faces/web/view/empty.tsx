/** What an empty room says: the two commands that begin. */

/** Shown where no session is there. */
export function Empty() {
  return (
    <div class="empty">
      <p>Nobody is here yet. In a terminal of this repository:</p>
      <pre>
        <code>coord start --work "landing page"</code>
        {'\n'}
        <code>coord claim file src/landing.ts</code>
      </pre>
      <p class="muted">
        The first registers a session, which appears here at once; the second says what it works on.
      </p>
    </div>
  )
}
