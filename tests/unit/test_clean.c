/* SPDX-License-Identifier: MIT */
/*
 * What other people name reaches no terminal raw: the one cleaning function with all bytes and all
 * characters, and each way by which a name enters.
 */
#include "support.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "engine/engine.h"
#include "kernel/kernel.h"
#include "kernel/links.h"
#include "nv_captures.h"
#include "nv_memory.h"
#include "sockets/sockets.h"
#include "text/clean.h"

/* What a terminal, a pager or a parser of UTF-8 would act on; written here a second time, by the
 * Unicode names of what must not come through. */
static bool is_shown(uint32_t code)
{
	return !(code < 0x20 || (code >= 0x7f && code < 0xa0) ||      /* C0, DEL, C1 */
		code == 0x200e || code == 0x200f || code == 0x061c || /* marks of direction */
		(code >= 0x202a && code <= 0x202e) ||                 /* embeddings and overrides */
		(code >= 0x2066 && code <= 0x2069) ||                 /* isolates */
		(code >= 0x200b && code <= 0x200d) || code == 0xfeff || code == 0x2060 ||
		code == 0x2028 || code == 0x2029);
}

static unsigned encode(uint32_t code, char to[5])
{
	unsigned n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (unsigned i = n; i > 1; i--, code >>= 6)
		to[i - 1] = (char)(0x80 | (code & 0x3f));
	to[0] = (char)(n == 1 ? code : lead[n] | code);
	to[n] = 0;
	return n;
}

/* Whole characters, each of them shown. */
static bool is_clean(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		unsigned n = nv_utf8_length((const char *)p, strlen((const char *)p));
		uint32_t code = n == 1 ? p[0]
			: n == 2       ? (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu)
			: n == 3       ? (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu)
				       : 0x10000u;
		if (!n || !is_shown(code))
			return false;
		p += n;
	}
	return true;
}

static void each_character(void **state)
{
	char in[5], out[8];

	(void)state;
	for (uint32_t code = 1; code < 0x110000; code++) {
		unsigned n = encode(code, in);

		nv_copy_text(out, sizeof(out), (struct nv_text){ in, in + n });
		if (!is_clean(out))
			fail_msg("U+%04X comes through", code);
		if (code >= 0x20 && code < 0x7f && strcmp(in, out) != 0)
			fail_msg("U+%04X does not", code);
		assert_int_equal(
			nv_is_clean_text((struct nv_text){ in, in + n }), strcmp(in, out) == 0);
	}
	nv_copy_text(out, sizeof(out), nv_as_text("\xc3\xa4\xe2\x82\xac")); /* ä€ */
	assert_string_equal(out, "\xc3\xa4\xe2\x82\xac");
}

/* Any two bytes, anywhere, cut anywhere. */
static void each_pair_of_bytes(void **state)
{
	char in[6] = "a##b", out[6];

	(void)state;
	for (unsigned i = 1; i < 65536; i++) {
		in[1] = (char)(i >> 8);
		in[2] = (char)i;
		for (size_t size = 1; size <= sizeof(out); size++) {
			nv_copy_text(out, size, (struct nv_text){ in, in + 4 });
			assert_true(strlen(out) < size);
			assert_true(is_clean(out));
		}
	}
	assert_true(nv_is_clean_text(nv_as_text("")));
}

/* ---- ways in ------------------------------------------------------------------------------- */

static char every[256]; /* each byte but those that cannot be in any of these names */

static const char *all_bytes(unsigned from)
{
	unsigned n = 0;

	for (unsigned b = from; b < from + 48 && b < 256; b++)
		if (b && b != '/' && b != '\n' && b != '\t' && b != ':' && b != ' ')
			every[n++] = (char)b;
	every[n] = 0;
	return every;
}

static void by_cgroup(const char *name, char *out)
{
	char path[400];

	snprintf(path, sizeof(path), "/user.slice/%s.service", name);
	nv_unit_of_path(path, out);
}

static void by_interface(const char *name, char *out)
{
	struct nv_snapshot s = { 0 };
	const struct nv_interface *i = nv_snapshot_interface(&s, nv_as_text(name));

	assert_non_null(i);
	strcpy(out, i->name);
	nv_snapshot_fini(&s);
}

