#!/bin/bash
# SPDX-License-Identifier: MIT
# The command when it is misused, and what Nagios and the list of mutes see of it.
cd "$(dirname "$0")/../.." || exit 1
netvitals=${NETVITALS_BUILD:-build}/netvitals
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# check NAME EXPECTED-STATUS PATTERN COMMAND...: status, and a line of what is printed
check() {
	local name=$1 expected=$2 pattern=$3 status=0
	shift 3
	"$@" >"$scratch/out" 2>&1 || status=$?
	if [ "$status" = "$expected" ] && grep -qE -- "$pattern" "$scratch/out"; then
		echo "ok - $name"
	else
		echo "not ok - $name: status $status, $(head -c 300 "$scratch/out" | tr '\n' ' ')"
		failed=1
	fi
}

check "-h is help" 0 "^usage: " $netvitals -h
if $netvitals --help | awk 'length > 80 || / $/ { exit 1 } END { exit NR < 30 }'; then
	echo "ok - help fits 80 columns"
else
	echo "not ok - help fits 80 columns: $($netvitals --help | awk 'length > 80 || / $/' | head -1)"
	failed=1
fi
check "an option with one dash is refused" 2 "^netvitals: -all: unknown option" $netvitals -all 1
check "a slip of the finger is no file" 1 "reprot: neither a command nor a file" $netvitals reprot
check "explain: the words of an article" 0 "^tcpInOutOfOrder  indicator 6" $netvitals explain Out-of-order packets
check "explain: what Linux does not count" 0 "Linux does not count packets received after close. Substitute:" $netvitals explain packets received after close
check "explain: two columns of netstat -i" 0 "^ifOutErrors  indicator 56" $netvitals explain Ierrs Oerrs
check "explain: the kernel's name" 0 "^tcpRexmtTimeouts  counter" $netvitals explain TCPTimeouts
check "explain: the kernel's name as nstat prints it" 0 "^tcpListenOverflows  counter" $netvitals explain TcpExtListenOverflows
check "explain: any letter case" 0 "^tcpRetrans  indicator 1," $netvitals explain TCPRETRANS
check "explain: the number that SNMP carries" 0 "^tcpRetrans  indicator 1," $netvitals explain 1
check "explain: a number that is none" 2 "\"9999\" is unknown" $netvitals explain 9999
check "explain: a part of a name leads to the whole" 2 "near it: tcpRetrans" $netvitals explain tcpRetran
# The agent, before it looks for a master: what is no configuration is none.
agent=(build/netvitals-agentx -f -L -c)
printf 'Interval 10\nProfile \0\033[31mstrict\n' >"$scratch/binary.conf"
check "agent: a directory is no configuration" 1 "^netvitals-agentx: $scratch: Is a directory" timeout 20 "${agent[@]}" "$scratch"
check "agent: nor are bytes" 1 "^netvitals-agentx: $scratch/binary.conf: not text" timeout 20 "${agent[@]}" "$scratch/binary.conf"
check "agent: nor what has no end" 1 "^netvitals-agentx: /dev/zero: File too large" timeout 20 "${agent[@]}" /dev/zero
# What is refused in a line is quoted, without what acts on a terminal; then it ends, at a Root that is none.
{ printf 'Root /nonexistent\n\033[31mInterval\033[0m 10\nPingInterval \033[5m\n'; yes 'Flurble 1' | head -200; } >"$scratch/hostile.conf"
check "agent: what is quoted acts on no terminal" 1 '\?\[31mInterval' timeout 20 "${agent[@]}" "$scratch/hostile.conf"
check "agent: its own options are refused like all others" 1 \
	'hostile.conf:3: PingInterval: "\?\[5m" is refused, expected whole seconds from 1 to 60; the value before stays' \
	timeout 20 "${agent[@]}" "$scratch/hostile.conf"
if ! grep -q $'\033' "$scratch/out" && [ "$(wc -l <"$scratch/out")" -lt 40 ] && grep -q "below it are not reported" "$scratch/out"; then
	echo "ok - agent: a hostile file fills no log"
else
	echo "not ok - agent: a hostile file fills no log: $(wc -l <"$scratch/out") lines, $(tail -1 "$scratch/out" | cat -v)"
	failed=1
fi

# Everything that can be explained, in 80 columns.
$netvitals catalog --format=json | grep -oE '"name":"[^"]*"' | cut -d'"' -f4 | sort -u | xargs $netvitals explain >"$scratch/out"
if awk 'length > 80 || / $/ { exit 1 } END { exit NR < 1000 }' "$scratch/out"; then
	echo "ok - explain fits 80 columns"
else
	echo "not ok - explain fits 80 columns: $(awk 'length > 80 || / $/' "$scratch/out" | head -1)"
	failed=1
fi

# Queues that are as long as they can be; a mute with a long reason.
mkdir -p "$scratch/queues/net"
{
	echo "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
	for port in 1F90 1F91 1F92; do
		echo "   0: 0A00000A:$port 0B00000A:C000 01 FFFFFFFF:FFFFFFFF 00:00000000 00000000     0        0 7 1 0"
		echo "   1: 0100007F:$port 0100007F:C000 01 FFFFFFFF:FFFFFFFF 00:00000000 00000000     0        0 8 1 0"
	done
} >"$scratch/queues/net/tcp"
sed '1!s/ 01 FF/ 07 FF/' "$scratch/queues/net/tcp" >"$scratch/queues/net/udp"
check "sockets: queues of gigabytes" 0 "^queues       12884.9 MB not read" $netvitals sockets "$scratch/queues"
if awk 'length > 80 || / $/ { exit 1 }' "$scratch/out"; then
	echo "ok - sockets: in 80 columns"
else
	echo "not ok - sockets: in 80 columns: $(awk 'length > 80 || / $/' "$scratch/out" | head -1)"
	failed=1
