#!/bin/bash
# SPDX-License-Identifier: MIT
# What is installed, without installing anything: `make install` into a directory and away again, the
# manuals, the unit, the completion, the samples. The packages themselves: tests/soak/test_package.sh.
set -u
cd "$(dirname "$0")/../.." || exit 2
dir=$(mktemp -d)
agent=
trap '[ -z "$agent" ] || kill "$agent" 2>/dev/null; rm -rf "$dir"' EXIT
failed=0

check() { # name, what was wrong ("" is fine)
    if [ -z "$2" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1: $(echo "$2" | head -c 600 | tr '\n' ' ')"
        failed=1
    fi
}

skip() { echo "skip - $1: $2"; }

if [ ! -x build/netvitals ]; then
    skip "installation" "build/netvitals is not built"
    exit 0
fi

# ---- install, uninstall ------------------------------------------------------------------------------

paths=(DESTDIR="$dir/root" PREFIX=/opt/nv SYSCONFDIR=/opt/etc UNITDIR=/opt/units)
quiet_make() { make --no-print-directory -s "$@" "${paths[@]}" >"$dir/log" 2>&1 || tail -n 5 "$dir/log"; }

check "make install" "$(quiet_make install)"
missing=
for file in opt/nv/bin/netvitals opt/nv/share/man/man1/netvitals.1 opt/nv/share/man/man7/netvitals.7 \
    opt/nv/share/bash-completion/completions/netvitals opt/nv/share/doc/netvitals/README.md \
    opt/nv/share/doc/netvitals/examples/snmpd-netvitals.conf \
    opt/nv/share/doc/netvitals/examples/dashboards/{grafana-fleet.json,netvitals-alerts.yml,snmp-exporter.yml} opt/etc/netvitals/netvitals.conf; do
    [ -f "$dir/root/$file" ] || missing="$missing $file"
done
check "make install brings every file" "$missing"
check "the installed program runs" "$("$dir/root/opt/nv/bin/netvitals" --version >/dev/null 2>&1 || echo "exit status $?")"
outside=$(find "$dir/root" -type f ! -path "$dir/root/opt/*")
check "make install respects every path" "$outside"
if [ -f "$dir/root/opt/units/netvitals-agentx.service" ]; then
    line=$(grep '^ExecStart=' "$dir/root/opt/units/netvitals-agentx.service")
    wanted="ExecStart=/opt/nv/sbin/netvitals-agentx -f -c /opt/etc/netvitals/netvitals.conf"
    check "the unit starts what was installed" "$([ "$line" = "$wanted" ] || echo "$line, expected $wanted")"
fi

echo "Interval 20" >>"$dir/root/opt/etc/netvitals/netvitals.conf"
quiet_make install >/dev/null
check "an edited configuration survives installation" \
    "$(grep -qx 'Interval 20' "$dir/root/opt/etc/netvitals/netvitals.conf" || echo "it was overwritten")"
quiet_make uninstall >/dev/null
left=$(cd "$dir/root" && find . -type f)
check "make uninstall leaves the edited configuration alone" \
    "$([ "$left" = ./opt/etc/netvitals/netvitals.conf ] || echo "left: $left")"
cp packaging/samples/netvitals.conf "$dir/root/opt/etc/netvitals/netvitals.conf"
quiet_make uninstall >/dev/null
check "make uninstall leaves no file" "$(find "$dir/root" -type f)"

# ---- manuals -----------------------------------------------------------------------------------------

check "manuals are as the program says" "$(make --no-print-directory -s manuals-check >"$dir/log" 2>&1 || tail -n 3 "$dir/log")"
if command -v mandoc >/dev/null; then
    for page in cli/*.1 packaging/man/*.[57] plugins/*/*.[58]; do
        # References depend on what else is installed here.
        check "$page: mandoc -Tlint" "$(mandoc -Tlint "$page" 2>/dev/null | grep -v 'referenced manual not found\|operating system explicitly specified')"
    done
else
    skip "manuals: mandoc -Tlint" "no mandoc here"
fi
absent=
while read -r option; do
    grep -q "^\.It Cm $option\$" packaging/man/netvitals.conf.5 || absent="$absent $option"
done < <(sed -n '/rows\[\] = {/,/^};/s/^\t{"\([A-Za-z]*\)".*/\1/p' plugins/snmp/options.c)
check "netvitals.conf(5) has the agent's own options" "$absent"

# ---- unit ----------------------------------------------------------------------------------------------

sed 's,@SBINDIR@,/bin,; s,@SYSCONFDIR@,/etc,; s,/bin/netvitals-agentx,/bin/true,; /^Documentation=/d' \
    packaging/systemd/netvitals-agentx.service.in >"$dir/netvitals-agentx.service"
if ! command -v systemd-analyze >/dev/null; then
    skip "unit" "no systemd-analyze here"
elif ! systemd-analyze --help | grep -q -- --offline; then
    skip "unit" "this systemd-analyze knows no --offline"
else
    check "unit: systemd-analyze verify" "$(systemd-analyze verify "$dir/netvitals-agentx.service" 2>&1)"
    check "unit: exposure at most 1.5" "$(systemd-analyze security --no-pager --offline=true --threshold=15 \
        "$dir/netvitals-agentx.service" 2>&1 >"$dir/exposure" || tail -n 1 "$dir/exposure")"
fi

# ---- completion ------------------------------------------------------------------------------------------

complete_words() { # words...: what the completion offers for the last one
    bash -c '. packaging/bash-completion/netvitals; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _netvitals "$1" "${@: -1}" "${@: -2:1}"; printf "%s\n" "${COMPREPLY[@]}"' complete build/netvitals "$@"
}
offered=$(complete_words --ro)
check "completion: options" "$([ "$offered" = "$(printf -- '--root\n--role')" ] || echo "$offered")"
offered=$(complete_words --role = ro)
check "completion: values" "$([ "$offered" = router ] || echo "$offered")"
offered=$(complete_words --json explain tcpRetr)
check "completion: names" "$(echo "$offered" | grep -qx tcpRetrans || echo "$offered")"
offered=$(complete_words expl)
check "completion: commands" "$([ "$offered" = explain ] || echo "$offered")"
unknown=
for option in $(build/netvitals --help | grep -o '^  --[a-z-]*'); do
    complete_words -- | grep -qx -- "$option" || unknown="$unknown $option"
done
check "completion: every option of --help" "$unknown"

# ---- samples ---------------------------------------------------------------------------------------------

if [ -x build/netvitals-agentx ]; then
    # What is only hinted at in the sample has to be right as well.
    sed "s,^#\([A-Z<]\),\1,; s,^#  ,,; s,/var/lib/netvitals,$dir," packaging/samples/netvitals.conf >"$dir/nv.conf"
    timeout 120 build/netvitals-agentx -f -L -c "$dir/nv.conf" -x "unix:$dir/nobody" >"$dir/agent.log" 2>&1 &
    agent=$!
    for ((i = 0; i < 600; i++)); do
        grep -q master "$dir/agent.log" && break
        sleep 0.1
    done
    kill "$agent" 2>/dev/null
    wait "$agent" 2>/dev/null
    agent=
    check "samples: netvitals.conf has known options and good values" \
        "$(grep 'nv.conf:' "$dir/agent.log"; grep -q master "$dir/agent.log" || echo "the agent did not start")"
else
    skip "samples: netvitals.conf" "build/netvitals-agentx is not built"
fi
wrong=
while read -r name oid; do
    number=${oid##*.}
    grep -qE "^$name NOTIFICATION-TYPE" mibs/NETVITALS-MIB.txt &&
        sed -n "/^$name NOTIFICATION-TYPE/,/::=/p" mibs/NETVITALS-MIB.txt |
        grep -q "::= { nvNotifications $number }" || wrong="$wrong $name"
done < <(sed -n 's/^EVENT \([A-Za-z]*\) \([.0-9]*\) .*/\1 \2/p' packaging/samples/snmptt-netvitals.conf)
check "samples: snmptt has the numbers of the MIB" "$wrong"
count=$(grep -c '^EVENT' packaging/samples/snmptt-netvitals.conf)
check "samples: snmptt has every notification" \
    "$([ "$count" -eq "$(grep -c '^nv[A-Za-z]* NOTIFICATION-TYPE' mibs/NETVITALS-MIB.txt)" ] || echo "$count")"

# ---- versions ----------------------------------------------------------------------------------------------

version=$(build/netvitals --version | sed 's/^netvitals //')
check "version: Debian changelog" "$(head -n 1 packaging/debian/changelog | grep -qF "($version)" || echo "not $version")"
check "version: RPM spec" "$(grep -qx "Version: *$version" packaging/rpm/netvitals.spec || echo "not $version")"
exit $failed
