# aisql(1) completion for bash, made by aisql --completions bash

_aisql_files() { # folders, and the files whose names end like this
  local file ending word=$1
  shift
  compopt -o filenames 2>/dev/null
  while IFS= read -r file; do
    for ending in / "$@"; do
      [[ -d $file || $file == *"$ending" ]] && COMPREPLY+=("$file") && break
    done
  done < <(compgen -f -- "${word//\\/}")
}

_aisql() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  # To bash --name=value are three words.
  if [[ $word == '=' ]]; then
    word=
  elif [[ $before == '=' ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  case $before in
    -f) _aisql_files "$word" .sql; return ;;
    --catalog) _aisql_files "$word" .db .sqlite .sqlite3; return ;;
    --config) _aisql_files "$word" .toml; return ;;
    --on-error) COMPREPLY=($(compgen -W 'stop continue' -- "$word")); return ;;
    --completions) COMPREPLY=($(compgen -W 'bash fish zsh' -- "$word")); return ;;
    -o) _aisql_files "$word" ''; return ;;
    --color) COMPREPLY=($(compgen -W 'auto always never' -- "$word")); return ;;
    -c | -v | --format | --null | --concurrency | --max-calls | --max-tokens | --max-cost | --timeout) return ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '-h --help -c -f -v --catalog --config --no-rc --memory --readonly --safe --on-error --stats --progress -q --quiet --echo --timing --no-pager --no-history --completions --info --config-template --version --format --table --box --vertical --csv --tsv --list --json --jsonl --markdown --html --insert --parquet -o --null --no-header --color --concurrency --max-calls --max-tokens --max-cost --timeout --dry-run --offline --refresh' -- "$word"))
  else
    _aisql_files "$word" .db .sqlite .sqlite3 .csv .tsv .json .jsonl .ndjson .parquet .sql
  fi
}

complete -F _aisql aisql
