import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { makeRoom, PINNED, said } from './rooms.ts'

test('handing over says to whom, until when and with which token', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x', '--for', '90m')
  const answer = await room.later(30, 'one', 'handoff', '--to', 'two', '--note', 'the form is left')
  expect(said(answer)).toMatch(
    /^handed droplet\/x to two until 11:30Z, in 1h \(token \d+\)\ncoord handoff --show [a-z2-7]{4}$/,
  )
  const [, id] = / (\S{4})$/.exec(answer.out)!
  const shown = said(await room.plain('handoff', '--show', id!))
  expect(shown).toBe(room.read(`handoffs/${room.files('handoffs')[0]}`).trimEnd())
  const mail = said(await room.later(31, 'two', 'inbox'))
  expect(mail).toContain('[high] droplet/x is yours now')
  expect(mail).toContain(`the form is left\n    coord handoff --show ${id}`)
})

test('handoff --json carries the record with the path of its file, and the message', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'file', 'a', 'b')
  const { json } = await room.as(
    'one',
    'handoff',
    '--all',
    '--to',
    'two',
    '--completed',
    'walls',
    '--next',
    'roof',
    '--json',
  )
  expect(Object.keys(json)).toEqual(['ok', 'handoff', 'message'])
  const { path: file, ...record } = json.handoff
  expect(file).toBe(`handoffs/${record.id}.md`)
  expect(record).toMatchObject({
    ...{ from: 'one', from_name: null, to: 'two', to_name: null, note: null, state: 'idle' },
    ...{ work_completed: ['walls'], next_steps: ['roof'], at: '2026-11-20T10:00:00.000Z' },
    claims: [
      {
        resource_type: 'file',
        resource_name: 'a',
        token: expect.any(Number),
        expires_at: expect.any(String),
      },
      { resource_name: 'b' },
    ],
  })
  const text = room.read(file)
  expect(JSON.parse(text.slice(4, text.indexOf('\n---', 4)))).toEqual(record)
  const again = await room.as('one', 'handoff', 'file', 'a', '--to', 'two', '--json')
  expect(again.json).toMatchObject({ ok: true, already: true, handoff: { id: record.id } })
})

