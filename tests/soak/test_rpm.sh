#!/bin/bash
# SPDX-License-Identifier: MIT
# The RPM packages, installed for real by rpm into a tree made here, with their scripts; used, upgraded and
# erased there. The tree is a bare Debian, as no other system can be had without its mirrors: what is
# proved is files, scripts, configuration and that the programs run; what is not: the names of
# requirements in Fedora and its relatives, and their libraries. NV_SOURCE: another tree to package.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/soak/bare_debian.sh "RPM packages in a tree of their own"
root=$dir/root
packages="netvitals netvitals-agentx collectd-netvitals netvitals-doc"

NV_RPM_NOCHECK=1 NV_RPM_OUT=$dir/rpm "$source/packaging/make-rpm" >"$dir/log" 2>&1
check "make rpm" "$([ -n "$(ls "$dir"/rpm/netvitals-agentx-*.rpm 2>/dev/null)" ] || tail -n 5 "$dir/log")"
[ $failed -eq 0 ] || exit 1

# ---- what they say of themselves ------------------------------------------------------------------------

files=()
wrong=
for package in $packages; do
    file=$(find "$dir/rpm" -name "$package-[0-9]*.rpm" ! -name '*.src.rpm')
    files+=("$file")
    for script in pre post preun postun; do
        rpm -qp --qf "%{$script}\n" "$file" 2>/dev/null | grep -v '^(none)$' >"$dir/script"
        wrong="$wrong$(sh -n "$dir/script" 2>&1)"
    done
done
check "the scripts are shell" "$wrong"
more=$(rpm -qp --requires "${files[@]}" | grep -vE '^(rpmlib\(|config\(|rtld\(|lib(c|m)\.so|libnetsnmp(agent)?\.so|/bin/sh$|collectd$|shadow-utils$)')
check "requires libc, libnetsnmp, collectd, and what makes the user" "$more"
modes=$(rpm -qp --qf '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]' "${files[@]}" |
    grep -vE '^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) root ' | grep -v ' netvitals /var/lib/netvitals$')
check "everything is root's and nobody else's to write, but the agent's state" "$modes"

# ---- install ----------------------------------------------------------------------------------------------

bare root
inside root apt-get install -y -q libsnmp40 snmpd snmp collectd-core iproute2 systemd >"$dir/log" 2>&1 ||
    give_up "apt-get in the bare Debian: $(tail -n 1 "$dir/log")"
listing() { (cd "$root" && find etc usr var/lib -xdev ! -path 'var/lib/rpm*' ! -path 'var/lib/dpkg/*' | sort); }
listing >"$dir/before"
rpms() { rpm --force-debian --root "$root" --dbpath /var/lib/rpm "$@"; }
# Its own names of libraries and programs are not in the database of rpm, as that is empty here.
rpms --nodeps -i "${files[@]}" >"$dir/log" 2>&1
status=$?
check "rpm -i installs all of them" "$([ $status -eq 0 ] || echo "exit status $status"; grep -iE 'error|warning' "$dir/log")"
# shellcheck disable=SC2086
check "rpm -V: what is there is what was packed" "$(rpms --nodeps -V $packages 2>&1)"
check "the user netvitals, its group, no shell" \
    "$(inside root getent passwd netvitals | grep -q ':/var/lib/netvitals:/sbin/nologin$' || inside root getent passwd netvitals)"
check "the state directory is the agent's" \
    "$([ "$(inside root stat -c '%U:%G' /var/lib/netvitals)" = netvitals:netvitals ] || inside root stat -c '%U:%G' /var/lib/netvitals)"
check "the unit is left as the presets of the distribution say" \
    "$(inside root systemctl is-enabled netvitals-agentx.service 2>&1 | grep -vE '^(enabled|disabled)$')"

# ---- use --------------------------------------------------------------------------------------------------

rows=$(inside root netvitals 1 | grep -cE '^ [LCRAS] [a-z]+ ')
check "the command gives five classes" "$([ "$rows" -eq 5 ] || echo "$rows")"
plugins=$(inside root dirname "$(rpms -ql collectd-netvitals | grep '/netvitals\.so$')")
cat >"$root/collectd.conf" <<END
Hostname "guest"
BaseDir "/run/test"
PIDFile "/run/test/pid"
TypesDB "/usr/share/collectd/types.db"
Interval 1
PluginDir "/usr/lib/collectd"
LoadPlugin csv
<Plugin csv>
  DataDir "/run/test/csv"
