// `npm run demo`: three sessions in three real shells work in a temporary repository, two in one checkout and one in a linked
// worktree. Everything shown is the output of real commands. Nothing stays behind.
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import fs from 'fs-extra'

const bin = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'bin', 'coord.cjs')
const base = await fs.mkdtemp(path.join(os.tmpdir(), 'coord-demo-'))
const checkout = path.join(base, 'shop')
const worktree = path.join(base, 'shop-payments')
const git = (...args) =>
  execa('git', ['-c', 'user.name=demo', '-c', 'user.email=demo@example.org', ...args], { cwd: checkout })

/** A shell that stays open, like a terminal: its commands run one after the other, their output is shown as it was. */
function openShell(name, cwd) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' }
  const shell = execa('bash', ['--norc'], {
    cwd,
    env,
    extendEnv: false,
    all: true,
    buffer: false,
    reject: false,
  })
  shell.stdin.write(`coord() { "${process.execPath}" "${bin}" "$@"; }\n`)
  const run = async (line) => {
    const end = `--end-of-command-${Math.random()}--`
    let output = ''
    const done = new Promise((resolve) => {
      const listen = (chunk) => {
        output += chunk
        if (!output.includes(end)) return
        shell.all.off('data', listen)
        resolve(output.slice(0, output.indexOf(end)).trimEnd())
      }
      shell.all.on('data', listen)
    })
    shell.stdin.write(`${line}\necho; echo "exit $?" >/dev/null; echo "${end}"\n`)
    const text = await done
    console.log(`\n${name}$ ${line}${text ? `\n${text.replace(/^/gm, '  ')}` : ''}`)
  }
  return { run, close: () => shell.stdin.end() && shell }
}

const shells = []
try {
  await fs.mkdirp(checkout)
  await git('init', '--quiet', '--initial-branch=main')
  await git('commit', '--quiet', '--allow-empty', '--message=start')
  await git('worktree', 'add', '--quiet', '-b', 'payments', worktree)

  console.log('Three shells: ann and ben in one checkout, cleo in a linked worktree.')
  const ann = openShell('ann ', checkout)
  const ben = openShell('ben ', checkout)
  const cleo = openShell('cleo', worktree)
  shells.push(ann, ben, cleo)

  await ann.run('coord start --name ann --work church-guidance --quiet')
  await ben.run('coord start --name ben')
  await cleo.run('coord start --name cleo --quiet')
  await ann.run('coord claim droplet church-guidance --phase BUILD')
  await ben.run('coord claim droplet church-guidance')
  await ann.run(
    'coord heartbeat building church-guidance "BUILD - landing page" --progress 30% --next "intake form" --eta 2h',
  )
  await ben.run('coord send ann "church-guidance" "Can I take the tests?" --ack')
  await ann.run('coord inbox')
  await ann.run(
    'coord reply $(coord messages --json | grep -o \'"id":"[^"]*"\' | tail -1 | cut -d\\" -f4) "Yes, please. Release is near."',
  )
  await ben.run('coord inbox')
  await cleo.run('coord claim file src/payments.ts src/refunds.ts --for 30m')
  await cleo.run('coord heartbeat blocked payments --message "waiting for API keys"')
  await ben.run('coord status')
  console.log('\n----- COORDINATION/STATUS_BOARD.md -----\n')
  console.log(await fs.readFile(path.join(checkout, 'COORDINATION/STATUS_BOARD.md'), 'utf8'))
  console.log('----------------------------------------')
  await ann.run('coord release --phase-completed BUILD --next-phase PRODUCTION --tests-passing yes')
  await ben.run('coord claim droplet church-guidance --phase PRODUCTION')
  await ann.run('coord end --completed "church-guidance BUILD phase" --handoff "ready for PRODUCTION"')
  await cleo.run('coord end')
  await ben.run('coord end')
  await ben.run('coord commit && git log --oneline coordination && git status --short')

  console.log(`
What to look at:
  - ben was refused while ann held the droplet, with who, until when and what to do; after her release he got it at once.
  - His token is higher than hers: whatever the claim protects can refuse a late writer.
  - cleo works in another worktree and is on the same board; nobody set a variable, each shell knew its session.
  - "Coordination Needed" named the blocked session and the refused claim.
  - The room is recorded on the branch "coordination"; git status shows only
    COORDINATION/ itself: its README, config and .gitignore are meant to be tracked, the rest never is.`)
} finally {
  for (const shell of shells) await shell.close()
  await fs.remove(base)
}
