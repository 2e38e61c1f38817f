/** Where the records of other machines lie; its presence says that there may be some. Apart, as every refresh of the board asks for it. */
export const FOREIGN = '.state/foreign'

/** The file whose presence says that a remote is set (remote/setting.ts). */
export const SETTING_FILE = '.state/remote.json'