fi
check "mute: a long reason" 0 "^ +and the storage network" $netvitals --state-dir "$scratch" mute tcpSynRetrans --until 1h --by me \
	--why "the switch is replaced and the storage network is away for the whole of the night"
"$netvitals" --state-dir "$scratch" mute tcpSynRetrans --until now --by me --why over >/dev/null

# What would be ignored is refused: the option, the command, and where it belongs.
check "a flag takes no value" 2 '"3" is too much' $netvitals report --all=3 1
check "mute --json is refused" 2 "^netvitals: mute takes no --json, which is for report" $netvitals mute --json
check "counters: --csv or --json" 2 "counters: --csv and --json: expected one" $netvitals counters --csv --json
check "events takes no argument" 2 'events: "EXTRA" is one argument too many' $netvitals events EXTRA
check "baseline: no argument is left over" 2 '"more" is one argument too many' $netvitals baseline export file more
check "--elapsed is for captures" 2 "report: --elapsed is for captures" $netvitals report --elapsed 5 1
check "--window is for series" 2 "report: --window is for a series" $netvitals report --window 5 1
check "without a command too" 2 "report: --redact is for captures" $netvitals --redact
check "--root is not for captures" 2 "report: --root is for what is not" $netvitals --root / README.md
check "sockets: what is not redacted is not printed" 2 "sockets takes no --redact" $netvitals sockets --redact README.md
check "--total has no time" 2 "report: --total: expected" $netvitals report --total 5
check "--platform: a name that is none" 2 "^netvitals: --platform \"foo\": expected one of linux" $netvitals --platform foo README.md
check "check: an option that does not belong is unknown" 3 "^NETVITALS UNKNOWN - " bash -c "$netvitals check --csv 2>/dev/null"
check "options that belong are heeded" 0 '"host"' $netvitals report --json --role host --profile strict --interfaces all \
	--state-dir "$scratch" 1
check "after -- a name may begin with a dash" 1 "^netvitals: -x: neither" $netvitals -- -x
check "a bad value is named with the option as it was typed" 2 \
	'^netvitals: --role: "foo" is refused, expected [a-z |]*$' $netvitals --role foo
check "a time without an end is refused" 2 "expected seconds above 0" $netvitals --elapsed inf a b
check "what cannot be written is a failure" 1 "cannot write" bash -c "$netvitals --state-dir '$scratch' mute lost \
	--until 1h --by me --why test >/dev/full"

# Status 2 is CRITICAL for Nagios, and the reason is looked for on standard output.
check "check: a misspelt option is unknown, never critical" 3 "^NETVITALS UNKNOWN - " \
	bash -c "$netvitals check --bogus 2>/dev/null"
check "check: a bad value is unknown" 3 "^NETVITALS UNKNOWN - " bash -c "$netvitals check --role foo 2>/dev/null"
check "check: output that is lost is unknown" 3 "cannot write" bash -c "$netvitals check 1 >/dev/full"
$netvitals check 1 >"$scratch/out"
columns=$(grep -oE '[a-zA-Z]+=(U|[0-9.e+-]+%?);[0-9.]*;[0-9.]*' "$scratch/out" | wc -l)
if [ "$columns" = 15 ]; then
	echo "ok - check: performance data has the same 15 columns with and without traffic"
else
	echo "not ok - check: performance data has 15 columns: $columns in $(cat "$scratch/out")"
	failed=1
fi

mute=("$netvitals" --state-dir "$scratch" mute)
check "mute: a name is needed" 2 "expected a name and a reason" "${mute[@]}" lost --until 1h --by ' ' --why x
check "mute: a reason is needed" 2 "expected a name and a reason" "${mute[@]}" lost --until 1h --by me --why ''
check "mute: an end is needed" 2 "expected NAME --until" "${mute[@]}" lost --by me --why x
check "mute: no escapes reach a terminal" 0 'by me: a.\[31mb' "${mute[@]}" lost --until 1h --by me --why $'a\033[31mb'
check "mute: it is listed" 0 "^mute lost " "${mute[@]}"
check "mute: now ends it" 0 "^lost is silenced no more" "${mute[@]}" lost --until now --by me --why over
if [ "$("${mute[@]}")" = "nothing is muted or acknowledged" ]; then
	echo "ok - mute: what has ended is not listed"
else
	echo "not ok - mute: what has ended is not listed: $("${mute[@]}")"
	failed=1
fi

# A host without any route: what it sends is refused, which is a warning of the class routing.
without_route() {
	unshare -n bash -c 'while :; do echo x >/dev/udp/192.0.2.1/9; sleep 0.02; done 2>/dev/null &
		"$@"; status=$?; kill $!; exit $status' bash "$@"
}
if unshare -n true 2>/dev/null; then
	check "check: a fault and whose it is" 1 "^NETVITALS WARNING - routing: [0-9]+ packets without a route in .* This host" \
		without_route $netvitals --state-dir "$scratch" check 3
	"${mute[@]}" ipNoRoute --until 1h --by me --why test >/dev/null
	check "check: what is muted does not page" 0 "^NETVITALS OK" \
		without_route $netvitals --state-dir "$scratch" check 3
	check "report: what is muted is listed" 0 "^ muted  ipNoRoute: " \
		without_route $netvitals --state-dir "$scratch" 3
	check "report: what is muted does not affect its class" 0 "^ R routing      ok  .*1 muted" \
		without_route $netvitals --state-dir "$scratch" 3
	check "report: the other namespaces of this host are judged" 0 "^ [1-9][0-9]* other network namespaces?: [0-9]+ ok" \
		unshare -n $netvitals 1
else
	echo "skip - mutes in reports and checks: no namespace may be made here"
fi
exit $failed
