/** Whom an alert concerns, and how far it got to each: pending until it was shown, delivered until it was acknowledged, then read. */
import { CoordError } from '../errors.ts'
import { onlyOne } from '../names.ts'
import type { Alert, Receipt } from '../records.ts'
import { isConflict } from './conflicts.ts'

export type Delivery = 'pending' | 'delivered' | 'read'

/** An alert, and how far it got to everybody whom it is for; `ordinary`: it tells only that several work in the room's repository. */
export type ShownAlert = Alert & { recipients: { to: string; state: Delivery }[]; ordinary?: true }

/** How far an alert got to the reader of some receipts. */
export function deliveryOf(receipts: Receipt[], id: string): Delivery {
  const states = receipts.filter(({ message }) => message === id).map(({ state }) => state)
  if (states.length === 0) return 'pending'
  return states.some((state) => state !== 'delivered') ? 'read' : 'delivered'
}

/** Whom an alert is for: the sessions of a conflict, and always the person. */
export const recipientsOf = ({ session_ids }: Alert): string[] => [...(session_ids ?? []), 'human']

/** Whether an alert is for a reader, a session or `human`; whoever is nobody looks at all of them. */
export const isFor = (alert: Alert, reader: string | null): boolean =>
  reader === null || recipientsOf(alert).includes(reader)

/** The conflicts that a session has not been told of. */
export function untoldTo(alerts: Alert[], reader: string, receipts: Receipt[]): Alert[] {
  return alerts.filter(
    (alert) =>
      !alert.closed_at &&
      isConflict(alert) &&
      isFor(alert, reader) &&
      deliveryOf(receipts, alert.id) === 'pending',
  )
}

/** So many characters of the end of an id are shown. */
const SHOWN = 8

/** The alerts that texts name: by id, a unique beginning or end of it, a beginning of what is shown of it, or a kind. Throws `not_found`, `ambiguous`. */
export function alertsNamed(texts: string[], alerts: Alert[]): Alert[] {
  return [...new Set(texts.flatMap((text) => named(text, alerts)))]
}

function named(text: string, alerts: Alert[]): Alert[] {
  const ofKind = alerts.filter(({ id, kind }) => kind === text || id === text)
  if (ofKind.length > 0) return ofKind
  const isShort = (id: string) => id.slice(-SHOWN).startsWith(text)
  const partly = ({ id }: Alert) =>
    text.length >= 4 && (id.endsWith(text) || id.startsWith(text) || isShort(id))
  const found = onlyOne(alerts.filter(partly), `alert "${text}"`, ({ id }) => id)
  if (found) return [found]
  throw new CoordError(
    'not_found',
    `there is no alert "${text}"`,
    'coord alerts --all lists them with their ids.',
  )
}