static void by_netlink(const char *name, char *out)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		struct rtattr attribute;
		char name[256];
	} m = { .header = { .nlmsg_len = sizeof(m), .nlmsg_type = RTM_NEWLINK },
		.info = { .ifi_index = 7 },
		.attribute = { .rta_type = IFLA_IFNAME, .rta_len = RTA_LENGTH(sizeof(m.name)) } };
	struct nv_link link;

	strcpy(m.name, name);
	assert_true(nv_link_parse(&m.header, &link));
	strcpy(out, link.name);
}

static void by_mute(const char *name, char *out)
{
	struct nv_mute mute = { .until_s = 1000 }, list[NV_MUTES];
	struct nv_error err = { 0, "" };
	char directory[64];

	make_directory(directory);
	strcpy(mute.name, "tcpRetrans");
	snprintf(mute.by, sizeof(mute.by), "%s", name);
	snprintf(mute.why, sizeof(mute.why), "%s", name);
	assert_int_equal(nv_mutes_add(directory, 5, &mute, &err), 0);
	assert_int_equal(nv_mutes_read(directory, NULL, 5, list, NV_MUTES, &err), 1);
	strcpy(out, list[0].by);
	assert_true(is_clean(list[0].why));
	/* and of a file that someone else wrote */
	char line[600];

	snprintf(line, sizeof(line), "mute\ttcpRetrans\t1\t1000\t%s\t%s\n", name, name);
	put_file(directory, "mutes", line);
	assert_int_equal(nv_mutes_read(directory, NULL, 5, list, NV_MUTES, &err), 1);
	assert_true(is_clean(list[0].by) && is_clean(list[0].why));
	remove_directory(directory);
}

static void by_host(const char *name, char *out)
{
	char directory[64], kernel[NV_NAME_SIZE], text[300];

	make_directory(directory);
	snprintf(text, sizeof(text), "%s\n", name);
	put_file(directory, "sys/kernel/hostname", text);
	nv_host_identity(directory, false, out, kernel);
	assert_true(is_clean(kernel));
	remove_directory(directory);
}

static void by_capture(const char *name, char *out)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *all = nv_captures_new(NULL, &err);
	char text[3000];

	assert_non_null(all);
	snprintf(text, sizeof(text),
		"FreeBSD %s 13.2\ntcp:\n\t100 packets sent\n\t10 %s\n\t5 %s segments\n"
		"Name Mtu Network Address Ipkts Ierrs Opkts Oerrs Coll\n%.8s 1500 <Link#1> 00:01:02:03:04:05 5 0 5 0 0\n",
		name, name, name, name);
	(void)nv_captures_add(all, name, text, strlen(text), &err);
	assert_true(is_clean(err.text));
	out[0] = 0;
	if (nv_captures_finish(all, &err) == 0) {
		const struct nv_snapshot *s = nv_captures_snapshot(all, 0);

		for (unsigned i = 0; i < s->interface_count; i++)
			assert_true(is_clean(s->interfaces[i].name));
		strcpy(out, nv_captures_node(all, 0));
	}
	assert_true(is_clean(err.text));
	nv_captures_free(all);
}

static void each_way_in(void **state)
{
	static const struct {
		const char *what;
		void (*enter)(const char *name, char *out);
	} ways[] = { { "unit of a cgroup", by_cgroup }, { "interface of a text", by_interface },
		{ "interface of the kernel", by_netlink }, { "mute", by_mute }, { "host", by_host },
		{ "capture", by_capture } };
	static const char *const names[] = { "evil\033[31mred\xff\xc2\x9b"
					     "2J\"q",
		"\xe2\x80\xae"
		"txt.exe",
		"\x9b"
		"2J",
		"\033]0;owned\a\033[2J", "a\x7f\x01,=cmd|A" };
	char out[600];

	(void)state;
	for (size_t w = 0; w < COUNT(ways); w++) {
		for (unsigned from = 0; from < 256; from += 16) {
			ways[w].enter(all_bytes(from), out);
			if (!is_clean(out))
				fail_msg("%s: bytes from %u", ways[w].what, from);
		}
		for (size_t i = 0; i < COUNT(names); i++) {
			ways[w].enter(names[i], out);
			if (!is_clean(out))
				fail_msg("%s: name %zu", ways[w].what, i);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_character),
		cmocka_unit_test(each_pair_of_bytes),
		cmocka_unit_test(each_way_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
