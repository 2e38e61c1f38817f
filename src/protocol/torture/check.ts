/** The checker of `coord torture`: a history goes in, the first promise that it breaks comes out. */
import { groupBy } from '../groups.ts'
import type { Act } from './acts.ts'
import { checkLeases } from './leases.ts'
import { checkMail } from './mail.ts'
import type { Violation } from './violation.ts'

/** The first violation, or null. A history may be a part: what has no answer may or may not have happened. */
export function findViolation(acts: Act[]): Violation | null {
  return checkAlone(acts) ?? checkResources(acts) ?? checkMail(acts)
}

/** A look at the room tells of every resource. */
function checkResources(acts: Act[]): Violation | null {
  const looks = acts.filter(({ op }) => op === 'look')
  for (const [resource, about] of groupBy(acts, (act) => act.resource)) {
    const seen = looks.map((look) => ({ ...look, resource }))
    const found = checkLeases([...about, ...seen].sort((a, b) => a.at - b.at))
    if (found) return found
  }
  return null
}

/** What no act may be answered with here, where nobody else writes and no record is damaged. */
const BROKEN = ['bug', 'damaged', 'invalid', 'no_session', 'not_initialized', 'ambiguous', 'newer_room']

/** What one act shows by itself. */
export function checkAlone(acts: Act[]): Violation | null {
  for (const act of acts) {
    const { answer } = act
    if (answer?.torn)
      return { promise: 'torn_record', what: `${answer.torn.path} was not whole`, acts: [act] }
    if (act.op === 'last claim' && answer?.ok === false)
      return {
        promise: 'claim_stuck',
        what: `${act.resource} can't be claimed after every lease is over`,
        acts: [act],
      }
    if (answer && !answer.ok && BROKEN.includes(answer.code ?? 'bug'))
      return { promise: 'broken_act', what: `${act.op} failed where it must not`, acts: [act] }
  }
  return null
}
