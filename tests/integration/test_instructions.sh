#!/bin/sh
# SPDX-License-Identifier: MIT
# From one cycle of the engine on recorded text, to its number of instructions, compared with the
# number in tests/bench/instructions.txt: a change that costs 5 % more must say so there. Counted by
# valgrind, so that a busy machine counts the same, and with the C library's plainest functions, so that
# another processor does. Another compiler or C library has other code: then there is nothing to compare.
#
#     tests/integration/test_instructions.sh [--write]
set -u
cd "$(dirname "$0")/../.." || exit 2
kept=tests/bench/instructions.txt
tree=tests/fixtures/proc/numbered
name="instructions of one cycle"
# Architecture, C library and compiler, as one line keeps them behind its number.
key="$(uname -m) $(getconf GNU_LIBC_VERSION 2>/dev/null || echo 'another C library') $(${CC:-cc} --version | head -n 1)"
# Without these every processor counts the same (memcmp, memchr and strlen come in several kinds).
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-AVX,-AVX_Usable,-AVX_Fast_Unaligned_Load,-SSE4_2,-SSSE3,-BMI1,-BMI2,-LZCNT,-FMA,-FMA4,-ERMS,-FSRM

if ! command -v valgrind >/dev/null; then
    echo "skip - $name: valgrind is not installed"
    exit 0
fi
known=$(awk -v key="$key" '{ number = $1; sub(/^[0-9]+ /, ""); if ($0 == key) print number }' "$kept")
if [ -z "$known" ] && [ "${1:-}" != --write ]; then
    echo "skip - $name: no number is kept for $key"
    exit 0
fi

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
# Its own build: other tests use other flags, and valgrind does not know the debug information of every compiler.
if ! make -s -j2 BUILD="$work" CFLAGS=-O2 EXTRA= "$work/tests/bench_instructions" >"$work/log" 2>&1; then
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
    awk -v key="$key" '{ line = $0; sub(/^[0-9]+ /, ""); if ($0 != key) print line }' "$kept" >"$work/kept"
    echo "$each $key" >>"$work/kept"
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
