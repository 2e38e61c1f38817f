/** What is being written, kept in this tab until it is sent. */

/** What the write box holds. */
export interface Draft {
  subject: string
  message: string
  ack: boolean
}

export const BLANK: Draft = { subject: '', message: '', ack: false }

const KEY = 'draft'

/** What this tab has kept; blank where that is nothing. */
export function keptDraft(): Draft {
  try {
    return { ...BLANK, ...JSON.parse(sessionStorage.getItem(KEY) ?? '{}') }
  } catch {
    return BLANK
  }
}

/** Keep a draft. */
export function keepDraft(draft: Draft): void {
  sessionStorage.setItem(KEY, JSON.stringify(draft))
}

/** Whether nothing is written. */
export const isBlank = ({ subject, message }: Draft): boolean => (subject + message).trim() === ''