test('the next claimer is shown the handoff, in a line and as JSON', async () => {
  const room = await makeRoom('one', 'two', 'three')
  await room.did('one', 'claim', 'droplet', 'x')
  const left = said(await room.as('one', 'handoff', '--note', 'mind the \u001b[31mstep'))
  expect(left).toMatch(/^released droplet\/x for the next claimer\ncoord handoff --show /)
  const claimed = said(await room.later(5, 'two', 'claim', 'droplet', 'x')).split('\n')
  expect(claimed[1]).toMatch(
    /^handoff of one, 5m ago: mind the \\u\{1b\}\[31mstep {2}coord handoff --show \S{4}$/,
  )
  await room.didLater(6, 'two', 'release')
  const { json } = await room.later(7, 'three', 'claim', 'droplet', 'x', '--json')
  expect(Object.keys(json)).toEqual(['ok', 'claim', 'handoff'])
  expect(json.handoff).toMatchObject({ path: `handoffs/${json.handoff.id}.md`, from: 'one', to: null })
})

test('a note can be read from standard input', async () => {
  const room = await makeRoom('one')
  await room.did('one', 'claim', 'droplet', 'x')
  const call = { cwd: room.dir, session: 'one', env: PINNED, input: 'from\nbelow\n' }
  expect((await coord(call, 'handoff', '--note', '-', '--json')).json.handoff.note).toBe('from\nbelow\n')
})

test('handoff --list shows what there is, also what people wrote', async () => {
  const room = await makeRoom('one', 'two')
  expect(said(await room.plain('handoff', '--list'))).toBe('no handoffs')
  await room.did('one', 'claim', 'droplet', 'x')
  await room.did('one', 'handoff', '--to', 'two', '--note', 'the form')
  fs.writeFileSync(path.join(room.root, 'handoffs/keys.md'), '# Keys\n\nare in the safe\n')
  const lines = said(await room.later(5, 'two', 'handoff', '--list')).split('\n')
  expect(lines.map((line) => line.replace(/^\S{4}/, 'abcd').replaceAll(/ {2,}/g, '|'))).toEqual([
    'abcd|5m ago|one|→ two (you)|droplet/x|the form',
    '–|keys.md|Keys',
  ])
  expect(said(await room.plain('handoff', '--list', '--limit', '1'))).toContain(
    '… 1 more; --limit 2 shows them',
  )
  const { json } = await room.plain('handoff', '--list', '--json')
  expect(json.handoffs).toMatchObject([
    { id: expect.any(String), from: 'one', to: 'two', claims: [{ resource_name: 'x' }], first: 'the form' },
    { path: 'handoffs/keys.md', id: null, at: null, from: null, to: null, claims: [], first: 'Keys' },
  ])
})

test('end with a handoff carries it in its answer', async () => {
  const room = await makeRoom('one')
  await room.did('one', 'claim', 'droplet', 'x')
  const { json } = await room.as('one', 'end', '--handoff', 'ready', '--json')
  expect(json).toMatchObject({
    session: { handoff_notes: 'ready' },
    handoff: { path: expect.stringMatching(/^handoffs\//), note: 'ready', claims: [{ resource_name: 'x' }] },
  })
})

test('the history of a claim tells who handed it over', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x')
  await room.did('one', 'handoff', '--to', 'two')
  expect(said(await room.as('two', 'claims', 'droplet/x'))).toMatch(
    /held before\n {2}one {2}token \d+ .* {2}handed over to two \(you\)$/,
  )
})

test.each([
  [['handoff', '--to', 'tow'], 2, 'Did you mean two'],
  [['handoff', '--to', 'one'], 2, 'you are one yourself'],
  [['handoff', '--note', ''], 2, 'note is empty'],
  [['handoff', '--list', '--to', 'two'], 2, '--list hands nothing over, so it takes no --to'],
  [['handoff', '--show', 'abcd', 'droplet', 'x'], 2, 'so it takes no TYPE NAME'],
  [['handoff', '--list', '--show', 'abcd'], 2, 'both --list and --show are given'],
  [['handoff', '--limit', '3'], 2, 'coord handoff --list --limit 3'],
  [['handoff', 'droplet', 'other', '--to', 'two'], 1, 'there is no claim of droplet/other'],
  [['handoff', '--show', 'none'], 1, 'coord handoff --list'],
])('%j is refused with exit %i and the way out', async (args, code, text) => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x')
  const answer = await room.as('one', ...args)
  expect(answer).toMatchObject({ code, out: '' })
  expect(answer.err).toContain(text)
})

test('a handover that is done already says that nothing new was written, and shows what was', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x')
  await room.did('one', 'handoff', '--to', 'two', '--note', 'first')
  const again = ['handoff', 'droplet', 'x', '--to', 'two', '--note', 'second']
  expect(said(await room.as('one', ...again))).toMatch(
    /^handed droplet\/x to two before \(token \d+\)\nnothing new was written\ncoord handoff --show \S{4}$/,
  )
  expect((await room.as('one', ...again, '--json')).json).toMatchObject({
    ...{ already: true, handoff: { note: 'first' } },
  })
})

test('a handoff without words shows a dash in the list, and the next claimer as recipient', async () => {
  const room = await makeRoom('one')
  await room.did('one', 'claim', 'droplet', 'x')
  await room.did('one', 'handoff')
  expect(said(await room.plain('handoff', '--list'))).toMatch(
    / one \(you\) {2}→ next claimer {2}droplet\/x {2}–$/,
  )
})

test.each([
  ['empty', '', 'is empty'],
  ['torn', '---\n{"id":"2026', "has a front block that can't be read"],
])('a handoff that is %s is shown as damaged, and doctor names it', async (_how, text, why) => {
  const room = await makeRoom('one')
  await room.did('one', 'claim', 'droplet', 'x')
  await room.did('one', 'handoff', '--note', 'for you')
  const file = `handoffs/${room.files('handoffs')[0]}`
  fs.writeFileSync(path.join(room.root, file), text)
  const shown = await room.plain('handoff', '--show', file, '--json')
  expect(shown).toMatchObject({ code: 4, json: { ok: false, error: { code: 'damaged', file } } })
  expect(said(await room.plain('handoff', '--list'))).toContain(text === '' ? '–' : '---')
  const { problems } = (await room.plain('doctor', '--json')).json
  expect(problems).toContainEqual(
    expect.objectContaining({ path: file, kind: 'unreadable', detail: why, fix: null }),
  )
})
