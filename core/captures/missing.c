/* SPDX-License-Identifier: MIT */
/*
 * What captures do not say -> words: what is not in them, what their system does not count, what
 * was not understood, and the commands to ask for.
 */
#include "captures/compare.h"
#include "nv_captures.h"

#include <stdio.h>
#include <string.h>

/* Where to look next on that system. */
const char *nv_capture_next_command(enum nv_platform platform, unsigned klass)
{
	static const char *const card[NV_PLATFORM_END] = {
		[NV_PLATFORM_UNKNOWN] = "the statistics of its network adapter",
		[NV_PLATFORM_LINUX] = "ethtool -S of the interface, tc -s qdisc",
		[NV_PLATFORM_FREEBSD] = "netstat -id and sysctl dev.NAME.UNIT of the adapter",
		[NV_PLATFORM_MACOS] = "netstat -id and networksetup -getMedia of the service",
		[NV_PLATFORM_NETBSD] = "netstat -id and ifconfig -v of the adapter",
		[NV_PLATFORM_OPENBSD] = "netstat -id and ifconfig of the adapter",
		[NV_PLATFORM_BSD] = "netstat -i",
		[NV_PLATFORM_JUNOS] = "show interfaces extensive",
		[NV_PLATFORM_SOLARIS] = "dladm show-link -s and kstat -p of the link",
		[NV_PLATFORM_AIX] = "entstat -d of the adapter",
		[NV_PLATFORM_HPUX] = "lanadmin -g mibstats of the card",
		[NV_PLATFORM_SCO] = "llistat -l",
		[NV_PLATFORM_WINDOWS] = "Get-NetAdapterStatistics",
	};

	if (klass == NV_CLASS_LOST || klass == NV_CLASS_CORRUPTED)
		return card[platform];
	if (klass == NV_CLASS_ROUTING)
		return platform == NV_PLATFORM_WINDOWS ? "route print" : "netstat -rn";
	if (klass == NV_CLASS_APPLICATION)
		return platform == NV_PLATFORM_WINDOWS ? "netstat -abno"
			: platform == NV_PLATFORM_LINUX
			? "ss -tanp and ss -uanp"
			: "netstat -an: which program is missing, or does not read?";
	return platform == NV_PLATFORM_LINUX ? "cat /proc/net/sockstat" : "netstat -m";
}

static void put_missing(
	struct nv_out *out, const struct nv_comparison *c, const struct nv_style *style)
{
	static const char *const ask[NV_PLATFORM_END] = {
		[NV_PLATFORM_LINUX] =
			"(date; hostname; nstat -az; cat /proc/net/dev; ss -tanpm) > NAME",
		[NV_PLATFORM_FREEBSD] =
			"(date; hostname; netstat -s; netstat -ibdn; netstat -m; netstat -an) > NAME",
		[NV_PLATFORM_MACOS] =
			"(date; hostname; sudo netstat -s; netstat -ibdn; netstat -m; netstat -an) > NAME",
		[NV_PLATFORM_JUNOS] =
			"show system uptime; show system statistics; show interfaces extensive; show system "
			"buffers; show system connections",
		[NV_PLATFORM_WINDOWS] =
			"echo %DATE% %TIME% > NAME & netstat -e -s >> NAME & netstat -ano >> NAME",
	};
	const struct nv_capture *a = c->after;
	const char *command = ask[a->platform]
		? ask[a->platform]
		: "(date; hostname; netstat -s; netstat -in; netstat -m; netstat -an) > NAME";
	bool half = a->platform == NV_PLATFORM_LINUX && a->saw_statistics &&
		!nv_capture_has_part(a, NV_I_tcpListenOverflow);
	char parts[120];

