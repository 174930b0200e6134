#!/usr/bin/env bash
# Runs a command that writes tracked files, then moves what it wrote to a folder and restores the files:
#     run_aside.sh FOLDER PATH... -- COMMAND...
# Training gives other last digits on another processor, so `make demo` would otherwise change dvc.lock and reports. The
# next run continues from what this one wrote. Paths with changes of your own are left as the command leaves them.
set -euo pipefail
folder=$1
shift
paths=()
while test "$1" != --; do paths+=("$1") && shift; done
shift

changed() { git status --porcelain --untracked-files=all -- "${paths[@]}"; }
state() { git ls-files --stage -- "${paths[@]}"; }

set_aside() {
    rm -rf "$folder" && mkdir -p "$folder"
    tar -cf - "${paths[@]}" | tar -xf - -C "$folder"
    state >"$folder/base"
    if test -n "$(changed)"; then
        git ls-files -z --others --exclude-standard -- "${paths[@]}" | xargs -0 rm -f
        git checkout --quiet -- "${paths[@]}"
        echo "== ${paths[*]} of this run are in $folder; the committed ones are restored"
    fi
}

if ! git rev-parse --git-dir >/dev/null 2>&1 || test -n "$(changed)"; then
    rm -rf "$folder"
    exec "$@"
fi
if test -f "$folder/base" && cmp --silent <(state) "$folder/base"; then
    tar -cf - -C "$folder" "${paths[@]}" | tar -xf -
fi
trap set_aside EXIT
"$@"
