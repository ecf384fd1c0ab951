# aisql(1) completion for fish, made by aisql --completions fish

function __aisql_files --description 'Folders, and the files whose names end like this'
    set -l endings (string escape --style=regex -- / $argv | string join '|')
    set -l word (string replace -r '^--[^=]*=' '' -- (commandline -ct))
    __fish_complete_path $word | string match -ri "^[^\t]*(?:$endings)(?:\t.*)?\$"
end

complete -c aisql -f -a '(__aisql_files .db .sqlite .sqlite3 .csv .tsv .sql)'
complete -c aisql -s h -l help -d 'show this help message and exit'
complete -c aisql -s c -x -d 'run the statements and exit'
complete -c aisql -s f -x -a '(__aisql_files .sql)' -d 'run a script (- is stdin) and exit'
complete -c aisql -s v -x -d 'set a session variable'
complete -c aisql -l catalog -x -a '(__aisql_files .db .sqlite .sqlite3)' -d 'the catalog file'
complete -c aisql -l config -x -a '(__aisql_files .toml)' -d 'the config file'
complete -c aisql -l no-rc -d 'read no config file'
complete -c aisql -l memory -d 'keep tables in memory only'
complete -c aisql -l on-error -x -a 'stop continue' -d 'after a failed statement (default: stop, at a prompt continue)'
complete -c aisql -l stats -d 'at the end, one line of JSON on stderr: what the calls came to'
complete -c aisql -l progress -d 'tell how far the calls are where stderr is not a terminal too'
complete -c aisql -l table -d 'a table with borders, to look at'
complete -c aisql -l csv -d 'comma-separated values with a header row (RFC 4180)'
complete -c aisql -l json -d 'one JSON array of objects'
complete -c aisql -l jsonl -d 'one JSON object per line'
complete -c aisql -l vertical -d 'a line for each value, for rows that are wide'
complete -c aisql -l color -x -a 'auto always never' -d 'colours: always, never, or where the output is a terminal (default: auto)'
complete -c aisql -l completions -x -a 'bash fish zsh' -d 'print what completes the command line in a shell: bash, fish, zsh'
complete -c aisql -l config-template -d 'print a config file with all that can be chosen'
complete -c aisql -l version -d 'show program\'s version number and exit'
complete -c aisql -l concurrency -x -d 'requests under way at the same time'
complete -c aisql -l max-calls -x -d 'requests one statement may make; \'\' is no limit'
complete -c aisql -l max-tokens -x -d 'tokens one statement may use, input and output; \'\' is no limit'
complete -c aisql -l max-cost -x -d 'US dollars one statement may cost, by the price table; \'\' is no limit'
complete -c aisql -l timeout -x -d 'time one request may take'
complete -c aisql -l dry-run -d 'count the requests of a statement without sending any'
complete -c aisql -l offline -d 'answer from the ledger alone and never ask'
complete -c aisql -l refresh -d 'ask anew for what is in the ledger'
