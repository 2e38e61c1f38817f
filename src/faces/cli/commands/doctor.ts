import { doctor } from '../../../operations/doctor.ts'
import { visible } from '../../../protocol/escape.ts'
import { type Fault, groupOf } from '../../../protocol/faults.ts'
import type { Proof } from '../../../protocol/proof.ts'
import { columnsIn, wrapTo } from '../columns.ts'
import { defineCommand } from '../command.ts'
import type { Cell, Page } from '../page.ts'
import { printOmitted } from '../words.ts'

export default defineCommand(doctor, {
  examples: [
    ['coord doctor', 'what is wrong, worst first; touches nothing'],
    ['coord doctor --fix', 'mend it; every original is kept in .state/quarantine'],
  ],
  print({ problems, fixed, quarantine, proof, omitted, omitted_fixable }, page) {
    if (fixed.length > 0) page.line('mended')
    for (const { path, done } of fixed) printWrapped({ path, detail: done, fix: null }, page)
    if (quarantine && !page.quiet) page.line(`the originals are in ${quarantine}`)
    if (proof) printProof(proof, page)
    printFaults(problems, page)
    printOmitted(omitted, problems.length, page)
    if (problems.length === 0 && fixed.length === 0) page.line('nothing wrong')
    else printSum(countOf(problems, omitted, omitted_fixable), fixed.length > 0, page)
  },
})

/** Each fault on a line with what mends it where all fit so, else over several: nothing of it is ever cut. */
function printFaults(problems: Fault[], page: Page): void {
  for (const group of new Set(problems.map(groupOf))) {
    page.line(group)
    const own = problems.filter((problem) => groupOf(problem) === group)
    const rows = own.map(({ path, detail, fix }): Cell[] => [
      { text: path, whole: true },
      { text: detail, whole: true },
      ...(fix ? [{ text: fix, role: 'muted' as const, whole: true }] : []),
    ])
    if (page.width === null || widthOf(own) <= page.width) page.rows(rows, '  ')
    else for (const problem of own) printWrapped(problem, page)
  }
}

/** The width of some faults in three columns: each as wide as its widest text. */
function widthOf(faults: Fault[]): number {
  const widest = (of: (fault: Fault) => string) =>
    faults.reduce((most, fault) => Math.max(most, columnsIn(visible(of(fault)))), 0)
  return widest(({ path }) => path) + widest(({ detail }) => detail) + widest(({ fix }) => fix ?? '') + 6
}

const INDENT = '     '
const COMMAND = /^(coord|git|chmod|npm|mv) /

/** A fault over several lines, broken between words; a command stays on one, for whoever copies it. */
function printWrapped({ path, detail, fix }: Pick<Fault, 'path' | 'detail' | 'fix'>, page: Page): void {
  const lines = (text: string) => wrapTo(visible(text), (page.width ?? Infinity) - INDENT.length)
  const [first, ...others] = lines(`${path}  ${detail}`)
  page.rows([[first!]], '  ')
  for (const line of others) page.rows([[line]], INDENT)
  const ways = fix === null ? [] : COMMAND.test(fix) ? [fix] : lines(fix)
  for (const text of ways) page.rows([[{ text, role: 'muted' }]], INDENT)
}

/** Of all problems, shown or not. */
function countOf(problems: Fault[], omitted = 0, omitted_fixable = 0) {
  const fixable = problems.filter((problem) => problem.fixable).length + omitted_fixable
  return { all: problems.length + omitted, fixable }
}

function printSum({ all, fixable }: ReturnType<typeof countOf>, mended: boolean, page: Page): void {
  if (page.quiet) return
  if (fixable > 0) page.line(`coord doctor --fix mends ${fixable} of ${all}`)
  else if (all > 0) page.line(`${all} left, for you to decide`)
  else if (mended) page.line('nothing else is wrong')
}

/** In one line what was compared, or loudly what is not as it was. */
function printProof({ before, lost }: Proof, page: Page): void {
  const counts = Object.entries(before).map(
    ([kind, count]) => `${count} ${(count === 1 ? singular(kind) : kind).replace('_', ' ')}`,
  )
  const all = counts.join(', ') || 'there was nothing'
  if (lost.length > 0)
    page.rows([[{ text: `not as before: ${lost.join(', ')}; see the originals`, role: 'bad' }]])
  else if (!page.quiet)
    page.line(`nothing was lost: all that could be read before reads the same now (${all})`)
}

const singular = (kind: string) => kind.replace(/ies$/, 'y').replace(/s$/, '')
