#!/bin/sh
# SPDX-License-Identifier: MIT
# The three front ends, privately: five classes live from each, and on a recorded series exactly the same
# statuses and values. What `make run ONCE=1` does after building.
set -u
cd "$(dirname "$0")/../.." || exit 2
for part in build/netvitals build/netvitals-agentx build/collectd/netvitals.so; do
    if [ ! -e "$part" ]; then
        echo "skip - three front ends agree: $part is not built"
        exit 0
    fi
done
out=$(mktemp)
trap 'rm -f "$out"' EXIT
if ONCE=1 packaging/run-private >"$out" 2>&1; then
    echo "ok - three front ends agree, live and on a recorded series"
else
    cat "$out"
    echo "not ok - three front ends agree, live and on a recorded series: see above"
fi
# Those of this tree alone; what was told to end may take a moment.
tries=0
while left=$(pgrep -af "$(pwd)/build/run/(live|recorded)") && [ $tries -lt 300 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
if [ -z "$left" ]; then
    echo "ok - nothing is left running"
else
    echo "not ok - nothing is left running: $left"
fi
