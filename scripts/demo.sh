#!/usr/bin/env bash
# The demo: corpus, pipeline, table of results, a few predictions. Safe to run again; what is done is not done twice.
set -euo pipefail
cd "$(dirname "$0")/.."

test -d data || { echo "== fetching the demo corpus from the remote inside the repository"; dvc pull --quiet data.dvc; }

echo "== running the stages that ship a model (dvc repro register)"
dvc repro register

echo
cat reports/demo/results.md

echo
echo "== predicting a few headlines (barometer predict)"
barometer predict <<'HEADLINES'
Bitcoin climbs past $100,000 as fund inflows hit a weekly record
Bitcoin won't fall below $60,000 again, says analyst
Exchange halts withdrawals after $80M exploit
Stolen funds returned in full, exchange says after exploit
What is a validator, and how does staking work?
HEADLINES
echo
echo "The model is in outputs/artifacts/bert. Try: echo 'your headline' | .venv/bin/barometer predict"
