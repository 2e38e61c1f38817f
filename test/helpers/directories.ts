/** Directories that go with a test, or when the tests of a file are done. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** A temporary directory that goes with the test. */
export function temporaryDirectory(): string {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coord-test-')))
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }))
  return dir
}

const directories: string[] = []

/** An empty directory that all tests of a file may use. */
export function fileDirectory(): string {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coord-cli-')))
  directories.push(dir)
  return dir
}

export function removeDirectories(): void {
  for (const dir of directories.splice(0)) fs.rmSync(dir, { recursive: true, force: true })
}
