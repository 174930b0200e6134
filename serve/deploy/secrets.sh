#!/bin/sh
# Writes .env from .env.example with a random value for every secret; in an .env that exists it only adds what is missing.
set -eu
umask 077
cd "$(dirname "$0")"
touch .env
while IFS= read -r line; do
    name=${line%%=*}
    case $line in
        '#'*) ;;
        *_PASSWORD=* | *_KEY=*)
            if ! grep -q "^$name=." .env; then
                kept=$(grep -v "^$name=" .env || true)
                printf '%s\n' "$kept" "$name=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" | sed '/^$/d' > .env.new
                mv .env.new .env
            fi
            ;;
        *=*) grep -q "^$name=" .env || printf '%s\n' "$line" >> .env ;;
    esac
done < .env.example