	snprintf(parts, sizeof(parts), "%s%s%s%s%s", a->saw_statistics ? "" : ", statistics",
		half ? ", TcpExt (/proc/net/netstat)" : "", a->saw_interfaces ? "" : ", interfaces",
		a->saw_mbufs || a->platform == NV_PLATFORM_LINUX ||
				a->platform == NV_PLATFORM_WINDOWS
			? ""
			: ", mbufs",
		a->saw_sockets ? "" : ", connections");
	nv_put(out, "\n");
	if (parts[0])
		nv_put(out, " Not in these files: %s.\n", parts + 2);
	if (parts[0] || !c->before) {
		nv_put(out, " Ask for%s:\n   ", c->before ? "" : " it twice, 5 minutes apart");
		nv_capture_put_wrapped(out, style, 3, 3, command);
	}
}

/* Linux alone prints these; on other systems nobody expects them. */
static bool linux_only(unsigned id)
{
	enum nv_file file = nv_counters[nv_indicators[id].num[0].counter].file;

	return file == NV_FILE_SOFTNET || file == NV_FILE_SLOW || id == NV_I_tcpMemory ||
		id == NV_I_tcpPruned || id == NV_I_tcpCloseUnread || id == NV_I_tcpAppAbort ||
		id == NV_I_tcpTimeWaitOverflow || id == NV_I_tcpChallengeAck ||
		id == NV_I_tcpSynFlood || id == NV_I_ipReversePath;
}

static void put_uncounted(struct nv_out *out, const struct nv_comparison *c,
	const struct nv_style *style, bool hidden)
{
	char text[1200];
	size_t used;
	unsigned n = 0;

	used = (size_t)snprintf(text, sizeof(text), "%s%s", nv_platform_titles[c->after->platform],
		hidden ? " counts, but these files do not show:" : " does not count:");
	for (unsigned i = 1; i < NV_I_END && used < sizeof(text) - 100; i++) {
		if (!nv_indicator_exists(i) || c->report.verdicts[i].status != NV_DISABLED ||
			c->wrapped[i] || !nv_capture_has_part(c->after, i) || linux_only(i) ||
			nv_indicators[i].noted || nv_capture_only_hidden(c->after, i) != hidden)
			continue;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s", n++ ? ";" : "",
			nv_label_alone(&nv_indicators[i]));
	}
	if (!n)
		return;
	snprintf(text + used, sizeof(text) - used, ". Never read as ok.");
	nv_put(out, " ");
	nv_capture_put_wrapped(out, style, 1, 3, text);
}

/* The end of a long path says more than its beginning. */
static const char *file_of(const struct nv_captures *all, unsigned file)
{
	const char *name = file < all->file_count ? all->files[file] : "";
	size_t length = strlen(name);

	return length > 50 ? nv_capture_base_name(name) : name;
}

static void put_unread(
	struct nv_out *out, const struct nv_comparison *c, const struct nv_style *style)
{
	char text[NV_PATH_SIZE + 160];
	unsigned shown = 0;

	for (unsigned i = 0; i < c->after->unread_count && shown < 5; i++, shown++) {
		const struct nv_unread *u = &c->after->unread[i];

		snprintf(text, sizeof(text), "%s, line %u: %s", file_of(c->after_files, u->file),
			u->line, u->text);
		nv_put(out, "%s", shown ? "   " : " Not understood:\n   ");
		nv_capture_put_wrapped(out, style, 3, 6, text);
	}
	if (c->after->unread_count > shown)
		nv_put(out, "   and %u more lines; netvitals counters lists them\n",
			c->after->unread_count - shown);
}

void nv_capture_put_missing(
	struct nv_out *out, const struct nv_comparison *c, const struct nv_style *style)
{
	char taken[NV_TEXT_SIZE];

	put_missing(out, c, style);
	put_uncounted(out, c, style, true);
	put_uncounted(out, c, style, false);
	nv_put(out, " ");
	nv_capture_put_wrapped(out, style, 1, 3, c->report.note);
	nv_captures_taken(c->after_files, taken, sizeof(taken));
	if (taken[0]) {
		nv_put(out, " Taken away before reading: ");
		nv_capture_put_wrapped(out, style, 28, 3, taken);
	}
	put_unread(out, c, style);
}
