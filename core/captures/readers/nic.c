/* SPDX-License-Identifier: MIT */
/*
 * What drivers count of one interface, a name and a number a line -> interfaces: ethtool -S, esxcli
 * network nic stats get, entstat -d of AIX, lanadmin -g of HP-UX, Get-NetAdapterStatistics as a
 * list. The names that drivers have in common are read; the rest is kept under its own name.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define AT(id) (NV_C_##id - NV_C_ifInPkts)

enum { MATCH_MOST = 64 };

/* Names without case, blanks, points and signs; the kinds of damage are parts of the errors. */
static const struct {
	const char *name;
	uint8_t at;
	bool part; /* of the value: counts where it is larger, parts add up */
} names[] = {
	{ "rxpackets", AT(ifInPkts), false },
	{ "packetsreceived", AT(ifInPkts), false },
	{ "rxpacketsphy", AT(ifInPkts), false },
	{ "portrxpackets", AT(ifInPkts), false },
	{ "rxucastpackets", AT(ifInPkts), true },
	{ "rxmcastpackets", AT(ifInPkts), true },
	{ "rxbcastpackets", AT(ifInPkts), true },
	{ "inboundunicastpackets", AT(ifInPkts), true },
	{ "inboundnonunicastpackets", AT(ifInPkts), true },
	{ "receivedunicastpackets", AT(ifInPkts), true },
	{ "receivedmulticastpackets", AT(ifInPkts), true },
	{ "receivedbroadcastpackets", AT(ifInPkts), true },
	{ "txpackets", AT(ifOutPkts), false },
	{ "packetssent", AT(ifOutPkts), false },
	{ "txpacketsphy", AT(ifOutPkts), false },
	{ "porttxpackets", AT(ifOutPkts), false },
	{ "txucastpackets", AT(ifOutPkts), true },
	{ "txmcastpackets", AT(ifOutPkts), true },
	{ "txbcastpackets", AT(ifOutPkts), true },
	{ "outboundunicastpackets", AT(ifOutPkts), true },
	{ "outboundnonunicastpackets", AT(ifOutPkts), true },
	{ "sentunicastpackets", AT(ifOutPkts), true },
	{ "sentmulticastpackets", AT(ifOutPkts), true },
	{ "sentbroadcastpackets", AT(ifOutPkts), true },
	{ "rxbytes", AT(ifInOctets), false },
	{ "bytesreceived", AT(ifInOctets), false },
	{ "receivedbytes", AT(ifInOctets), false },
	{ "inboundoctets", AT(ifInOctets), false },
	{ "txbytes", AT(ifOutOctets), false },
	{ "bytessent", AT(ifOutOctets), false },
	{ "sentbytes", AT(ifOutOctets), false },
	{ "outboundoctets", AT(ifOutOctets), false },
	/* damaged on the wire */
	{ "rxerrors", AT(ifInErrs), false },
	{ "totalreceiveerrors", AT(ifInErrs), false },
	{ "receiveerrors", AT(ifInErrs), false },
	{ "inbounderrors", AT(ifInErrs), false },
	{ "receivedpacketerrors", AT(ifInErrs), false },
	{ "rxerrorbytes", AT(ifInErrs), false },
	{ "rxcrcerrors", AT(ifInErrs), true },
	{ "rxcrcerrorsphy", AT(ifInErrs), true },
	{ "portrxcrcerrors", AT(ifInErrs), true },
	{ "rxfcserrors", AT(ifInErrs), true },
	{ "rxcrcerror", AT(ifInErrs), true },
	{ "rxfcserr", AT(ifInErrs), true },
	{ "rxframeerrors", AT(ifInErrs), true },
	{ "rxalignerrors", AT(ifInErrs), true },
	{ "rxlengtherrors", AT(ifInErrs), true },
	{ "rxsymbolerrphy", AT(ifInErrs), true },
	{ "rxsymbolerr", AT(ifInErrs), true },
	{ "illegalbytes", AT(ifInErrs), true },
	{ "portillegalbytes", AT(ifInErrs), true },
	{ "rxjabbers", AT(ifInErrs), true },
	{ "rxinrangelenerrorsphy", AT(ifInErrs), true },
	{ "rxjabbererrors", AT(ifInErrs), true },
	{ "rxshortlengtherrors", AT(ifInErrs), true },
	{ "rxlonglengtherrors", AT(ifInErrs), true },
	{ "receivecrcerrors", AT(ifInErrs), true },
	{ "receivelengtherrors", AT(ifInErrs), true },
	{ "receiveframeerrors", AT(ifInErrs), true },
	{ "crcerrors", AT(ifInErrs), true },
	{ "alignmenterrors", AT(ifInErrs), true },
	{ "fcserrors", AT(ifInErrs), true },
	{ "rxcrcerrorcount", AT(ifInErrs), true },
	{ "rxbaderrors", AT(ifInErrs), true },
	/* the ring was not emptied in time */
	{ "rxmissederrors", AT(ifInOverruns), true },
	{ "rxmissed", AT(ifInOverruns), true },
	{ "rxfifoerrors", AT(ifInOverruns), true },
	{ "rxovererrors", AT(ifInOverruns), true },
	{ "rxoverrunerrors", AT(ifInOverruns), true },
	{ "rxoutofbuffer", AT(ifInOverruns), true },
	{ "rxdiscardsphy", AT(ifInOverruns), true },
	{ "rxdiscards", AT(ifInOverruns), true },
	{ "portrxdropped", AT(ifInOverruns), true },
	{ "rxnodmaresources", AT(ifInOverruns), true },
	{ "rxbrbdiscard", AT(ifInOverruns), true },
	{ "rxnobuffdiscard", AT(ifInOverruns), true },
	{ "rxnobufferdiscard", AT(ifInOverruns), true },
	{ "rxoverflow", AT(ifInOverruns), true },
	{ "rxbuffererrors", AT(ifInOverruns), true },
	{ "rxdropsnobufs", AT(ifInOverruns), true },
	{ "receivemissederrors", AT(ifInOverruns), true },
	{ "receiveoverrunerrors", AT(ifInOverruns), true },
	{ "receivefifoerrors", AT(ifInOverruns), true },
	{ "noresourceerrors", AT(ifInOverruns), true },
	{ "dmaoverrun", AT(ifInOverruns), true },
	/* dropped by the device */
	{ "rxdropped", AT(ifInDrops), false },
	{ "receivepacketsdropped", AT(ifInDrops), false },
	{ "inbounddiscards", AT(ifInDrops), false },
	{ "receiveddiscardedpackets", AT(ifInDrops), false },
	{ "txdropped", AT(ifOutDrops), false },
	{ "transmitpacketsdropped", AT(ifOutDrops), false },
	{ "outbounddiscards", AT(ifOutDrops), false },
	{ "txdiscards", AT(ifOutDrops), true },
	{ "txdiscardsphy", AT(ifOutDrops), true },
	{ "porttxdroppedlinkdown", AT(ifOutDrops), true },
	{ "outbounddiscardedpackets", AT(ifOutDrops), false },
	{ "txerrors", AT(ifOutErrs), false },
	{ "totaltransmiterrors", AT(ifOutErrs), false },
	{ "transmiterrors", AT(ifOutErrs), false },
	{ "outbounderrors", AT(ifOutErrs), false },
	{ "outboundpacketerrors", AT(ifOutErrs), false },
	{ "txcarriererrors", AT(ifOutErrs), true },
	{ "txabortederrors", AT(ifOutErrs), true },
	{ "transmitcarriererrors", AT(ifOutErrs), true },
	{ "transmitabortederrors", AT(ifOutErrs), true },
	{ "lostcarrier", AT(ifOutErrs), true },
	{ "collisions", AT(ifCollisions), false },
	{ "txsinglecollisions", AT(ifCollisions), true },
	{ "singlecollisioncount", AT(ifCollisions), true },
	{ "multiplecollisioncount", AT(ifCollisions), true },
	{ "singlecollisionframes", AT(ifCollisions), true },
	{ "multiplecollisionframes", AT(ifCollisions), true },
};

