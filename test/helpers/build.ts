import { execFileSync } from 'node:child_process'
import path from 'node:path'

/** Build dist/ once before all tests: those of the command line run what users run. */
export default function setup(): void {
  execFileSync(process.execPath, [path.join(import.meta.dirname, '../../build/build.mjs')], {
    stdio: 'inherit',
  })
}
