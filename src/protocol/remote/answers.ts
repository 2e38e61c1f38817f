/** What git says of a remote that did not do what was asked, in words to act on. Pure: git's text goes in. */

/**
 * Why a remote did not do it. `lease`: a ref was not at the value that was expected, somebody was faster; `refused`: it does not want it;
 * `unauthorised`: it does not know us; `unsupported`: it can't do it; `unreachable`: it did not answer, and may have done it; `slow`: nobody
 * waited for its answer, as a hook may not.
 */
type RemoteTroubleKind = 'lease' | 'refused' | 'unauthorised' | 'unsupported' | 'unreachable' | 'slow'

export interface RemoteTrouble {
  kind: RemoteTroubleKind
  /** One line of git's, without what a URL may hold of a password. */
  detail: string
}

const LEASE =
  /stale info|fetch first|non-fast-forward|already exists|cannot lock ref|failed to lock|failed to update ref|incorrect old value|unable to create .*\.lock|atomic transaction failed/i
const UNAUTHORISED =
  /authentication failed|could not read (username|password)|terminal prompts disabled|permission denied|permission to .* denied|access denied|returned error: 40[13]|invalid credentials|host key verification/i
const UNSUPPORTED =
  /does not support|dumb http|no such option|unknown option|unsupported|expected object format/i
const REFUSED =
  /hook declined|deny|denied|prohibited|not allowed|protected|funny refname|hidden ref|unpacker error|read-only|quota|insufficient permission/i

/** The trouble behind the standard error of a git that failed before any ref was answered for. */
export function troubleOf(err: string): RemoteTrouble {
  const detail = lineOf(err)
  if (UNAUTHORISED.test(err)) return { kind: 'unauthorised', detail }
  if (UNSUPPORTED.test(err)) return { kind: 'unsupported', detail }
  return { kind: 'unreachable', detail }
}

/** The line that says most, without credentials, of at most 200 characters. */
function lineOf(err: string): string {
  const lines = err.split('\n').filter((line) => line.trim() !== '')
  const line =
    lines.find((each) => /^(remote: )?(fatal|error):/.test(each.trim())) ?? lines.at(-1) ?? 'no answer'
  return line
    .replace(/:\/\/[^/@\s]*@/g, '://')
    .trim()
    .slice(0, 200)
}

/**
 * What `git push --porcelain` said, by the remote's ref: null where it has the value now, else why not. Source: git-push(1), "Output".
 * Refs of an atomic push that failed only because of another are left out.
 */
export function pushAnswers(out: string): Map<string, RemoteTrouble | null> {
  const answers = new Map<string, string | null>()
  for (const line of out.split('\n')) {
    const [flag, refs = '', summary = ''] = line.split('\t')
    if (flag === undefined || flag.length !== 1 || !refs.includes(':')) continue
    const ref = refs.slice(refs.lastIndexOf(':') + 1)
    answers.set(ref, flag === '!' ? summary : null)
  }
  return troublesOf(answers)
}

/** The same of what `git receive-pack` reported: by ref null, or the reason that it gives. Source: gitprotocol-pack(5), "Report Status". */
export const reportAnswers = (refs: Map<string, string | null>): Map<string, RemoteTrouble | null> =>
  troublesOf(
    new Map(
      [...refs].map(([ref, reason]) => [ref, reason === null ? null : `[remote rejected] (${reason})`]),
    ),
  )

/** What is told of a ref that git says was not as expected, before it asks the remote to move it. */
export const STALE: RemoteTrouble = { kind: 'lease', detail: '[rejected] (stale info)' }

function troublesOf(answers: Map<string, string | null>): Map<string, RemoteTrouble | null> {
  const own = [...answers].filter(
    ([, summary]) => summary === null || !/atomic push (failed|failure)/i.test(summary),
  )
  return new Map(own.map(([ref, summary]) => [ref, summary === null ? null : refusalOf(summary)]))
}

function refusalOf(summary: string): RemoteTrouble {
  const detail = summary.trim().slice(0, 200)
  // The remote wants histories that go on, whatever was expected of the ref: it would say so for ever (receive.denyNonFastForwards).
  const isForEver = /remote rejected.*non-fast-forward/.test(summary)
  if (!isForEver && LEASE.test(summary)) return { kind: 'lease', detail }
  return {
    kind: REFUSED.test(summary) || summary.includes('remote rejected') ? 'refused' : 'unreachable',
    detail,
  }
}
