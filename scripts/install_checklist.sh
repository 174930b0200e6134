#!/usr/bin/env bash
# Installs checklist into the environment of the given python. Its newest release is a source distribution whose build imports
# `notebook` (older than 7) without asking for it, so its wheel is built in a throw-away environment that has it.
set -euo pipefail
python=$1
version=0.0.11
"$python" -c "import importlib.metadata as m, sys; sys.exit(m.version('checklist') != '$version')" 2>/dev/null && exit 0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet 'notebook<7' 'setuptools<81' wheel
"$folder/env/bin/python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$folder" "checklist==$version"
"$python" -m pip install --quiet --no-deps "$folder"/checklist-*.whl
