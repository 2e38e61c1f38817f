/** @jsxImportSource react */
/** The whole screen: needs and sessions on the left, what is chosen on the right, messages below. */
import { Box } from 'ink'
import { Divider, Palette, Pane, Row } from './parts.tsx'
import type { Screen } from './screen.ts'
import type { Colours } from './span.ts'

interface AppProps {
  screen: Screen
  colours: Colours
}

/** Draws what screenOf has laid out. */
export function App({ screen, colours }: AppProps) {
  const { layout, head, list, detail, messages, foot } = screen
  const { columns, rows, body } = layout
  return (
    <Palette.Provider value={colours}>
      <Box flexDirection="column" width={columns} height={rows}>
        <Row line={head} columns={columns} />
        <Box height={body}>
          {layout.list > 0 ? <Rows rows={list} columns={layout.list} height={body} /> : null}
          {layout.list > 0 && layout.detail > 0 ? <Divider rows={body} /> : null}
          {layout.detail > 0 ? <Rows rows={detail} columns={layout.detail} height={body} /> : null}
        </Box>
        {layout.messages > 0 ? <Rows rows={messages} columns={columns} height={layout.messages} /> : null}
        <Row line={foot} columns={columns} />
      </Box>
    </Palette.Provider>
  )
}

function Rows({ rows, columns, height }: { rows: Screen['list']; columns: number; height: number }) {
  return (
    <Pane columns={columns} rows={height}>
      {rows.map((row, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a place on the screen is what is drawn
        <Row key={at} {...row} columns={columns} />
      ))}
    </Pane>
  )
}
