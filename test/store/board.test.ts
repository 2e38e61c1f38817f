import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { refreshBoard } from '../../src/store/board.ts'
import { releasePidLock, takePidLock } from '../../src/store/pid-lock.ts'
import { createWorld } from '../helpers/world.ts'

function createBoard() {
  const world = createWorld()
  const room = world.as(null).room()
  const texts = (board: string) => ({ board, index: `${board}-index` })
  return { world, room, texts }
}

test('both derived files are written from one rendering', () => {
  const { world, room, texts } = createBoard()
  refreshBoard(room, 'mark', () => texts('new'))
  expect([world.read('STATUS_BOARD.md'), world.read('index.json')]).toEqual(['new', 'new-index'])
})

test('a change that comes while it is rendered is rendered again by the same process', () => {
  const { world, room, texts } = createBoard()
  let rounds = 0
  refreshBoard(room, 'first', () => {
    rounds += 1
    if (rounds === 1) refreshBoard(room, 'second', () => expect.unreachable('the lock is held'))
    return texts(`round ${rounds}`)
  })
  expect(world.read('STATUS_BOARD.md')).toBe('round 2')
})

test('while another process renders, the change is only marked and left to it', () => {
  const { world, room, texts } = createBoard()
  const before = world.read('STATUS_BOARD.md')
  const lock = takePidLock(room, 'board', 0)!
  refreshBoard(room, 'mark', () => texts('mine'))
  expect(world.read('STATUS_BOARD.md')).toBe(before)
  expect(world.read('.state/board-journal')).toMatch(/^mark$/m)
  releasePidLock(lock)
})

test('who lost the lock while rendering writes nothing over what the new holder wrote', () => {
  const { world, room, texts } = createBoard()
  const lock = path.join(world.root, '.state/locks/board')
  onTestFinished(() => void vi.restoreAllMocks())
  refreshBoard(room, 'slow', () => {
    fs.rmSync(lock)
    const later = process.hrtime.bigint() + 6_000_000_000n
    vi.spyOn(process.hrtime, 'bigint').mockReturnValue(later)
    refreshBoard(room, 'fast', () => texts('fast'))
    takePidLock(room, 'board', 0)
    return texts('slow')
  })
  expect(world.read('STATUS_BOARD.md')).toBe('fast')
})

test('a rendering that fails gives the lock back', () => {
  const { world, room, texts } = createBoard()
  const fail = () => {
    throw new Error('rendering')
  }
  expect(() => refreshBoard(room, 'mark', fail)).toThrow('rendering')
  refreshBoard(room, 'next', () => texts('next'))
  expect(world.read('STATUS_BOARD.md')).toBe('next')
})

test('a room that changes without end does not keep one process for ever', () => {
  const { room, texts } = createBoard()
  let rounds = 0
  refreshBoard(room, 'mark', () => {
    fs.appendFileSync(path.join(room.root, '.state/board-journal'), `mark ${++rounds}\n`)
    return texts(String(rounds))
  })
  expect(rounds).toBeLessThanOrEqual(500)
  expect(rounds).toBeGreaterThan(1)
})
