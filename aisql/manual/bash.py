"""Completion of the command line in bash. It says nothing of what options mean: bash shows words alone."""

from __future__ import annotations

from collections.abc import Sequence

from aisql.manual.arguments import Argument

_ANY = "''"
"""The end of any file."""

_SCRIPT = """\
# aisql(1) completion for bash, made by aisql --completions bash

_aisql_files() {{ # folders, and the files whose names end like this
  local file ending word=$1
  shift
  compopt -o filenames 2>/dev/null
  while IFS= read -r file; do
    for ending in / "$@"; do
      [[ -d $file || $file == *"$ending" ]] && COMPREPLY+=("$file") && break
    done
  done < <(compgen -f -- "${{word//\\\\/}}")
}}

_aisql() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}
  # To bash --name=value are three words.
  if [[ $word == '=' ]]; then
    word=
  elif [[ $before == '=' ]]; then
    before=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  COMPREPLY=()
  case $before in
{cases}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '{options}' -- "$word"))
  else
    _aisql_files "$word" {endings}
  fi
}}

complete -F _aisql aisql
"""


def script(arguments: Sequence[Argument]) -> str:
    """The script for bash."""
    options = [each for each in arguments if each.names]
    return _SCRIPT.format(
        cases="\n".join(_cases([each for each in options if each.value])),
        options=" ".join(name for each in options for name in each.names),
        endings=" ".join(ending for each in arguments if not each.names for ending in each.endings or ()),
    )


def _cases(options: Sequence[Argument]) -> list[str]:
    """What completes the word behind each option that takes a value."""
    free = [name for each in options if not each.choices and each.endings is None for name in each.names]
    cases = [(each.names, _chosen(each)) for each in options if each.choices or each.endings is not None]
    return [f"    {' | '.join(names)}) {command} ;;" for names, command in [*cases, (free, "return")]]


def _chosen(option: Argument) -> str:
    if option.choices:
        return f"COMPREPLY=($(compgen -W '{' '.join(option.choices)}' -- \"$word\")); return"
    return f'_aisql_files "$word" {" ".join(option.endings or (_ANY,))}; return'
