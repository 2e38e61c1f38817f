/** Whether what `install` wrote is still reached: for `coord doctor`. Reads only. */
import path from 'node:path'
import type { Context } from '../../context.ts'
import { callsCoord } from '../../protocol/agents/git-hook-text.ts'
import { GIT_HOOKS, type Programs, programsOf } from '../../protocol/agents/lines.ts'
import { ownCommands, ownEvents, settingIn } from '../../protocol/agents/settings.ts'
import { AGENTS, type Agent } from '../../protocol/agents/table.ts'
import { hooksOff, untrusted } from '../../protocol/agents/toml-text.ts'
import type { Finding } from '../../protocol/faults.ts'
import { hooksDirectory, readHook } from '../../store/agents/git-hooks.ts'
import { isThere, onPath } from '../../store/agents/programs.ts'
import { readText } from '../../store/disk.ts'
import { allSettings, baseOf, malformedSettings } from './places.ts'
import { environmentOf } from './plan.ts'

/** What keeps hooks of agents and of git from being run. None where nothing is installed. */
export function findUnreached(ctx: Context): Finding[] {
  return [...AGENTS.flatMap((agent) => [...ofMalformed(ctx, agent), ...ofAgent(ctx, agent)]), ...ofGit(ctx)]
}

const found = (path: string, detail: string, fix: string | null): Finding => ({
  path,
  kind: 'hooks',
  detail,
  fix,
})

/** Settings that neither the agent nor coord can read: hooks in them do nothing, without a word. */
const ofMalformed = (ctx: Context, agent: Agent) =>
  malformedSettings(ctx, agent).map(({ file, why }) =>
    found(
      file,
      `line ${why.replace(/^(\d+):(\d+)/, '$1, column $2')}: no hooks of ${agent.title} there`,
      null,
    ),
  )

type Settings = ReturnType<typeof allSettings>

function ofAgent(ctx: Context, agent: Agent): Finding[] {
  const all = allSettings(ctx, agent)
  const own = all.filter(({ text }) => ownCommands(text, agent).length > 0)
  const [first, second] = own
  if (!first) return []
  const inEach = own.flatMap(({ file, text, scope }) => {
    const fix = `coord install ${agent.name} --${scope}`
    const missing = agent.events
      .map(([event]) => event)
      .filter((event) => !ownEvents(text, agent).includes(event))
    return [
      ...ownCommands(text, agent).flatMap((command) => gone(ctx, file, programsOf(command), command, fix)),
      ...(missing.length > 0 ? [found(file, `does not call coord for ${missing.join(', ')}`, fix)] : []),
    ]
  })
  const twice = second
    ? [
        found(
          second.file,
          `starts coord too, besides ${first.file}: every event twice`,
          `coord uninstall ${agent.name} --${second.scope}`,
        ),
      ]
    : []
  return [
    ...inEach,
    ...twice,
    ...switchedOff(agent, all),
    ...(agent.name === 'codex' ? ofCodex(ctx, agent, own) : []),
  ]
}

/** What a line starts, if it is gone: the line then does nothing, without a word. */
function gone(ctx: Context, file: string, programs: Programs, command: string, fix: string): Finding[] {
  if (programs) {
    const lost = Object.values(programs).find((program) => !isThere(program))
    return lost ? [found(file, `starts ${lost}, which is gone: nothing happens`, fix)] : []
  }
  const looks = command.includes('command -v coord')
  return looks && !onPath(environmentOf(ctx).PATH ?? '')
    ? [found(file, 'looks for coord on PATH, where this one is not', 'npm install -g git-coord@latest')]
    : []
}

function switchedOff({ name, title }: Agent, all: Settings): Finding[] {
  return all.flatMap(({ file, text }) => {
    const off =
      (name === 'claude' && settingIn(text, 'disableAllHooks') === true && 'disableAllHooks') ||
      (name === 'gemini' && settingIn(text, 'hooksConfig', 'enabled') === false && 'hooksConfig.enabled') ||
      (name === 'gemini' &&
        [settingIn(text, 'hooksConfig', 'disabled')].flat().includes('coord') &&
        'hooksConfig.disabled')
    return off ? [found(file, `switches hooks off for ${title}: ${off}`, null)] : []
  })
}

/** Codex tells in config.toml what is off and what was trusted; whether a trusted hook has changed since is for Codex to say. */
function ofCodex(ctx: Context, agent: Agent, own: Settings): Finding[] {
  const user = path.join(userBase(ctx, agent), 'config.toml')
  const files = [user, ...own.map(({ file }) => path.join(path.dirname(file), 'config.toml'))]
  const texts = [...new Set(files)].map((file) => ({ file, reading: readText(file, 4 << 20) }))
  const off = texts.filter(({ reading }) => 'text' in reading && hooksOff(reading.text))
  const trust = texts[0]!.reading
  const unseen = own.filter(({ file, text }) =>
    untrusted('text' in trust ? trust.text : '', file, ownEvents(text, agent)),
  )
  return [
    ...off.map(({ file }) => found(file, 'switches hooks off for Codex: features.hooks', null)),
    ...unseen.map(({ file }) =>
      found(file, 'has hooks that Codex does not run before you have trusted them: open /hooks there', null),
    ),
  ]
}

/** The user's own settings, or, where the environment does not tell of a home, those here. */
function userBase(ctx: Context, agent: Agent): string {
  const { HOME, USERPROFILE, CODEX_HOME } = environmentOf(ctx)
  return baseOf(ctx, agent, (HOME ?? USERPROFILE ?? CODEX_HOME) ? 'user' : 'local').base
}

function ofGit(ctx: Context): Finding[] {
  const { repository } = ctx
  if (!repository) return []
  const { dir, configured, husky } = hooksDirectory(repository, environmentOf(ctx))
  const own = path.join(repository.common, 'hooks')
  const shadowed =
    dir === own
      ? []
      : callingIn(own).map(({ file }) => notRun(file, `${dir} (core.hooksPath, ${configured?.scope})`))
  const calling = callingIn(dir)
  const missing = GIT_HOOKS.filter(({ name }) => !calling.some(({ file }) => path.basename(file) === name))
  return [
    ...shadowed,
    ...calling
      .filter(({ mode }) => !husky && (mode & 0o111) === 0)
      .map(({ file }) => found(file, 'is not executable, so that git passes over it', `chmod +x ${file}`)),
    ...calling.flatMap(({ file, text }) => gone(ctx, file, programsOf(text), text, 'coord install git')),
    ...(calling.length > 0 ? missing : []).map(({ name }) =>
      found(path.join(dir, name), 'does not call coord any more', 'coord install git'),
    ),
  ]
}

const notRun = (file: string, instead: string) =>
  found(
    file,
    `calls coord, but git runs the hooks of ${instead}`,
    'coord uninstall git, then coord install git',
  )

function callingIn(dir: string): { file: string; text: string; mode: number }[] {
  return GIT_HOOKS.flatMap(({ name }) => {
    const file = path.join(dir, name)
    const hook = readHook(file, true)
    return hook.kind === 'shell' && callsCoord(hook.text) ? [{ file, text: hook.text, mode: hook.mode }] : []
  })
}
