import { expect, test } from 'vitest'
import { csvRow } from '../../src/protocol/csv.ts'
import { checkTable, columnsOf, TABLE_NAMES, tablesIn } from '../../src/protocol/tables.ts'

test.each([
  ['SELECT * FROM sessions', ['sessions']],
  ['select m."from" from Messages m join SESSIONS s on true', ['sessions', 'messages']],
  ['SELECT 1', []],
  ['SELECT mysessions', []],
  ['SELECT count(*) FROM raw_sessions', ['sessions']],
  ["FROM query_table('sess' || 'ions')", TABLE_NAMES],
  ["FROM query('FROM sess' || 'ions')", TABLE_NAMES],
])('%s needs these tables: %s', (sql, tables) => {
  expect(tablesIn(sql)).toEqual(tables)
})

test('columns are the fields of the records, times as times, lists and objects as JSON', () => {
  const columns = Object.fromEntries(columnsOf('sessions'))
  expect(columns).toMatchObject({
    ...{ session_id: 'VARCHAR', started_at: 'TIMESTAMP', pid: 'DOUBLE', capabilities: 'JSON', last: 'JSON' },
  })
  expect(Object.fromEntries(columnsOf('messages'))).toMatchObject({ ack: 'BOOLEAN', details: 'JSON' })
  expect(Object.fromEntries(columnsOf('receipts'))).toEqual({
    at: 'TIMESTAMP',
    message: 'VARCHAR',
    state: 'VARCHAR',
  })
})

test('a table that there is none of is refused with the nearest', () => {
  expect(checkTable('claims')).toBe('claims')
  expect(() => checkTable('claim')).toThrow(
    expect.objectContaining({ code: 'invalid', hint: 'Did you mean claims?' }),
  )
})

test.each([
  [['a', 1, true], 'a,1,true'],
  [[null, undefined, ''], ',,'],
  [['say "x", y', 'two\nlines'], '"say ""x"", y","two\nlines"'],
  [[['a'], { b: 1 }], '"[""a""]","{""b"":1}"'],
])('%j as a row of CSV', (values, row) => {
  expect(csvRow(values)).toBe(row)
})
