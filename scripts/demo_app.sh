#!/usr/bin/env bash
# Starts the app over the demo's news in the background, or stops it: demo_app.sh start|stop
set -euo pipefail
cd "$(dirname "$0")/.."
folder=outputs/demo
export BAROMETER_DATABASE_URL="sqlite:///$folder/barometer.db" BAROMETER_LOG_FORMAT=console
port="${BAROMETER_APP_PORT:-7860}"
python=.venv/bin/python

stop() {
    test -f "$folder/app.pid" || return 0
    pid="$(cat "$folder/app.pid")"
    # The number may be another program's by now; small images have no ps, and some systems no /proc.
    args="$(ps -p "$pid" -o args= 2>/dev/null || tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" || true)"
    if [[ $args == *serve.app* ]]; then
        kill "$pid"
        while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    fi
    rm -f "$folder/app.pid"
}

start() {
    stop
    setsid "$python" -m serve.app >"$folder/app.log" 2>&1 </dev/null &
    echo $! >"$folder/app.pid"
    for _ in $(seq 120); do
        kill -0 "$(cat "$folder/app.pid")" 2>/dev/null || break
        if "$python" -c "import urllib.request as r; r.urlopen('http://127.0.0.1:$port/health', timeout=2)" 2>/dev/null; then
            echo "the app is open at http://127.0.0.1:$port (its log: $folder/app.log)"
            return
        fi
        sleep 0.25
    done
    echo "the app did not open on port $port; BAROMETER_APP_PORT chooses another. The end of $folder/app.log:" >&2
    tail -n 5 "$folder/app.log" >&2
    exit 1
}

"$1"
