/** Real terminals: panes of a tmux server of the test's own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { cleanEnvironment } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { BIN } from './support.ts'

const ENV = { ...cleanEnvironment(), TERM: 'xterm', SHELL: '/bin/bash' }

/** A tmux server of its own, a child of the test; `end` waits until its shells and the server are gone. */
export class Tmux {
  private readonly scratch = temporaryDirectory()
  private readonly server: ChildProcess
  private serial = 0

  constructor(private readonly cwd: string) {
    this.server = spawn('tmux', [...this.options, '-D'], { env: ENV, stdio: 'ignore' })
    onTestFinished(() => this.end())
  }

  private get options(): string[] {
    return ['-S', path.join(this.scratch, 'socket'), '-f', '/dev/null']
  }

  async ready(): Promise<void> {
    await expect.poll(() => fs.existsSync(path.join(this.scratch, 'socket')), { timeout: 20_000 }).toBe(true)
  }

  private async end(): Promise<void> {
    const gone = new Promise((resolve) => this.server.once('close', resolve))
    const shells = this.tmux('list-panes', '-a', '-F', '#{pane_pid}').split('\n')
    this.tmux('kill-session')
    await vi.waitUntil(() => shells.every((pid) => !fs.existsSync(`/proc/${pid}`)), { timeout: 20_000 })
    this.server.kill('SIGTERM')
    await gone
  }

  tmux(...args: string[]): string {
    return execFileSync('tmux', [...this.options, ...args], { env: ENV, encoding: 'utf8' }).trim()
  }

  /** Open a pane; its id. */
  pane(): string {
    const shell = ['-P', '-F', '#{pane_id}', '-c', this.cwd, 'bash --norc --noprofile']
    return this.serial === 0
      ? this.tmux('new-session', '-d', '-x', '200', '-y', '50', ...shell)
      : this.tmux('new-window', ...shell)
  }

  /** Type a line. */
  type(pane: string, line: string): void {
    this.tmux('send-keys', '-t', pane, '-l', line)
    this.tmux('send-keys', '-t', pane, 'Enter')
  }

  /** Press a key by its name in tmux, e.g. `C-c`. */
  press(pane: string, key: string): void {
    this.tmux('send-keys', '-t', pane, key)
  }

  /** Type a command into a pane and wait for its answer. */
  async coord(pane: string, line: string, before = ''): Promise<Record<string, any>> {
    const file = path.join(this.scratch, `answer-${++this.serial}`)
    const script = path.join(this.scratch, `run-${this.serial}.sh`)
    fs.writeFileSync(
      script,
      `${before} '${process.execPath}' '${BIN}' ${line} --json >'${file}.new'; mv '${file}.new' '${file}'\n`,
    )
    this.type(pane, `. ${script}`)
    await expect.poll(() => fs.existsSync(file), { timeout: 20_000 }).toBe(true)
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, any>
  }
}