/* "Rx CRC errors" as "rxcrcerrors". */
static void plain(char to[MATCH_MOST], struct nv_text name)
{
	size_t n = 0;

	for (const char *p = name.at; p < name.end && n < MATCH_MOST - 1; p++)
		if (nv_is_letter(*p) || nv_is_digit(*p))
			to[n++] = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	to[n] = 0;
}

static void begin(struct nv_capture *to, struct nv_text name)
{
	struct nv_table *t = &to->table;

	if (to->mode != NV_GRAMMAR_NIC)
		nv_store_heading(to, 0);
	memset(t, 0, sizeof(*t));
	nv_copy_text(t->name, sizeof(t->name), name);
	to->mode = NV_GRAMMAR_NIC;
}

/* Of what command: "ethtool -S eth0", "ethtool_-S_eth0"; else it is just "nic". */
static struct nv_text name_of_command(struct nv_captures *all, struct nv_capture *to)
{
	const char *file = all->files[all->file], *base = strrchr(file, '/');
	const char *at = strstr(base ? base : file, "ethtool_-S_");

	if (to->device[0])
		return nv_as_text(to->device);
	return at ? nv_as_text(at + 11) : nv_as_text("nic");
}

bool nv_capture_nic_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text text = all->text, rest = text, word, name;
	const char *open, *close;

	(void)line;
	if (nv_starts(text, "NIC statistics")) {
		name = name_of_command(all, to);
		if (nv_starts(text, "NIC statistics for ")) { /* esxcli */
			rest.at += sizeof("NIC statistics for ") - 1;
			name = nv_next_word(&rest, &word) ? word : name;
			name.end -= name.end > name.at && name.end[-1] == ':';
		} else {
			to->score[NV_PLATFORM_LINUX] += 5;
		}
		begin(to, name);
		return true;
	}
	open = memchr(text.at, '(', (size_t)(text.end - text.at));
	close = open ? memchr(open, ')', (size_t)(text.end - open)) : NULL;
	if (nv_contains(text, "ETHERNET STATISTICS (") && open && close) { /* entstat */
		begin(to, (struct nv_text){ open + 1, close });
		to->table.links = true;
		to->score[NV_PLATFORM_AIX] += 10;
		return true;
	}
	if (nv_starts(text, "LAN INTERFACE STATUS DISPLAY")) { /* lanadmin */
		begin(to, nv_as_text("lan"));
		to->score[NV_PLATFORM_HPUX] += 10;
		return true;
	}
	return false;
}

