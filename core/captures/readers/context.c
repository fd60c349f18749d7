/* SPDX-License-Identifier: MIT */
/*
 * What stands between the outputs of a saved file -> who, when, which system: date lines, uname,
 * prompts.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

/* ---- who --------------------------------------------------------------------------------- */

static void set_host(struct nv_capture *to, struct nv_text word)
{
	if (!to->host[0] && word.end > word.at && word.end - word.at < NV_NAME_SIZE)
		nv_copy_text(to->host, sizeof(to->host), word);
}

static bool uname_line(struct nv_capture *to, struct nv_text line)
{
	static const struct {
		const char *system;
		enum nv_platform platform;
	} systems[] = { { "Linux", NV_PLATFORM_LINUX }, { "FreeBSD", NV_PLATFORM_FREEBSD },
		{ "Isilon", NV_PLATFORM_FREEBSD }, { "Darwin", NV_PLATFORM_MACOS },
		{ "NetBSD", NV_PLATFORM_NETBSD }, { "OpenBSD", NV_PLATFORM_OPENBSD },
		{ "SunOS", NV_PLATFORM_SOLARIS }, { "AIX", NV_PLATFORM_AIX },
		{ "HP-UX", NV_PLATFORM_HPUX }, { "SCO_SV", NV_PLATFORM_SCO },
		{ "IRIX", NV_PLATFORM_BSD }, { "IRIX64", NV_PLATFORM_BSD },
		{ "OSF1", NV_PLATFORM_BSD }, { "ULTRIX", NV_PLATFORM_BSD },
		{ "JUNOS", NV_PLATFORM_JUNOS } };
	struct nv_text rest = line, system, host, release, version;

	if (!nv_next_word(&rest, &system) || !nv_next_word(&rest, &host) ||
		!nv_next_word(&rest, &release))
		return false;
	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
		if (!nv_is(system, systems[i].system))
			continue;
		if (*release.at < '0' ||
			(*release.at > '9' && *release.at != 'B' && *release.at != 'V'))
			return false;
		set_host(to, host);
		to->score[systems[i].platform] += 100;
		to->platform_certain = true;
		/* SunOS 4 is a BSD */
		if (systems[i].platform == NV_PLATFORM_SOLARIS && *release.at == '4')
			to->score[NV_PLATFORM_BSD] += 200;
		nv_copy_text(to->kernel, sizeof(to->kernel), system);
		if (systems[i].platform == NV_PLATFORM_AIX && nv_next_word(&rest, &version)) {
			/* release, then version: "AIX host 1 7" is AIX 7.1 */
			char text[32];

			snprintf(text, sizeof(text), "AIX %.*s.%.*s",
				version.end - version.at > 8 ? 8 : (int)(version.end - version.at),
				version.at,
				release.end - release.at > 8 ? 8 : (int)(release.end - release.at),
				release.at);
			nv_copy_text(to->kernel, sizeof(to->kernel), nv_as_text(text));
		} else if (strlen(to->kernel) + 2 < sizeof(to->kernel)) {
			size_t used = strlen(to->kernel);

			to->kernel[used++] = ' ';
			nv_copy_text(to->kernel + used, sizeof(to->kernel) - used, release);
		}
		return true;
	}
	return false;
}

/* Other commands whose output is read. */
static bool is_command(struct nv_text word)
{
	static const char *const names[] = { "ethtool ", "ip ", "tc ", "conntrack ", "sar ",
		"entstat ", "lanadmin ", "esxcli ", "snmpwalk ", "sysctl ", "Get-Net", "busybox ",
		"nfstat", "ifconfig", "grep " };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (nv_starts(word, names[i]))
			return true;
	return false;
}

/* "cat /proc/sys/net/ipv4/tcp_mem", "ethtool -S eth0": what the next lines are about. */
static void note_command(struct nv_captures *all, struct nv_capture *to, struct nv_text command)
{
	struct nv_text word, last = command;

	if (nv_starts(command, "sudo "))
		command = nv_trim((struct nv_text){ command.at + 5, command.end });
	while (nv_next_word(&command, &word) && *word.at != '|' && *word.at != '>')
		last = word;
	all->is_setting = nv_capture_is_setting(last);
	to->device[0] = 0;
	if (last.end - last.at < (ptrdiff_t)sizeof(to->device) && *last.at != '-')
		nv_copy_text(to->device, sizeof(to->device), last);
}

