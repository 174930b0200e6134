#!/usr/bin/env bash
# Makes a wheel of checklist in a folder, with the given python. Its newest release is a source distribution whose build
# imports `notebook` (older than 7) without asking for it, so the wheel is built in a throw-away environment that has it.
set -euo pipefail
python=$1 target=$2
version=0.0.11
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/env"
pip() { "$folder/env/bin/python" -m pip "$@"; }
pip install --quiet --no-compile 'notebook<7' 'setuptools<81' wheel
pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$folder" "checklist==$version"
mkdir -p "$target"
rm -f "$target"/*.whl
mv "$folder"/checklist-*.whl "$target"
