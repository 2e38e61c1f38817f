/** The page in a real browser, beside the real command line. */
import fs from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { sessionId, writeRoom } from '../../bench/room.mjs'
import { emptyDirectory } from '../cli/rooms.ts'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { type Serving, serveRoom, visit } from './browser.ts'
import { mixOf } from './contrast.ts'

let dir: string
let served: Serving
/** Coord within this process, as the page's servers are the built program. */
const as = async (session: string, ...args: string[]) => inside({ cwd: dir, session }, ...args)
const signed = () => `${served.url}/#token=${served.token}`

beforeAll(async () => {
  dir = emptyDirectory()
  await coord({ cwd: dir }, 'init')
  served = await serveRoom(dir)
})

test('an empty room teaches the two commands; a session appears, a claim expires and finds a holder', async () => {
  const { page, faults, foreign } = await visit(signed())
  await page.getByText('coord start --work').waitFor()
  expect(await page.getByText('coord claim file').count()).toBe(1)
  expect(page.url()).not.toContain(served.token)
  await as('', 'start', '--id', 'one', '--name', 'auth', '--work', 'login')
  await page.locator('[data-session=one]').waitFor()
  expect(await page.locator('.needs').count()).toBe(0)
  await as('one', 'claim', 'file', 'src/auth.ts', '--for', '2s', '--no-renew')
  await page.locator('.card .chip', { hasText: 'file/src/auth.ts' }).waitFor()
  await as('', 'start', '--id', 'two', '--name', 'docs')
  await expect
    .poll(async () => {
      await as('one', 'push', 'working', 'on it', '0.4')
      return page.locator('.need', { hasText: 'file/src/auth.ts expired' }).count()
    })
    .toBe(1)
  expect(await page.locator('[data-session=one]').getByText('40%').count()).toBe(1)
  await page.locator('.need', { hasText: 'expired' }).getByRole('button', { name: 'Claim for…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'docs' }).click()
  await page.locator('.need', { hasText: 'expired' }).waitFor({ state: 'detached' })
  const { json } = await as('two', 'claims', '--json')
  expect(json.claims).toMatchObject([{ resource_name: 'src/auth.ts', claimed_by: 'two' }])
  expect((await as('two', 'inbox', '--peek', '--json')).json.messages).toContainEqual(
    expect.objectContaining({ from: 'human' }),
  )
  expect([faults, foreign]).toEqual([[], []])
})

test('messages arrive, are answered and written, and the command line has them', async () => {
  const { page, faults } = await visit(signed())
  await as('one', 'send', 'human', 'which price?', 'The two differ.', '--ack')
  await page.locator('.thread.new', { hasText: 'which price?' }).waitFor()
  await page.locator('.card[data-session=one]').getByText('waiting').first().waitFor()
  await page.locator('.need', { hasText: 'which price?' }).getByRole('button', { name: 'Answer' }).click()
  await page.locator('.answer', { hasText: 'The two differ.' }).waitFor()
  await page.getByLabel('your answer').fill('the one on the site')
  await page.keyboard.press('Enter')
  await page.locator('.need', { hasText: 'which price?' }).waitFor({ state: 'detached' })
  await page.locator('.card[data-session=one]').getByText('waiting').waitFor({ state: 'detached' })
  await page.getByLabel('to', { exact: true }).selectOption('two')
  await page.getByLabel('subject').fill('rebase, please')
  await page.keyboard.press('Control+Enter')
  await page.locator('.thread', { hasText: 'rebase, please' }).waitFor()
  const inbox = async (id: string) => (await as(id, 'inbox', '--json')).json.messages
  expect(await inbox('one')).toContainEqual(
    expect.objectContaining({ from: 'human', message: 'the one on the site', type: 'reply' }),
  )
  expect(await inbox('two')).toContainEqual(
    expect.objectContaining({ from: 'human', subject: 'rebase, please' }),
  )
  await as('two', 'send', 'broadcast', 'done for today')
  await page.locator('.thread.new', { hasText: 'done for today' }).waitFor()
  await page.getByRole('button', { name: 'mark read' }).click()
  await page.locator('.thread.new').waitFor({ state: 'detached', timeout: 2000 })
  expect(faults).toEqual([])
})

test('a question is only acknowledged, an alert too, and each goes from the page and from the command line', async () => {
  const { page, faults } = await visit(signed())
  await as('one', 'send', 'human', 'I take the blue one', '--ack')
  const row = page.locator('.need', { hasText: 'I take the blue one' })
  await row.getByRole('button', { name: 'Answer' }).click()
  await row.getByRole('button', { name: 'Only acknowledge' }).click()
  await row.waitFor({ state: 'detached' })
  expect((await as('one', 'whoami', '--json')).json.session.state).not.toBe('waiting')
  const alerts = page.locator('.fold', { hasText: 'Alerts' })
  await alerts.locator('summary').click()
  const overlap = alerts.locator('li', { hasText: 'worktree of its own' })
  await overlap.getByText('auth', { exact: true }).waitFor()
  await overlap.getByRole('button', { name: 'Acknowledge' }).click()
  await overlap.waitFor({ state: 'detached' })
  const { json } = await coord({ cwd: dir }, 'alerts', '--as', 'human', '--json')
  expect(json.alerts.filter(({ kind }: { kind: string }) => kind === 'cwd_overlap')).toEqual([])
  expect(faults).toEqual([])
})

test('requests, roll calls and channels come and go, folded below the sessions', async () => {
  const { page, faults } = await visit(signed())
  const fold = (title: string) => page.locator('.fold', { has: page.getByText(title, { exact: true }) })
  await page.locator('[data-session=one]').waitFor()
  expect(await fold('Requests').count()).toBe(0)
  await as('one', 'claim', 'droplet', 'church')
  const { json } = await as('two', 'request', 'droplet', 'church', '--reason', 'a fix', '--json')
  const need = page.locator('.need', { hasText: 'docs asks auth for droplet/church' })
  await need.waitFor()
  await fold('Requests').getByText('1 open').waitFor()
  await as('one', 'request', '--refuse', json.message.id, '--reason', 'in an hour')
  await need.waitFor({ state: 'detached' })
  await fold('Requests').locator('summary').click()
  await fold('Requests').getByText('in an hour').waitFor()
  await as('two', 'request', 'droplet', 'church', '--reason', 'now?', '--json')
  await need.getByRole('button', { name: 'Grant or refuse' }).click()
  await page.getByLabel('reason').fill('not yet')
  await page.keyboard.press('Enter')
  await need.waitFor({ state: 'detached' })
  await fold('Requests').getByText('not yet').waitFor()
  await as('two', 'request', 'droplet', 'church', '--reason', 'and now?', '--json')
  await fold('Requests').getByRole('button', { name: 'Grant or refuse' }).click()
  await need.getByRole('button', { name: 'Grant', exact: true }).click()
  await need.waitFor({ state: 'detached' })
  await fold('Requests').getByText('granted').waitFor()
  expect((await as('two', 'claims', '--mine', '--json')).json.claims).toContainEqual(
    expect.objectContaining({ resource_name: 'church', claimed_by: 'two' }),
  )
  await as('one', 'rollcall', 'who is there?')
  await fold('Roll call').getByText('0 of 1 answered').waitFor()
  await as('two', 'inbox', '--json')
  const called = (await as('two', 'messages', '--json')).json.messages
  const { id } = called.find(({ type }: { type: string }) => type === 'rollcall')
  await as('two', 'reply', id, 'here')
  await fold('Roll call').getByText('1 of 1 answered').waitFor()
  await as('two', 'publish', 'build', 'it is green')
  await fold('Channels').getByText('it is green').first().waitFor()
  expect(faults).toEqual([])
})

const HOSTILE = '<img src=x onerror="window.hacked=1"><b>bold</b>&lt; \u202egnp.exe\u001b[31m'

test('hostile text is shown, never obeyed', async () => {
  const { page, faults, foreign } = await visit(signed())
  await as('evil', 'push', 'working', HOSTILE, '--session', 'evil')
  await as('one', 'send', 'broadcast', HOSTILE, HOSTILE)
  await as('two', 'claim', 'droplet', HOSTILE.replace('\u001b', ''))
  const card = page.locator('.card', { hasText: 'evil' })
  await card.waitFor()
  await page.locator('.thread .subject', { hasText: '<img' }).waitFor()
  expect(await card.textContent()).toContain('<b>bold</b>&lt; \\u{202e}gnp.exe\\u{1b}[31m')
  await card.click()
  await page.locator('.history li', { hasText: '\\u{202e}' }).first().waitFor()
  expect(await page.locator('#page img, #page b').count()).toBe(0)
  expect(await page.evaluate('window.hacked')).toBeUndefined()
  expect([faults, foreign]).toEqual([[], []])
})

test('everything is done by keys', async () => {
  const { page, faults } = await visit(signed())
  await page.locator('[data-session=one]').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('docs')
  await expect.poll(() => page.locator('.card').count()).toBe(1)
  const widths = () => page.locator('.card').evaluateAll((all) => all.map((card) => card.clientWidth))
  await page.keyboard.press('Escape')
  await expect.poll(() => page.locator('.card').count()).toBe(3)
  const before = await widths()
  await page.keyboard.press('/')
  await page.keyboard.type('zzz')
  await page.getByText('No session fits the filter').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(widths).toEqual(before)
  for (let step = 0; step < 9; step++) await page.keyboard.press('j')
  await page.keyboard.press('k')
  const chosen = await page.locator('.card.at').getAttribute('data-session')
  await page.keyboard.press('Enter')
  await page.locator('.history li').first().waitFor()
  expect(page.url()).toContain(`#/session/${chosen}`)
  await page.keyboard.press('Escape')
  await page.locator('.card').first().waitFor()
  await page.keyboard.press('m')
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('write-subject')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('1')
  expect(await page.getByRole('button', { name: '15m' }).getAttribute('aria-pressed')).toBe('true')
  await page.keyboard.press('d')
  await page.keyboard.press('ArrowRight')
  await page.locator('.pointed').waitFor()
  const told = await page.locator('.detail').textContent()
  await page.keyboard.press('ArrowDown')
  await expect.poll(() => page.locator('.detail').textContent()).not.toBe(told)
  await page.keyboard.press('Shift+ArrowLeft')
  await expect.poll(() => page.getByRole('button', { name: 'Now', exact: true }).isEnabled()).toBe(true)
  await page.keyboard.press('n')
  expect(await page.getByRole('button', { name: 'Now', exact: true }).isEnabled()).toBe(false)
  expect(faults).toEqual([])
})

test('without the token, or with a wrong one, everything is read, and writing says how to get it', async () => {
  const { page } = await visit(`${served.url}/`)
  await page.locator('[data-session=one]').waitFor()
  await page.getByText('which ends in #token=…').waitFor()
  expect(await page.getByLabel('subject').count()).toBe(0)
  await page.goto(`${served.url}/#token=aaaaaaaaaaaaaaaaaaaaaaaa`)
  await page.getByText('does not take this page’s token').waitFor()
  expect(await page.getByLabel('subject').count()).toBe(0)
  await page.getByLabel('token').fill(served.token)
  await page.keyboard.press('Enter')
  await page.getByLabel('subject').waitFor()
})

test('of a name that only pushes the page is opened, which says why; its age goes on, and the day is as near as it fits', async () => {
  const { page, faults } = await visit(signed())
  await as('', 'push', 'blocked', 'no disk', '--session', 'bulk')
  const row = page.locator('.need', { hasText: 'no disk' })
  const first = await row.textContent()
  expect(first).toMatch(/is blocked \d+s/)
  const later = async () => {
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    return row.textContent()
  }
  await expect.poll(later).not.toBe(first)
  await page.getByRole('button', { name: '15m', pressed: true }).waitFor()
  await row.getByRole('button', { name: 'Open' }).click()
  await page.getByText('It only pushes').waitFor()
  expect(await page.locator('.notice').textContent()).toContain('only pushes, and reads no messages')
  expect(await page.getByRole('button', { name: 'Message', exact: true }).count()).toBe(0)
  await page.reload()
  await page.getByText('It only pushes').waitFor()
  expect(await page.getByLabel('to', { exact: true }).inputValue()).toBe('broadcast')
  await page.goto(`${served.url}/#/session/nobody`)
  await page.getByText('There is no such session').waitFor()
  expect(faults).toEqual([])
})

test('a draft outlives the token that is good no longer', async () => {
  const { page } = await visit(signed())
  await page.getByLabel('subject').fill('not yet lost')
  await served.stop()
  served = await serveRoom(dir, served.port)
  await page.locator('#link.good').waitFor()
  await page.getByRole('button', { name: 'Send' }).click()
  await page.locator('.thread', { hasText: 'not yet lost' }).waitFor()
  await page.getByLabel('subject').fill('still here')
  await served.stop()
  served = await serveRoom(dir, served.port, '--new-token')
  await page.getByText('does not take this page’s token').waitFor()
  expect(await page.getByLabel('subject').inputValue()).toBe('still here')
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  await page.goto(signed())
  await page.getByRole('button', { name: 'Send' }).click()
  await page.locator('.thread', { hasText: 'still here' }).waitFor()
})

test('a private server asks for the token before it shows anything', async () => {
  const closed = emptyDirectory()
  await coord({ cwd: closed }, 'init')
  const server = await serveRoom(closed, 0, '--private')
  const { page } = await visit(`${server.url}/`)
  await page.getByText('It may want the token for reading too').waitFor()
  expect(await page.locator('#now-title').count()).toBe(0)
  await page.getByLabel('token').fill(`${server.url}/#token=${server.token}`)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Now 0' }).waitFor()
  await server.stop()
})

test('where no WebSocket can be had, the changes come as events', async () => {
  const broken =
    'window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.()) } close() {} }'
  const { page } = await visit(`${served.url}/`, {}, broken)
  await page.locator('#link.good').waitFor()
  await as('one', 'push', 'working', 'told by events')
  await page.locator('.card', { hasText: 'told by events' }).waitFor()
})

/** What of the page scrolls by itself in its height. */
const boxesThatScroll = () =>
  [...document.querySelectorAll('.bands *')]
    .filter((each) => /auto|scroll/.test(getComputedStyle(each).overflowY))
    .map(({ className }) => className)

test.each(['light', 'dark'] as const)(
  'at 360 px nothing runs out of the page, and all text can be read in the %s',
  async (colorScheme) => {
    const { page } = await visit(signed(), { colorScheme, viewport: { width: 360, height: 740 } })
    await page.locator('.card').first().waitFor()
    await page.locator('.lane').first().waitFor()
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(await overflow()).toBe(0)
    expect(await page.evaluate(boxesThatScroll)).toEqual([])
    const width = (what: string) =>
      page
        .locator(what)
        .first()
        .evaluate((it) => it.getBoundingClientRect().width)
    expect(await width('.card')).toBe(await width('.timeline'))
    expect(await page.locator('#filter').getAttribute('placeholder')).toBe('Filter')
    expect(await page.evaluate(mixOf)).toEqual([])
    await page.getByRole('button', { name: /^Messages/ }).click()
    await page.getByLabel('subject').waitFor()
    expect([await overflow(), await page.evaluate(mixOf)]).toEqual([0, []])
  },
)

test('a server that goes and comes back is told, and the page heals by itself', async () => {
  const { page, faults } = await visit(signed())
  await page.locator('#link.good').waitFor()
  await served.stop()
  await page.getByText(/Connection lost. This is how the room was/).waitFor()
  expect(await page.locator('[data-session=one]').count()).toBe(1)
  served = await serveRoom(dir, served.port)
  await as('', 'start', '--id', 'three', '--name', 'late')
  await page.locator('.card', { hasText: 'late' }).waitFor()
  expect(await page.getByText('Connection lost').count()).toBe(0)
  expect(faults).toEqual([])
})

test('a room that vanishes and comes back is told too', async () => {
  const { page } = await visit(signed())
  await page.locator('.card', { hasText: 'late' }).waitFor()
  fs.renameSync(path.join(dir, 'COORDINATION'), path.join(dir, 'away'))
  await page.getByText('can’t be read at the moment').waitFor()
  expect(await page.locator('.card', { hasText: 'late' }).count()).toBe(1)
  fs.renameSync(path.join(dir, 'away'), path.join(dir, 'COORDINATION'))
  await page.getByText('can’t be read at the moment').waitFor({ state: 'detached' })
})

const STEPS = 30

/** The seconds that a page's own thread has worked, whatever else the machine does. */
async function workOf(page: Page): Promise<number> {
  const inspector = await page.context().newCDPSession(page)
  await inspector.send('Performance.enable', { timeDomain: 'threadTicks' })
  const { metrics } = await inspector.send('Performance.getMetrics')
  await inspector.detach()
  return metrics.find(({ name }) => name === 'TaskDuration')!.value
}

test('a thousand sessions scroll, with few cards at a time, and one event draws one card', async () => {
  const large = emptyDirectory()
  writeRoom(large, { sessions: 1000, heartbeats: 0, messages: 50 })
  const { url, stop } = await serveRoom(large)
  const { page, faults } = await visit(`${url}/`)
  await page.locator('.card').first().waitFor()
  await page.getByRole('heading', { name: 'Now 1000' }).waitFor()
  const grid = page.locator('.grid-box')
  const before = await workOf(page)
  await grid.evaluate(async (box, steps) => {
    for (let step = 1; step <= steps; step++) {
      box.scrollTop = (box.scrollHeight * step) / steps
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))
    }
  }, STEPS)
  expect(((await workOf(page)) - before) / STEPS).toBeLessThan(0.08)
  expect(await page.locator('.card').count()).toBeLessThan(40)
  await page.keyboard.press('/')
  await page.keyboard.type('work-500')
  await page.locator(`[data-session="${sessionId(500)}"]`).waitFor()
  await page.keyboard.press('Escape')
  await grid.evaluate((box) => {
    box.scrollTop = 0
    const drawn = new Set<string>()
    Object.assign(window, { drawn })
    new MutationObserver((all) => {
      for (const { target } of all) {
        const card = (target instanceof Element ? target : target.parentElement)?.closest<HTMLElement>(
          '.card',
        )
        if (card && !(target.parentElement?.closest('time, .sign') || (target as Element).closest?.('.sign')))
          drawn.add(card.dataset.session!)
      }
    }).observe(box, { subtree: true, childList: true, characterData: true, attributes: true })
  })
  const first = (await page.locator('.card').first().getAttribute('data-session'))!
  await page.evaluate(() => (window as any).drawn.clear())
  await coord({ cwd: large, session: first }, 'push', 'error', 'it is red')
  await page.locator('.card', { hasText: 'it is red' }).waitFor()
  expect(await page.evaluate(() => [...(window as any).drawn])).toEqual([first])
  expect(faults).toEqual([])
  await stop()
})
