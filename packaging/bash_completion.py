#!/usr/bin/env python3
"""Writes a completion for bash from the binary's own --help: bash_completion.py BINARY."""
import sys

from command_line import read

HEAD = '''# bash completion of varve: commands, flags, and values where they are few or files.
_varve() {
  local cur prev words cword
  _init_completion -n = 2>/dev/null || { cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD; }
  local i path= flag= value=
  for ((i = 1; i < cword; i++)); do [[ ${words[i]} == -* ]] && break; path+="${path:+ }${words[i]}"; done
  if [[ $cur == --*=* ]]; then flag=${cur%%=*} value=${cur#*=}; fi
  local choices= flags=
  case $path in
'''
TAIL = '''  esac
  if [[ -n $flag ]]; then
    case $flag in
      *-file | --tsdb.path | --data-dir | --bucket-dir | *-tls-cert | *-tls-key | *-ca) mapfile -t COMPREPLY < <(compgen -f -- "$value") ;;
      *) mapfile -t COMPREPLY < <(compgen -W "$(tr ' ' '\\n' <<<"$choices" | sed -n "s/^$flag=//p")" -- "$value") ;;
    esac
  else
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
  fi
  return 0
}
complete -F _varve varve
'''


def words_of(command):
    """What may follow, and flag=choice for flags of few values."""
    follow = [c.words[-1] for c in command.commands]
    choices = []
    for flag in command.flags:
        for name in flag.names:
            if not name.startswith("--"):
                continue
            follow.append(name if flag.is_switch else name + "=")
            choices += [f"{name}={choice}" for choice in flag.choices if not flag.is_switch]
    if not command.words:
        follow += ["--help", "--version"]
    return " ".join(follow), " ".join(choices)


def main():
    print(HEAD, end="")
    for command in read(sys.argv[1]).all():
        follow, choices = words_of(command)
        print(f"    '{' '.join(command.words)}')\n      flags='{follow}'\n      choices='{choices}'\n      ;;")
    print(TAIL, end="")


if __name__ == "__main__":
    main()
