"""`ganstudio completion`: prints scripts by which a shell asks the program for completions of a word.

They call `ganstudio` with GANSTUDIO_COMPLETE set and the words so far, the last one not whole; it prints a candidate a
line, a tab and what it means. Where there is none, the shell offers files.
"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

_BASH = r"""_ganstudio() {
    local line word
    COMPREPLY=()
    while IFS= read -r line; do
        printf -v word '%q' "${line%%$'\t'*}"
        COMPREPLY+=("$word")
    done < <(GANSTUDIO_COMPLETE=bash "${1/#\~/$HOME}" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _ganstudio ganstudio
"""

_ZSH = r"""#compdef ganstudio
_ganstudio() {
    local line
    local -a found
    while IFS= read -r line; do
        found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done < <(GANSTUDIO_COMPLETE=zsh ${~words[1]} "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( $#found )); then
        _describe -V ganstudio found
    else
        _files
    fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _ganstudio "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _ganstudio ganstudio
fi
"""

_FISH = r"""function __ganstudio_complete
    set -l words (commandline -opc)
    set -l part (commandline -ct)
    set -l found (env GANSTUDIO_COMPLETE=fish $words "$part" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$part"
    end
end
complete -c ganstudio -f -a '(__ganstudio_complete)'
"""


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(metavar="bash|zsh|fish", help="Your shell.")],
) -> None:
    """Print a script that completes commands, flags and the names of runs, data sets, presets and exports.

    \b
    Examples:
      source <(ganstudio completion bash)              # in ~/.bashrc
      source <(ganstudio completion zsh)               # in ~/.zshrc
      ganstudio completion fish > ~/.config/fish/completions/ganstudio.fish
    """
    print({"bash": _BASH, "zsh": _ZSH, "fish": _FISH}[shell], end="")
