/** The texts of the package's `templates/` that a new room starts with. */
import fs from 'node:fs'
import path from 'node:path'
import type { Texts } from './layout.ts'

/** Read them from the package directory. */
export function loadTexts(home: string): Texts {
  const read = (name: string) => fs.readFileSync(path.join(home, 'templates', name), 'utf8')
  return { readme: read('room-README.md'), gitignore: read('room-gitignore'), template: read }
}
