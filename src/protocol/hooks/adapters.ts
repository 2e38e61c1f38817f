/**
 * The agents whose hooks coord understands: how each calls its events and tools, and how it wants to be answered. Sources, as of
 * August to October 2026: Claude Code code.claude.com/docs/en/hooks · Codex CLI developers.openai.com/codex/hooks · Gemini CLI
 * docs/hooks/reference.md of google-gemini/gemini-cli · Cursor cursor.com/docs/hooks.
 */
import type { HookAnswer, HookEvent, HookKind, HookReply, Vendor } from './event.ts'

export interface Adapter {
  /** The agent's events that coord attends to. */
  events: Record<string, HookKind>
  /** The kinds of its notifications that mean what its event `Notification` stands for. */
  notifications: string[]
  /** Tools that write files which they name in their input, and tools that run any command. */
  writes: string[]
  shells: string[]
  /** Where text reaches the model. */
  tells: HookKind[]
  reply(event: HookEvent, answer: HookAnswer): HookReply
}

const COMMON: Record<string, HookKind> = {
  SessionStart: 'start',
  UserPromptSubmit: 'prompt',
  PreToolUse: 'before-tool',
  PostToolUse: 'after-tool',
  PermissionRequest: 'permission',
  Stop: 'idle',
  PreCompact: 'compact',
  SubagentStart: 'subagent-start',
  SubagentStop: 'subagent-stop',
  SessionEnd: 'end',
}

/** A text for the model inside the reply's JSON, as Claude Code, Codex and Gemini CLI take it. */
const nested = ({ name }: HookEvent, context: string) =>
  JSON.stringify({ hookSpecificOutput: { hookEventName: name, additionalContext: context } })

/** A denial as exit code 2 with the reason on stderr: the form that works in most agents and versions. */
const refused = (reason: string, stdout = ''): HookReply => ({ stdout, stderr: `${reason}\n`, code: 2 })
const said = (stdout: string): HookReply => ({ stdout, stderr: '', code: 0 })

export const ADAPTERS: Record<Vendor, Adapter> = {
  claude: {
    events: { ...COMMON, PostToolUseFailure: 'after-tool', StopFailure: 'idle', Notification: 'idle' },
    notifications: ['idle_prompt'],
    writes: ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'],
    shells: ['Bash', 'PowerShell'],
    tells: ['start', 'prompt', 'after-tool', 'subagent-start'],
    reply: (event, { deny, context }) =>
      deny !== null ? refused(deny) : said(context === null ? '' : nested(event, context)),
  },
  codex: {
    events: { ...COMMON, Interrupt: 'idle' },
    notifications: [],
    writes: ['apply_patch', 'Edit', 'Write'],
    shells: ['Bash'],
    tells: ['start', 'prompt', 'after-tool', 'subagent-start'],
    reply: (event, { deny, context }) =>
      deny !== null ? refused(deny) : said(context === null ? '' : nested(event, context)),
  },
  gemini: {
    events: {
      SessionStart: 'start',
      BeforeAgent: 'prompt',
      BeforeTool: 'before-tool',
      AfterTool: 'after-tool',
      Notification: 'permission',
      AfterAgent: 'idle',
      PreCompress: 'compact',
      SessionEnd: 'end',
    },
    notifications: ['ToolPermission'],
    writes: ['write_file', 'replace'],
    shells: ['run_shell_command'],
    tells: ['start', 'prompt', 'after-tool'],
    reply: (event, { deny, context }) =>
      deny !== null
        ? said(JSON.stringify({ decision: 'deny', reason: deny }))
        : said(context === null ? '' : nested(event, context)),
  },
  cursor: {
    events: {
      sessionStart: 'start',
      beforeSubmitPrompt: 'prompt',
      preToolUse: 'before-tool',
      beforeShellExecution: 'before-tool',
      afterShellExecution: 'after-tool',
      postToolUse: 'after-tool',
      postToolUseFailure: 'after-tool',
      stop: 'idle',
      preCompact: 'compact',
      subagentStart: 'subagent-start',
      subagentStop: 'subagent-stop',
      sessionEnd: 'end',
    },
    notifications: [],
    writes: ['Write', 'StrReplace', 'Edit', 'EditNotebook', 'Delete', 'ApplyPatch'],
    shells: ['Shell'],
    tells: ['start', 'after-tool'],
    reply(_event, { deny, context }) {
      if (deny !== null)
        return refused(deny, JSON.stringify({ permission: 'deny', user_message: deny, agent_message: deny }))
      return said(context === null ? '' : JSON.stringify({ additional_context: context }))
    },
  },
}
