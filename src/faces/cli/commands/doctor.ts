import { doctor } from '../../../operations/doctor.ts'
import { type Fault, groupOf } from '../../../protocol/faults.ts'
import type { Proof } from '../../../protocol/proof.ts'
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
    page.rows(
      fixed.map(({ path, done }) => [{ text: path, whole: true }, done]),
      '  ',
    )
    if (quarantine && !page.quiet) page.line(`the originals are in ${quarantine}`)
    if (proof) printProof(proof, page)
    printFaults(problems, page)
    printOmitted(omitted, problems.length, page)
    if (problems.length === 0 && fixed.length === 0) page.line('nothing wrong')
    else printSum(countOf(problems, omitted, omitted_fixable), fixed.length > 0, page)
  },
})

/** Each fault on a line with its command, or on two where the terminal is too narrow. */
function printFaults(problems: Fault[], page: Page): void {
  for (const group of new Set(problems.map(groupOf))) {
    page.line(group)
    const own = problems.filter((problem) => groupOf(problem) === group)
    const isWide = ({ path, detail, fix }: Fault) => path.length + detail.length + (fix?.length ?? 0) + 8
    if (page.width === null || Math.max(...own.map(isWide)) <= page.width)
      page.rows(
        own.map((problem) => [...whatIsWrong(problem), ...whatMends(problem)]),
        '  ',
      )
    else
      for (const problem of own) {
        page.rows([whatIsWrong(problem)], '  ')
        if (problem.fix) page.rows([whatMends(problem)], '     ')
      }
  }
}

const whatIsWrong = ({ path, detail }: Fault): Cell[] => [
  { text: path, whole: true },
  { text: detail, whole: true },
]
const whatMends = ({ fix }: Fault): Cell[] => (fix ? [{ text: fix, role: 'muted', whole: true }] : [])

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
