#!/usr/bin/env bash
# The demo: corpus, pipeline, table of results, a few predictions, sample news crawled and scored, the app. Safe to run
# again: finished work is not repeated.
set -euo pipefail
cd "$(dirname "$0")/.."

test -d data || { echo "== fetching the demo corpus from the remote inside the repository"; dvc pull --quiet data.dvc; }
test -d models/fast || { echo "== fetching the released model from there"; dvc pull --quiet models/fast.dvc; }

echo "== training a model on the demo corpus; the gate compares it with the champion, the released one (dvc repro register)"
record=outputs/demo/record
bash scripts/run_aside.sh "$record" dvc.lock reports/demo reports/registry.md -- dvc repro register

echo
echo "== fetching the champion from the registry, to be served (barometer model pull)"
export BAROMETER_MODEL=champion
# The registry may be younger than the outputs: then nothing was registered in it yet.
barometer model pull || {
    bash scripts/run_aside.sh "$record" dvc.lock reports/demo reports/registry.md -- dvc repro --force --single-item register
    barometer model pull
}
barometer model list

echo
test -d "$record" || record=.
cat "$record/reports/demo/results.md"

echo
echo "== predicting a few headlines with the champion (barometer predict)"
barometer predict <<'HEADLINES'
Bitcoin climbs past $100,000 as fund inflows hit a weekly record
Bitcoin won't fall below $60,000 again, says analyst
Exchange halts withdrawals after $80M exploit
Stolen funds returned in full, exchange says after exploit
What is a validator, and how does staking work?
HEADLINES

echo
echo "== crawling 30 days of sample news from a local server, scoring it, computing the barometer"
bash scripts/demo_app.sh stop
python -m scripts.demo_news --model champion

echo
echo "== opening the app"
bash scripts/demo_app.sh start
cat <<'WHAT_NEXT'

The champion, which is the released model, is served from outputs/served; the model trained here is in outputs/artifacts/bert, the scored news in outputs/demo/barometer.db. Also, one command each:
  .venv/bin/barometer model show challenger                                                     # why it was refused
  echo 'your headline' | .venv/bin/barometer predict
  .venv/bin/barometer serve model                                                               # port 8001
  BAROMETER_DATABASE_URL=sqlite:///outputs/demo/barometer.db .venv/bin/barometer serve data     # port 8002
  make stop                                                                                     # closes the app
WHAT_NEXT
