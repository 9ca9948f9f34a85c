# What zsh completes at the end of a line: complete.zsh FOLDER-OF-COMPLETIONS RESULT-FILE WORKING-FOLDER LINE
# A shell of its own on a terminal of its own, in which each word that is offered is written to the file too.
zmodload zsh/zpty
zpty shell zsh -f -i
say() { zpty -w shell "$1" }
hear() { local text chunk; while zpty -r shell chunk; do text+=$chunk; [[ $text == *$1* ]] && return; done; exit 1 }
say "PS1= PS2=; fpath=(${(q)1} \$fpath); autoload -U compinit; compinit -u -D; LISTMAX=1000"
say "compadd() { local -a offered; builtin compadd -O offered \"\$@\"; ((\$#offered)) && print -rl -- \$offered >>${(q)2}; builtin compadd \"\$@\" }"
say "bindkey '^I' complete-word; ended() { print EN''DS }; zle -N ended; bindkey '^X' ended; cd ${(q)3}"
# Only then does the editor of lines read the keys, and not the terminal.
say "zle-line-init() { print LIS''TENS }; zle -N zle-line-init"
hear LISTENS
zpty -w -n shell "$4"$'\t\C-x'
hear ENDS
zpty -d shell
