#!/bin/sh
# SPDX-License-Identifier: MIT
# The fuzzers for a few seconds each, seeds first: `make fuzz` runs each for half an hour.
cd "$(dirname "$0")/../.." || exit 1
if ! command -v clang >/dev/null 2>&1; then
	echo "skip - fuzzers: clang is not installed"
	exit 0
fi
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
if make -s fuzz FUZZ_SECONDS="${NETVITALS_FUZZ_SECONDS:-5}" >"$log" 2>&1; then
	echo "ok - fuzzers: $(grep -c 'Done [0-9]* runs' "$log") of $(ls tests/fuzz/fuzz_*.c | wc -l) without a finding," \
		"$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log" | paste -sd+ | sed 's/$/ runs/')"
else
	echo "not ok - fuzzers: $(grep -m1 -E 'ERROR|SUMMARY|error:|cannot find' "$log")"
	exit 1
fi
