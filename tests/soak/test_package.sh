#!/bin/bash
# SPDX-License-Identifier: MIT
# The packages: built twice to the same bytes, judged by lintian, installed in a bare Debian made here
# (nothing of this machine is in it), run below a systemd of its own, and purged again. Then the quick
# starts of README.md, word for word. NV_SOURCE: another tree to package.
set -u
cd "$(dirname "$0")/../.." || exit 2
tests=$PWD/tests/soak
. tests/soak/bare_debian.sh "packages in a bare Debian"
root=$dir/root

# ---- build ---------------------------------------------------------------------------------------------

for round in 1 2; do
    NV_DEB_OUT=$dir/deb$round "$source/packaging/make-deb" >"$dir/log" 2>&1
    status=$?
    check "make deb, round $round" "$([ $status -eq 0 ] || grep -E 'rror|not ok' "$dir/log" | tail -n 5)"
    [ $status -eq 0 ] || exit 1
done
differ=
for file in "$dir"/deb1/*.deb "$dir"/deb1/*.tar.xz; do
    cmp -s "$file" "$dir/deb2/$(basename "$file")" || differ="$differ $(basename "$file")"
done
check "two builds give the same bytes" "$differ"
check "lintian: no error, no warning" \
    "$(lintian --fail-on error,warning "$dir"/deb1/*.changes >"$dir/log" 2>/dev/null || cat "$dir/log")"

size=0
depends=
for package in netvitals netvitals-agentx collectd-netvitals; do
    file=$(echo "$dir/deb1/${package}"_*.deb)
    size=$((size + $(dpkg-deb -f "$file" Installed-Size)))
    depends="$depends $(dpkg-deb -f "$file" Depends | tr ',' '\n' | sed 's/(.*//' | tr -d ' ')"
    dpkg-deb -x "$file" "$dir/files"
done
echo "   installed without docs: $size KiB"
check "installed size at most 1.5 MB without docs" "$([ $size -le 1536 ] || echo "$size KiB")"
# adduser is for the script that makes the agent's user, not for the program.
more=$(echo "$depends" | tr ' ' '\n' | grep -vE '^(|libc6|libsnmp[0-9]+(t64)?|collectd-core|adduser)$')
check "depends on libc, libsnmp, collectd-core" "$more"
# The start files of Debian 12 carry no mark of control flow protection, so no program there can have it.
marks=
hardening-check /bin/ls | grep -q 'Control flow integrity: no' && marks=--nocfprotection
# shellcheck disable=SC2086
check "hardening-check" "$(hardening-check $marks "$dir/files/usr/bin/netvitals" \
    "$dir/files/usr/sbin/netvitals-agentx" "$dir/files/usr/lib/collectd/netvitals.so" >"$dir/log" ||
    grep -E ': no' "$dir/log")"

NV_RPM_NOCHECK=1 NV_RPM_OUT=$dir/rpm "$source/packaging/make-rpm" >"$dir/log" 2>&1
check "make rpm" "$([ -n "$(ls "$dir"/rpm/netvitals-agentx-*.rpm 2>/dev/null)" ] || tail -n 5 "$dir/log")"

# ---- a bare Debian -----------------------------------------------------------------------------------------

bare root
mkdir "$root/debs"
cp "$dir"/deb1/*.deb "$root/debs/"
began=$(date +%s)
inside root sh -c 'apt-get install -y -q /debs/netvitals_*.deb && netvitals' >"$dir/log" 2>&1
took=$(($(date +%s) - began))
rows=$(grep -cE '^ [LCRAS] [a-z]+ +(ok|WARNING|CRITICAL|unknown)' "$dir/log")
echo "   first five statuses after $took s"
check "two commands to the first five statuses" "$([ "$rows" -eq 5 ] || tail -n 5 "$dir/log")"
check "in less than three minutes" "$([ $took -lt 180 ] || echo "$took s")"

# What the tests below need, without our packages: the state to which purge has to come back.
inside root apt-get install -y -q --download-only snmpd snmp collectd-core >/dev/null 2>&1
inside root apt-get install -y -q snmpd snmp collectd collectd-utils systemd systemd-sysv dbus iproute2 adduser \
    >"$dir/log" 2>&1 || give_up "apt-get in the bare Debian: $(tail -n 1 "$dir/log")"
inside root apt-get purge -y -q netvitals >"$dir/log" 2>&1
listing() { (cd "$root" && find etc usr var/lib lib -xdev ! -path 'var/lib/dpkg/*' ! -path 'var/lib/apt/*' | sort); }
listing >"$dir/before"
inside root sh -c 'apt-get install -y -q /debs/*.deb' >"$dir/log" 2>&1
status=$?
check "all packages install" "$(inside root dpkg --audit 2>&1; [ $status -eq 0 ] || tail -n 5 "$dir/log")"

mount --bind /dev "$root/dev"
cp -r packaging/debian/tests "$root/debs/tests"
for name in command agent plugin; do
    mkdir -p "$root/tmp/test-$name"
    unshare -n chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin AUTOPKGTEST_TMP="/tmp/test-$name" \
        timeout 200 sh -c "ip link set lo up; exec /debs/tests/$name" >"$dir/log" 2>&1
    status=$?
    check "the package's own test: $name" "$([ $status -eq 0 ] || { echo "exit status $status"; tail -n 5 "$dir/log"; })"
done
umount -l "$root/dev"

# What the daemons wrote in their time is made here for the plugin, whose test has a directory of its own.
touch "$root/var/lib/collectd/collectd-guest.state" "$root/var/lib/collectd/collectd-guest.state.previous"
check "the agent kept its state" "$([ -s "$root/var/lib/netvitals/agentx-$(uname -n).state" ] || ls "$root/var/lib/netvitals")"
inside root apt-get purge -y -q netvitals netvitals-agentx collectd-netvitals netvitals-doc >"$dir/log" 2>&1
listing >"$dir/after"
# The user stays, as policy wants: files elsewhere may be its own.
left=$(comm -13 "$dir/before" "$dir/after" | grep -vE '^etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^var/lib/(snmp|systemd)/')
check "purge leaves nothing" "$left"

# ---- below systemd, and the quick starts ---------------------------------------------------------------------

if ! command -v systemd-nspawn >/dev/null; then
    give_up "no systemd-nspawn here (package systemd-container)"
fi
# What README installs has to be there without a network: the packages of others are installed already.
mkdir -p "$root/test"
rm -f "$root/usr/sbin/policy-rc.d"
cp "$dir"/deb1/*.deb "$root/test/"
cp "$tests/package_guest" "$root/test/guest"
awk '/^## /{ on = /^## First five minutes/ } on && /^    /{ if (!block) n++; block = 1
    print substr($0, 5) > (dir "/block" n); next } { block = 0 }' dir="$root/test" README.md
cat >"$root/etc/systemd/system/guest.service" <<'END'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/test/guest
ExecStopPost=/bin/systemctl poweroff --no-block
END
mkdir -p "$root/etc/systemd/system/graphical.target.wants"
ln -s ../guest.service "$root/etc/systemd/system/graphical.target.wants/guest.service"
umount "$root/proc"
timeout 300 systemd-nspawn -q --machine=guest --register=no --keep-unit --private-network -D "$root" --boot >"$dir/log" 2>&1 </dev/null
if [ -s "$root/test/result" ]; then
    cat "$root/test/result"
    grep -q '^not ok' "$root/test/result" && failed=1
    grep -q '^end$' "$root/test/result" || check "the guest came to its end" "see above"
else
    check "systemd starts in the bare Debian" "$(tail -n 5 "$dir/log")"
fi
exit $failed
