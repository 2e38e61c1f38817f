/**
 * The agents that coord takes part through: where their settings are, how an entry is written, and which events are wanted.
 * Only events that their released versions know stand here: one unknown name makes Claude Code and Cursor drop the whole file.
 * Sources: code.claude.com/docs/en/hooks, developers.openai.com/codex/hooks, google-gemini/gemini-cli docs/hooks, cursor.com/docs/hooks.
 */
import type { Vendor } from '../hooks/event.ts'

export const SCOPES = ['local', 'project', 'user'] as const
/** `local`: this checkout, out of git. `project`: shared through git. `user`: every project of this user. */
export type Scope = (typeof SCOPES)[number]

/** An event, and which tools or kinds it is wanted for; all where there is no matcher. */
type Wanted = [event: string, matcher?: string]

export interface Agent {
  name: Vendor
  title: string
  /** Settings in a repository, by scope, as paths from its top. */
  files: { local: string; project: string }
  /** The user's settings: a directory in the home, or where a variable says. */
  user: { variable: string | null; directory: string; file: string }
  /** Whether it reads a repository's settings in the main worktree alone (openai/codex#21969). */
  mainWorktree: boolean
  /** `groups`: event → groups with a matcher → handlers. `flat`: event → handlers. */
  shape: 'groups' | 'flat'
  /** What runs the line: a POSIX shell, or whatever shell the user has. */
  shell: 'posix' | 'any'
  /** How a line is started on Windows. */
  windows: 'exec' | 'cmd' | 'powershell'
  /** How many of its units are a second. */
  second: number
  /** Handlers there have names. */
  named: boolean
  /** What a new file needs beside `hooks`. */
  head: Record<string, unknown>
  /** Whether it reads settings with comments. */
  comments: boolean
  events: Wanted[]
  /** The event at the end of a session, which gets 3 seconds; all others get 5. */
  end: string
  /** What the user has to do once. */
  afterwards: string
}

const CLAUDE_TOOLS = 'Edit|Write|NotebookEdit|MultiEdit|Bash|PowerShell'
const CODEX_TOOLS = '^(Bash|apply_patch|Edit|Write)$'
const GEMINI_TOOLS = '^(write_file|replace|run_shell_command)$'
const CURSOR_WRITES = 'Write|StrReplace|Edit|EditNotebook|Delete|ApplyPatch'

export const AGENTS: Agent[] = [
  {
    name: 'claude',
    title: 'Claude Code',
    files: { local: '.claude/settings.local.json', project: '.claude/settings.json' },
    user: { variable: 'CLAUDE_CONFIG_DIR', directory: '.claude', file: 'settings.json' },
    mainWorktree: false,
    shape: 'groups',
    shell: 'posix',
    windows: 'exec',
    second: 1,
    named: false,
    head: {},
    comments: false,
    events: [
      ['SessionStart'],
      ['UserPromptSubmit'],
      ['PreToolUse', CLAUDE_TOOLS],
      ['PostToolUse', CLAUDE_TOOLS],
      ['PostToolUseFailure', CLAUDE_TOOLS],
      // As PostToolUse, which tells that it was granted: who asks for another tool would be `waiting` until the next edit.
      ['PermissionRequest', CLAUDE_TOOLS],
      // After Esc there is no Stop; this is the next sign.
      ['Notification', 'idle_prompt'],
      ['Stop'],
      ['PreCompact'],
      ['SubagentStart'],
      ['SubagentStop'],
      ['SessionEnd'],
    ],
    end: 'SessionEnd',
    afterwards: 'Claude Code takes them up by itself in folders that you trust; /hooks there lists them',
  },
  {
    name: 'codex',
    title: 'Codex',
    files: { local: '.codex/hooks.json', project: '.codex/hooks.json' },
    user: { variable: 'CODEX_HOME', directory: '.codex', file: 'hooks.json' },
    mainWorktree: true,
    shape: 'groups',
    shell: 'any',
    windows: 'cmd',
    second: 1,
    named: false,
    head: {},
    comments: false,
    events: [
      ['SessionStart'],
      ['UserPromptSubmit'],
      ['PreToolUse', CODEX_TOOLS],
      ['PostToolUse', CODEX_TOOLS],
      ['PermissionRequest', CODEX_TOOLS],
      ['Stop'],
      ['PreCompact'],
      ['SubagentStart'],
      ['SubagentStop'],
      ['SessionEnd'],
    ],
    end: 'SessionEnd',
    afterwards: 'Codex runs them once you have trusted them: open /hooks there',
  },
  {
    name: 'cursor',
    title: 'Cursor',
    files: { local: '.cursor/hooks.json', project: '.cursor/hooks.json' },
    user: { variable: null, directory: '.cursor', file: 'hooks.json' },
    mainWorktree: false,
    shape: 'flat',
    shell: 'any',
    windows: 'cmd',
    second: 1,
    named: false,
    head: { version: 1 },
    comments: true,
    events: [
      ['sessionStart'],
      ['beforeSubmitPrompt'],
      ['preToolUse', CURSOR_WRITES],
      ['beforeShellExecution'],
      ['postToolUse', `${CURSOR_WRITES}|Shell`],
      ['postToolUseFailure', `${CURSOR_WRITES}|Shell`],
      ['stop'],
      ['preCompact'],
      ['subagentStart'],
      ['subagentStop'],
      ['sessionEnd'],
    ],
    end: 'sessionEnd',
    afterwards: 'Cursor takes them up by itself in workspaces that you trust',
  },
  {
    name: 'gemini',
    title: 'Gemini CLI',
    files: { local: '.gemini/settings.json', project: '.gemini/settings.json' },
    user: { variable: null, directory: '.gemini', file: 'settings.json' },
    mainWorktree: false,
    shape: 'groups',
    shell: 'posix',
    windows: 'powershell',
    second: 1000,
    named: true,
    head: {},
    comments: true,
    events: [
      ['SessionStart'],
      ['BeforeAgent'],
      ['BeforeTool', GEMINI_TOOLS],
      ['AfterTool', GEMINI_TOOLS],
      ['Notification'],
      ['AfterAgent'],
      ['PreCompress'],
      ['SessionEnd'],
    ],
    end: 'SessionEnd',
    afterwards: 'Gemini CLI runs them in trusted folders, and warns once that they are new',
  },
]

/** What `coord install` can be asked for. */
export const TARGETS = [...AGENTS.map(({ name }) => name), 'git', 'agents-md']

/** The agent of a name; undefined for others. */
export function agentNamed(name: string): Agent | undefined {
  return AGENTS.find((agent) => agent.name === name)
}

const SECONDS = 5
const SECONDS_AT_END = 3

/** One handler as an agent wants it. */
export type Handler = Record<string, unknown>

/** What is to stand under each event, with the command (or command and arguments) that is run. */
export function entriesFor(agent: Agent, run: Handler): [event: string, entry: Handler][] {
  return agent.events.map(([event, matcher]) => {
    const timeout = (event === agent.end ? SECONDS_AT_END : SECONDS) * agent.second
    const match = matcher === undefined ? {} : { matcher }
    const named = agent.named ? { name: 'coord' } : {}
    if (agent.shape === 'flat') return [event, { ...run, ...match, timeout }]
    return [event, { ...match, hooks: [{ type: 'command', ...named, ...run, timeout }] }]
  })
}
