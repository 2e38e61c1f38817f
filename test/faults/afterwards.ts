/** What must work in a room after a fault: every reader; the same command; `doctor --fix`, which leaves nothing behind. */
import fs from 'node:fs'
import { claims } from '../../src/operations/claims.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { listHandoffs } from '../../src/operations/handoffs.ts'
import { history } from '../../src/operations/history.ts'
import { inbox } from '../../src/operations/inbox.ts'
import type { World } from '../helpers/world.ts'
import { READERS } from '../operations/busy.ts'
import { filesBelow } from '../processes/support.ts'
import type { Rehearsal } from './faults.ts'
import { isSpoilt } from './faults.ts'
import { differences, takePicture, unpublished } from './picture.ts'

const MORE: typeof READERS = {
  inbox: (world) => inbox.run(world.as('one'), { peek: true, all: true }),
  'all claims': (world) => claims.run(world.as(null), {}),
  doctor: (world) => doctor.run(world.as(null), {}),
  handoffs: (world) => listHandoffs(world.as(null).room(), undefined),
  history: (world) => history.run(world.as(null), {}),
}

/** Look at a room as everybody may after a fault; what is wrong, as sentences. */
export function checkAfterwards(world: World, { scene, before, after }: Rehearsal): string[] {
  const isThere = fs.existsSync(`${world.root}/config.json`)
  const read = isThere && scene.room !== 'none' ? readAll(world, scene.again ?? []) : []
  const again = answerOf(() => scene.run(world), scene.again ?? [])
  const mended = answerOf(() => doctor.run(world.as(null), { fix: true }), [])
  const left = answerOf(() => {
    const { problems } = doctor.run(world.as(null), {})
    return problems.filter(({ fixable }) => fixable).map(({ path, kind }) => `${path} is still ${kind}`)
  }, [])
  const rest = filesBelow(world.root).filter((file) => /(^|\/)\.tmp-|^\.state\/locks\//.test(file))
  const now = takePicture(world.root, isSpoilt)
  return [
    ...read,
    ...again.map((fault) => `once more: ${fault}`),
    ...mended.map((fault) => `doctor --fix: ${fault}`),
    ...left,
    ...rest.map((file) => `${file} is left`),
    ...differences(before, now, after, (part) => scene.promises?.includes(part) ?? false).map(
      (fault) => `in the end ${fault}`,
    ),
    ...unpublished(now),
  ]
}

function readAll(world: World, codes: string[]): string[] {
  return Object.entries({ ...READERS, ...MORE }).flatMap(([name, run]) =>
    answerOf(() => run(world), codes).map((fault) => `${name}: ${fault}`),
  )
}

/** Run; nothing if it succeeds, or is refused as it may be; a list is what it found. */
function answerOf(run: () => unknown, codes: string[]): string[] {
  try {
    const answer = run()
    return Array.isArray(answer) ? answer.map(String) : []
  } catch (error) {
    const { code, stack } = error as { code?: string; stack?: string }
    return codes.includes(code ?? '') ? [] : [`${code ?? ''} ${stack}`]
  }
}
