/** The history that tortured processes write, line by line, and the acts that it tells of. Times are milliseconds of one clock that all of them share. */

/** What is written before an act: from here on it may have happened. */
export interface Asked {
  id: string
  lane: string
  op: string
  at: number
  resource?: string
  term_ms?: number
  token?: number
  key?: string
  to?: string
}

/** What is written after it: it has happened, or it was refused. */
export interface Answered {
  id: string
  done: number
  ok: boolean
  code?: string
  error?: string
  token?: number
  already?: boolean
  /** Where a remote arbitrates: it was not asked, or did not take it. */
  provisional?: boolean
  took_over?: boolean
  holder?: { by: string; token: number }
  /** The marks of the messages that were read, or that there are. */
  keys?: string[]
  /** The tokens that were shown, by resource. */
  shown?: Record<string, number>
  /** A file that was not whole, and what it began with. */
  torn?: { path: string; text: string }
}

/** An act as far as it is known: without an answer its process was killed, or has not come to it yet. */
export interface Act extends Asked {
  answer: Answered | null
}

/** When a process was stopped: what it did meanwhile tells nothing about speed. */
export interface Halt {
  lane: string
  from: number
  to: number
}

/** The acts of some histories, in the order in which they were asked for. A line that was cut off is not there yet. */
export function readHistory(texts: string[]): Act[] {
  const acts = new Map<string, Act>()
  const answers: Answered[] = []
  for (const line of texts.flatMap((text) => text.split('\n').slice(0, -1))) {
    const entry = parse(line)
    if (!entry) continue
    if ('op' in entry) acts.set(entry.id, { ...entry, answer: null })
    else answers.push(entry)
  }
  for (const answer of answers) {
    const act = acts.get(answer.id)
    if (act) act.answer = answer
  }
  return [...acts.values()].sort((a, b) => a.at - b.at)
}

function parse(line: string): Asked | Answered | null {
  try {
    return JSON.parse(line) as Asked | Answered
  } catch {
    return null
  }
}

/** An act that was answered with yes. */
export type Done = Act & { answer: Answered & { ok: true } }

/** Whether an act was answered with yes. */
export const isDone = (act: Act): act is Done => act.answer?.ok === true