/* Of the kinds of errors these say that a frame was damaged; the worst interface is remembered. */
void nv_capture_note_damage(struct nv_capture *to, uint64_t frames)
{
	if (frames <= to->damaged_frames)
		return;
	to->damaged_frames = frames;
	snprintf(to->damaged_name, sizeof(to->damaged_name), "%s", to->table.name);
}

static void store(struct nv_captures *all, struct nv_capture *to, struct nv_text label,
	uint64_t value, uint8_t at, bool part)
{
	struct nv_table *t = &to->table;
	bool is_new;
	struct nv_interface *x = nv_capture_interface_of(
		to, nv_as_text(t->name), 0, false, &is_new);

	(void)label;
	if (!x) {
		nv_store_unread(all, to, all->line, all->text);
		return;
	}
	if (part) {
		t->parts[at] += value;
		value = t->parts[at];
	}
	if (at == AT(ifInErrs) && part)
		nv_capture_note_damage(to, value);
	/* the same interface may be in another table; the parts may be more than the whole says */
	if (!(x->present & 1u << at) || value > x->value[at])
		x->value[at] = value;
	x->present = (uint16_t)(x->present | 1u << at);
	to->saw_interfaces = true;
	if (value && at != AT(ifInPkts) && at != AT(ifOutPkts) && at != AT(ifInOctets) &&
		at != AT(ifOutOctets))
		nv_store_class(all, (enum nv_class_id)all->index.class_of[NV_C_ifInPkts + at]);
}

/* Behind "Transmit Statistics" stands the one, behind "Receive Statistics" the other. */
static const char *side_of(const struct nv_table *t, unsigned column)
{
	return !t->links ? "" : column ? "rx" : "tx";
}

static void store_named(struct nv_captures *all, struct nv_capture *to, struct nv_text label,
	uint64_t value, unsigned column)
{
	char name[MATCH_MOST], sided[MATCH_MOST + 4], own[NV_NAME_SIZE];

	plain(name, label);
	snprintf(sided, sizeof(sided), "%s%s", side_of(&to->table, column), name);
	if (strcmp(sided, "rxpacketsdropped") == 0)
		strcpy(sided, "rxdropped");
	if (strcmp(sided, "txpacketsdropped") == 0)
		strcpy(sided, "txdropped");
	to->numbers_read++;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, name) == 0 || strcmp(names[i].name, sided) == 0) {
			store(all, to, label, value, names[i].at, names[i].part);
			return;
		}
	nv_own_name("nic", side_of(&to->table, column), label, own);
	to->numbers_read--;
	nv_store_own(all, to, own, value, label, NV_CLASS_NONE);
}

/* "Description = lan0 HP PCI Core ..." names it. */
static bool is_description(struct nv_capture *to, struct nv_text label, struct nv_text value)
{
	struct nv_text word;

	if (!nv_is(label, "Description") && !nv_is(label, "Name"))
		return false;
	if (nv_next_word(&value, &word))
		nv_copy_text(to->table.name, sizeof(to->table.name), word);
	return true;
}

/* "rx_crc_errors: 5", "Inbound Errors = 50", or two of them side by side. */
bool nv_capture_nic(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = nv_trim(line);
	bool any = false;

	for (unsigned column = 0; column < 2 && rest.at < rest.end; column++) {
		const char *sign = rest.at;
		struct nv_text label = rest, value, after;
		uint64_t number;

		while (sign < rest.end &&
			!((*sign == ':' || *sign == '=') &&
				(sign + 1 == rest.end || sign[1] == ' ')))
			sign++;
		if (sign >= rest.end)
			break;
		label.end = sign;
		label = nv_trim(label);
		after = (struct nv_text){ sign + 1, rest.end };
		if (is_description(to, label, after))
			return true;
		if (!nv_next_word(&after, &value) || !nv_number(value, &number) ||
			label.at >= label.end)
			break;
		store_named(all, to, label, number, column);
		any = true;
		rest = nv_trim(after);
	}
	/* lanadmin tells the time below its title */
	return any || (nv_capture_context(all, to, line) && to->mode == NV_GRAMMAR_NIC);
}