/* "root@web-17:~# netstat -s", "[root@web-17 ~]# ...", "web-17# ...", "jd@mx1> show system ..." */
static bool prompt_line(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	const char *command = NULL;
	struct nv_text before = line, word;
	const char *at;

	for (const char *p = line.at; p + 2 < line.end && p < line.at + 100; p++)
		if ((*p == '#' || *p == '$' || *p == '>' || *p == '%') &&
			(p[1] == ' ' || p[1] == 'n')) {
			command = p + 1;
			break;
		}
	if (!command)
		return false;
	before.end = command - 1;
	note_command(all, to, nv_trim((struct nv_text){ command, line.end }));
	word = (struct nv_text){ command, line.end };
	word = nv_trim(word);
	if (!nv_starts(word, "netstat") && !nv_starts(word, "nstat") && !nv_starts(word, "ss ") &&
		!nv_starts(word, "show ") && !nv_starts(word, "cat ") && !nv_starts(word, "date") &&
		!nv_starts(word, "uname") && !nv_starts(word, "sudo") && !nv_starts(word, "isi") &&
		!nv_starts(word, "hostname") && !nv_starts(word, "/") && !is_command(word))
		return false;
	before = nv_trim(before);
	if (before.at < before.end && *before.at == '[')
		before.at++;
	at = memchr(before.at, '@', (size_t)(before.end - before.at));
	if (at)
		before.at = at + 1;
	if (!at && memchr(before.at, '\\', (size_t)(before.end - before.at)))
		return true; /* C:\Users\jd> */
	word.at = before.at;
	for (word.end = word.at; word.end < before.end && *word.end != ':' && *word.end != ' ' &&
		*word.end != ']' && *word.end != '[';)
		word.end++;
	set_host(to, word);
	if (nv_contains(line, "show system"))
		to->score[NV_PLATFORM_JUNOS] += 20;
	return true;
}

/* What `hostname` prints: one word of letters, digits, dots and dashes, with a letter in it. */
static bool is_host_name(struct nv_text text)
{
	bool letter = false;

	for (const char *p = text.at; p < text.end; p++) {
		bool is_letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
		bool is_inside = (*p >= '0' && *p <= '9') || *p == '_' ||
			((*p == '-' || *p == '.') && p > text.at);

		if (!is_letter && !is_inside)
			return false;
		letter = letter || is_letter;
	}
	return letter;
}

bool nv_capture_context(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text text = nv_trim(line);
	int64_t when;

	/* date; hostname: as we ask for it */
	if (to->dated_file == all->file_count && all->line == to->dated_line + 1 &&
		is_host_name(text)) {
		set_host(to, text);
		return true;
	}
	if (text.end - text.at < 4 || text.end - text.at > 200)
		return false;
	if (nv_starts(text, "Current time: ")) /* show system uptime */
		text.at += sizeof("Current time:");
	if (uname_line(to, text))
		return true;
	if (prompt_line(all, to, text))
		return true;
	when = text.end - text.at <= 80 ? nv_date_of(text) : 0;
	if (!when && text.end - text.at == 10 && (*text.at == '1' || *text.at == '2')) {
		uint64_t epoch;

		when = nv_number(text, &epoch) ? (int64_t)epoch : 0; /* date +%s */
	}
	if (when) {
		to->time_s = when;
		to->time_from = "date lines";
		to->dated_file = all->file_count;
		to->dated_line = all->line;
		return true;
	}
	if (nv_starts(text, "Host Name:")) {
		struct nv_text rest = { text.at + 10, text.end }, word;

		if (nv_next_word(&rest, &word))
			set_host(to, word);
		return true;
	}
	return false;
}

/* Such a line at the margin ends what was before. */
bool nv_capture_between(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	if (all->text.at != line.at || !nv_capture_context(all, to, line))
		return false;
	nv_capture_section_close(to);
	nv_capture_section_end(all, to);
	nv_capture_windows_end(all, to);
	to->mode = NV_GRAMMAR_NONE;
	return true;
}
