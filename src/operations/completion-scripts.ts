/**
 * The completion scripts. They know no words of their own: at each TAB they ask `coord --complete`, which answers by the commands'
 * fields and the room. What others wrote reaches the line quoted, never evaluated: no `eval`, no `compgen -W`.
 */

export type Shell = 'bash' | 'zsh' | 'fish'

/** bash 3.2 and newer. coord splits the line and quotes the words itself; an empty line stands for "files too". */
const bash = `# bash completion for coord: eval "$(coord completion bash)" in ~/.bashrc
_coord() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    if [ -z "$word" ]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("$word")
    fi
  done < <(command coord --complete bash "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -o nosort -F _coord coord git-coord 2>/dev/null || complete -F _coord coord git-coord
`

const zsh = String.raw`#compdef coord git-coord
# zsh completion for coord: eval "$(coord completion zsh)" in ~/.zshrc, after compinit; or as a file _coord in $fpath
_coord() {
  local line files
  local -a values shown typed
  typed=("${'$'}{(@Q)words[2,CURRENT-1]}" "${'$'}{(Q)PREFIX}")
  while IFS= read -r line; do
    if [[ "$line" != *$'\t'* ]]; then
      files=1
    else
      values+=("${'$'}{line%%$'\t'*}")
      shown+=("${'$'}{line/$'\t'/  }")
    fi
  done < <(command coord --complete zsh "${'$'}{typed[@]}" 2>/dev/null)
  (( $#values )) && compadd -V coord -l -d shown -a -- values
  [[ -n "$files" ]] && _files
  return 0
}
if [ "$funcstack[1]" = _coord ]; then
  _coord "$@"
else
  compdef _coord coord git-coord
fi
`

const fish = String.raw`# fish completion for coord: coord completion fish | source, in ~/.config/fish/config.fish
function __coord_complete
    set -l words (commandline -opc)
    set -l answer (command coord --complete fish $words[2..-1] (commandline -ct | string unescape) 2>/dev/null)
    for line in $answer
        if test "$line" = files
            __fish_complete_path (commandline -ct)
        else
            printf '%s\n' $line
        end
    end
end
complete -c coord -f -k -a '(__coord_complete)'
complete -c git-coord -f -k -a '(__coord_complete)'
`

export const SCRIPTS: Record<Shell, string> = { bash, zsh, fish }
