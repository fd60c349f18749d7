/* SPDX-License-Identifier: MIT */
/* Headings of tables of sockets, of netstat -an, ss, /proc and PowerShell -> which cells follow. */
#include "captures/capture.h"
#include "captures/readers/socket_kinds.h"

#include <string.h>

/* "Proto" is one of the first words: "Proto Recv-Q ...", "Socket Flowhash Proto Recv-Q ...". */
static bool names_protocol(struct nv_text line)
{
	struct nv_text word;

	for (unsigned i = 0; i < 3 && nv_next_word(&line, &word); i++)
		if (nv_is(word, "Proto"))
			return true;
	return false;
}

static bool has_any(struct nv_text line, const char *const *words)
{
	for (; *words; words++)
		if (nv_contains(line, *words))
			return true;
	return false;
}

/* UDP has one more column; other protocols are of no use and known by the name of the file. */
static uint8_t proc_kind(const struct nv_captures *all, struct nv_text heading)
{
	const char *name = all->files[all->file], *slash = strrchr(name, '/');

	name = slash ? slash + 1 : name;
	if (strncmp(name, "raw", 3) == 0 || strncmp(name, "icmp", 4) == 0 ||
		strncmp(name, "udplite", 7) == 0)
		return KIND_SKIP;
	return nv_contains(heading, "drops") || strncmp(name, "udp", 3) == 0 ? KIND_PROC_UDP
									     : KIND_PROC_TCP;
}

/* "Active Internet connections": the columns are named in the next line. */
static uint8_t title_kind(struct nv_capture *to, struct nv_text line)
{
	static const char *const others[] = { "UNIX", "LOCAL", "domain", "Bluetooth", NULL };

	if (nv_contains(line, "TCP connections")) /* NetApp */
		to->score[NV_PLATFORM_BSD] += 10;
	return has_any(line, others) ? KIND_SKIP : KIND_NETSTAT;
}

/* Headings that one system alone prints; translated ones hold "Proto" too. */
static uint8_t proto_kind(struct nv_capture *to, struct nv_text line)
{
	uint8_t kind = nv_contains(line, "Recv-Q") ? KIND_NETSTAT : KIND_NO_QUEUES;

	if (nv_contains(line, "Flowhash") || nv_contains(line, "rxbytes"))
		to->score[NV_PLATFORM_MACOS] += 2000;
	if (nv_contains(line, "PCB/ADDR"))
		to->score[NV_PLATFORM_AIX] += 2000;
	if (nv_contains(line, "TCP-State"))
		to->score[NV_PLATFORM_OPENBSD] += 5;
	else if (nv_contains(line, "(state)"))
		to->score[NV_PLATFORM_BSD] += 1;
	else if (kind == KIND_NETSTAT && nv_contains(line, "Foreign Address") &&
		nv_contains(line, "State"))
		to->score[NV_PLATFORM_LINUX] += 3;
	else if (kind == KIND_NO_QUEUES && nv_contains(line, "State"))
		to->score[NV_PLATFORM_WINDOWS] += 3;
	return nv_contains(line, "Rexmit") ? KIND_REXMIT : kind;
}

static int kind_of(const struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const char *const no_sockets[] = { "RefCnt", "PSM", "Channel", "Type", NULL };
	struct nv_text rest = line, word;

	if (!nv_next_word(&rest, &word))
		return -1;
	if (nv_is(word, "sl") && nv_contains(line, "local_address")) {
		to->score[NV_PLATFORM_LINUX] += 5;
		return proc_kind(all, line);
	}
	if (nv_is(word, "Active") &&
		(nv_contains(line, "onnections") || nv_contains(line, "sockets")))
		return title_kind(to, line);
	if (nv_contains(line, "Swind") && nv_contains(line, "Rwind")) {
		to->score[NV_PLATFORM_SOLARIS] += 5;
		return KIND_SOLARIS;
	}
	if ((nv_is(word, "Netid") || nv_is(word, "State")) && nv_contains(line, "Recv-Q")) {
		to->score[NV_PLATFORM_LINUX] += 5;
		return *word.at == 'N' ? KIND_SS : KIND_SS_STATE;
	}
	if (nv_is(word, "LocalAddress") && nv_contains(line, "RemotePort")) {
		to->score[NV_PLATFORM_WINDOWS] += 10;
		return KIND_POWERSHELL;
	}
	if (names_protocol(line) && !has_any(line, no_sockets))
		return proto_kind(to, line);
	if (nv_is(word, "Proto") || (nv_is(word, "Address") && nv_contains(line, "Type")))
		return KIND_SKIP; /* unix, bluetooth */
	return -1;
}

bool nv_capture_socket_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	int kind = kind_of(all, to, line);

	if (kind < 0)
		return false;
	to->mode = NV_GRAMMAR_SOCKETS;
	to->table.kind[0] = (uint8_t)kind;
	return true;
}
