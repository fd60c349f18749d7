#!/bin/sh
# SPDX-License-Identifier: MIT
# A new indicator is one entry in one file: a scratch copy of the sources gets one, and it must show
# up in the command's report, in the walk of a private snmpd and, with `Indicators all`, in collectd.
set -u
cd "$(dirname "$0")/../.." || exit 2
top=$(pwd)
copy=$(mktemp -d /tmp/netvitals-add-XXXXXX)
failed=0
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' INT TERM

check() { # name, status, what
    if [ "$2" -eq 0 ]; then
        echo "ok - $1"
    else
        echo "not ok - $1: $(printf '%s' "${3:-}" | tr '\n' ' ' | cut -c1-400)"
        failed=1
    fi
}

tar -C "$top" -c --exclude='*.o' --exclude=__pycache__ Makefile core cli plugins mibs \
    tests/integration/checks.py tests/integration/snmp_master.py tests/integration/collectd_daemon.py \
    tests/lint/smi-stubs | tar -C "$copy" -x
cd "$copy" || exit 2

cat >>core/catalog/indicators.def <<'ENTRY'

INDICATOR(exampleShare, 99, LOST, .kind = NV_RATIO,
	.num = { PLUS(tcpDelayedAcks) }, .den = { PLUS(tcpInSegs) },
	.min = 20, .warn = PCT(99), .crit = NEVER, .side = NV_SIDE_PATH,
	.unit = "of segments received", .label = "acknowledged late",
	.text = "An indicator that only a test knows.",
	.hint = "Nothing is to be done about it.",
	.source = "tests/integration/test_add_indicator.sh")
ENTRY

changed=$(diff -rq "$top/core" core)
[ "$(printf '%s\n' "$changed" | wc -l)" -eq 1 ]
check "it is one entry in one file" $? "$changed"

log=$(make -j2 -s all CC=cc CFLAGS=-O0 2>&1)
check "the copy builds" $? "$(printf '%s' "$log" | grep -E 'error|Error' | head -n 5)"
[ $failed -eq 0 ] || exit 1

found=$(build/netvitals report --json 1 | python3 -c '
import json, sys
for i in json.load(sys.stdin)["indicators"]:
    if i["number"] == 99:
        print(i["name"], i["class"], i["kind"], i["warn"], i["status"] in ("ok", "learning"))')
[ "$found" = "exampleShare L ratio 0.99 True" ]
check "it is in the report" $? "found \"$found\""

found=$(build/netvitals explain exampleShare 2>&1)
printf '%s' "$found" | grep -q "An indicator that only a test knows."
check "it is explained" $? "$found"

export NETVITALS_BUILD="$copy/build" PYTHONDONTWRITEBYTECODE=1
if [ ! -x build/netvitals-agentx ] || ! PATH=$PATH:/usr/sbin command -v snmpd >/dev/null; then
    echo "skip - it is in the SNMP walk: net-snmp is not installed"
else
    found=$(python3 - <<'PYTHON'
import sys
sys.path.insert(0, "tests/integration")
import snmp_master
master = snmp_master.Master()
master.start_all()

def indicator():
    _, out, _ = master.run("snmpbulkwalk", f"{snmp_master.ROOT}.1")
    rows = snmp_master.parse_values(out)
    names = [oid for oid, (_, value) in rows.items() if value == "exampleShare" and oid.endswith(".99")]
    return names and len([oid for oid in rows if oid.endswith(".99")]) > 10

print("walked" if snmp_master.wait_for(indicator, 15, 0.3) else "no row 99 of that name in the walk")
PYTHON
    )
    [ "$found" = walked ]
    check "it is in the SNMP walk" $? "$found"
fi

if [ ! -e build/collectd/netvitals.so ] || ! PATH=$PATH:/usr/sbin command -v collectd >/dev/null; then
    echo "skip - it is in collectd: collectd is not installed"
else
    found=$(python3 - <<'PYTHON'
import glob
import sys
sys.path.insert(0, "tests/integration")
import collectd_daemon
daemon = collectd_daemon.Daemon("Indicators all").start()
files = collectd_daemon.wait_for(
    lambda: glob.glob(f"{daemon.csv_dir}/*/netvitals-lost/percent-exampleShare-*"), 20, 0.2)
daemon.stop()
print("written" if files else "no percent-exampleShare under netvitals-lost")
PYTHON
    )
    [ "$found" = written ]
    check "it is in collectd with Indicators all" $? "$found"
fi
exit $failed
