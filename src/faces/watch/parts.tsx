/** @jsxImportSource react */
/** The parts of the screen: each draws the lines that it is given, and no more than are seen. */
import { Box, Text, Transform } from 'ink'
import { createContext, memo, type ReactNode, useContext } from 'react'
import { columnsIn } from '../../protocol/width.ts'
import { type Colours, cutLine, type Line, painted } from './span.ts'

/** The colours of the terminal. */
export const Palette = createContext<Colours>(null)

const MARK = '›'

interface RowProps {
  line: Line
  columns: number
  /** Chosen: with a mark; in the pane that has the keys also in reverse, where colours would be blots. */
  chosen?: boolean
  active?: boolean
  /** Rows that can be chosen begin with room for the mark. */
  marked?: boolean
}

/** One line of a pane. */
export const Row = memo(function Row({ line, columns, chosen, active, marked }: RowProps) {
  const colours = useContext(Palette)
  const room = columns - (marked ? 1 : 0)
  const reversed = Boolean(chosen && active)
  const pieces = cutLine(line, room)
  const used = pieces.reduce((sum, { text }) => sum + columnsIn(text), 0)
  const fill = reversed ? ' '.repeat(Math.max(0, room - used)) : ''
  return (
    <Text wrap="truncate" inverse={reversed}>
      {marked ? (chosen ? MARK : ' ') : ''}
      {pieces.map((span, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is drawn as a whole
        <Transform key={at} transform={(text) => painted(text, span, reversed ? null : colours)}>
          {span.text}
        </Transform>
      ))}
      {fill || (used + (marked ? 1 : 0) === 0 ? ' ' : '')}
    </Text>
  )
}, sameRow)

/** A row is drawn again when it says something else. */
function sameRow(before: RowProps, after: RowProps): boolean {
  return JSON.stringify(before) === JSON.stringify(after)
}

/** Lines in so many columns and rows; what is below is left out, what is missing is empty. */
export function Pane({ columns, rows, children }: { columns: number; rows: number; children: ReactNode }) {
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      {children}
    </Box>
  )
}

/** The line between two panes beside one another. */
export function Divider({ rows }: { rows: number }) {
  const line: Line = [{ text: ' │ ', role: 'muted' }]
  return (
    <Pane columns={3} rows={rows}>
      {Array.from({ length: rows }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <Row key={at} line={line} columns={3} />
      ))}
    </Pane>
  )
}
