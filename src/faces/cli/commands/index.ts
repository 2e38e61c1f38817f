/** The ordered registry of all commands, as the help lists them. */
import commit from './commit.ts'
import { hotCommands } from './hot.ts'
import init from './init.ts'

export const commands = [init, ...hotCommands, commit]