</Plugin>
PluginDir "$plugins"
Include "/etc/collectd.d/netvitals.conf"
END
mkdir -p "$root/run/test"
inside root timeout 120 collectd -f -C /collectd.conf >"$dir/collectd.log" 2>&1 &
daemon=$!
count() { find "$root/run/test/csv/guest" -type f -path '*/netvitals-*' 2>/dev/null | wc -l; }
for ((i = 0; i < 600 && $(count) < 20; i++)); do sleep 0.1; done
check "the plugin gives 20 lists in a collectd that reads the installed configuration" \
    "$([ "$(count)" -eq 20 ] || { count; tail -n 3 "$dir/collectd.log"; })"
kill $daemon
wait $daemon 2>/dev/null

cat >"$root/snmpd.conf" <<'END'
agentaddress udp:127.0.0.1:16198
master agentx
agentXSocket /run/test/agentx
agentXPerms 0660 0550 root netvitals
rocommunity public 127.0.0.1
END
# shellcheck disable=SC2016
# In a network of its own: its port is nobody's business here.
unshare -n chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c '
ip link set lo up
snmpd -f -Lo -C -c /snmpd.conf -I -smux -p /run/test/snmpd.pid >/run/test/snmpd.log 2>&1 &
master=$!
chmod 755 /run/test
tries=0
until [ -S /run/test/agentx ] || [ $tries -ge 600 ]; do tries=$((tries + 1)); sleep 0.1; done
setpriv --reuid=netvitals --regid=netvitals --clear-groups --no-new-privs --bounding-set=-all \
    netvitals-agentx -f -L -c /etc/netvitals/netvitals.conf -x unix:/run/test/agentx >/run/test/agent.log 2>&1 &
agent=$!
tries=0
column=.1.3.6.1.4.1.8072.9999.9999.7311.1.3.1.3
until [ "$(snmpwalk -v2c -c public -On -t 5 127.0.0.1:16198 $column 2>/dev/null |
    grep -c "INTEGER: [1-4]$")" -eq 5 ] || [ $tries -ge 100 ]; do tries=$((tries + 1)); sleep 0.2; done
[ $tries -lt 100 ] && echo five
kill $agent
wait $agent
kill $master
wait' >"$dir/log" 2>&1
check "the agent answers through snmpd, as its user" "$(grep -qx five "$dir/log" || cat "$dir/log" "$root/run/test/agent.log")"
check "it kept its state" "$([ -n "$(ls "$root/var/lib/netvitals")" ] || echo "nothing there")"

# ---- upgrade, erase -----------------------------------------------------------------------------------------

echo '# mine' >>"$root/etc/netvitals/netvitals.conf"
rpms --nodeps -U --replacepkgs "${files[@]}" >"$dir/log" 2>&1
status=$?
check "the same once more, as an upgrade runs it" "$([ $status -eq 0 ] || tail -n 5 "$dir/log")"
check "an edited configuration survives" "$(grep -qx '# mine' "$root/etc/netvitals/netvitals.conf" || ls "$root/etc/netvitals")"
# shellcheck disable=SC2086
rpms --nodeps -e $packages >"$dir/log" 2>&1
status=$?
check "rpm -e takes all of them away" "$([ $status -eq 0 ] || cat "$dir/log")"
listing >"$dir/after"
# As custom wants: the user, the configuration that was edited, and directories that other packages bring there.
left=$(comm -13 "$dir/before" "$dir/after" | grep -vE '^etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^var/lib/(snmp|systemd)/|\.rpmsave$|^etc/netvitals$
^etc/collectd.d$|^usr/lib64/collectd$|^usr/share/licenses$')
echo "   left: $(echo "$left" | tr '\n' ' ')"
check "nothing is left but the state" "$(echo "$left" | grep -vE '^$|^var/lib/netvitals')"
exit $failed
