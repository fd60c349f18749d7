#!/bin/sh
# SPDX-License-Identifier: MIT
# From one cycle of the engine on recorded text, to its number of instructions, compared with the
# number in tests/bench/instructions.txt: a change that costs 5 % more must say so there. Counted by
# valgrind, so that a busy machine counts the same. Other compilers make other code: skipped.
#
#     tests/integration/test_instructions.sh [--write]
set -u
cd "$(dirname "$0")/../.." || exit 2
kept=tests/bench/instructions.txt
tree=tests/fixtures/proc/numbered
name="instructions of one cycle"
compiler=$(${CC:-cc} --version | head -n 1)

if ! command -v valgrind >/dev/null; then
    echo "skip - $name: valgrind is not installed"
    exit 0
fi
known=$(sed -n "s/^$(uname -m) //p" "$kept" | sed -n "s/^\([0-9][0-9]*\) $(printf '%s' "$compiler" | sed 's/[].[*^$\/]/\\&/g')\$/\1/p")
if [ -z "$known" ] && [ "${1:-}" != --write ]; then
    echo "skip - $name: no number is kept for $compiler on $(uname -m)"
    exit 0
fi

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
# Its own build: other tests use other flags.
if ! make -s -j2 BUILD="$work" CFLAGS="-O2 -g" EXTRA= "$work/tests/bench_instructions" >"$work/log" 2>&1; then
    echo "not ok - $name: cannot be built: $(tail -n 1 "$work/log")"
    exit 1
fi

count() { # cycles
    valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" "$work/tests/bench_instructions" \
        "$tree" "$1" 2>&1 | sed -n 's/.*Collected : *//p'
}

few=$(count 20)
many=$(count 120)
if [ -z "$few" ] || [ -z "$many" ]; then
    echo "not ok - $name: valgrind gave no number"
    exit 1
fi
each=$(((many - few) / 100))
if [ "${1:-}" = --write ]; then
    grep -vF "$(uname -m) " "$kept" 2>/dev/null | cat >"$work/kept"
    grep -F "$(uname -m) " "$kept" 2>/dev/null | grep -vF " $compiler" >>"$work/kept"
    echo "$(uname -m) $each $compiler" >>"$work/kept"
    cp "$work/kept" "$kept"
    echo "kept: $each"
    exit 0
fi
if [ "$each" -gt $((known * 105 / 100)) ]; then
    echo "not ok - $name: $each, kept $known: more than 5 % above; if it is worth it, run $0 --write"
    exit 1
fi
echo "ok - $name: $each, kept $known"
if [ "$each" -lt $((known * 95 / 100)) ]; then
    echo "# more than 5 % below what is kept: $0 --write"
fi
