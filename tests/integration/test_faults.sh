#!/bin/sh
# SPDX-License-Identifier: MIT
# Real faults on this kernel: the quick scenarios of the fault lab, several at a time, about a minute.
set -eu

cd "$(dirname "$0")/../.."
for program in build/tests/faults/relay build/tests/faults/traffic build/netvitals; do
	if [ ! -x "$program" ]; then
		echo "skip - faults: $program is not built"
		exit 0
	fi
done
status=0
tests/faults/run subset --lines || status=$?
[ "$status" -ne 77 ] || status=0
exit "$status"
