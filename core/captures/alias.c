/* SPDX-License-Identifier: MIT */
/*
 * Labels -> what they mean. Systems print the same statistic with small differences: plurals, case,
 * points, commas, a blank before a bracket or none. Words are therefore compared by a hash of their
 * stems, so that one entry of aliases.def fits all of them and a line costs one look-up.
 */
#include "captures/capture.h"

#include <string.h>

const struct nv_alias nv_aliases[] = {
#define LINE(section_, parent_, label_, class_, first, second)                                     \
	{ .section = section_,                                                                     \
		.parent = parent_,                                                                 \
		.label = label_,                                                                   \
		.own = { "", "" },                                                                 \
		.klass = NV_CLASS_##class_,                                                        \
		.to = { NV_C_##first, NV_C_##second } },
#define OWN(section_, parent_, label_, class_, first, second)                                      \
	{ .section = section_,                                                                     \
		.parent = parent_,                                                                 \
		.label = label_,                                                                   \
		.own = { first, second },                                                          \
		.klass = NV_CLASS_##class_ },
#define KEEP(section_, parent_, label_, class_)                                                    \
	{ .section = section_,                                                                     \
		.parent = parent_,                                                                 \
		.label = label_,                                                                   \
		.own = { "", "" },                                                                 \
		.klass = NV_CLASS_##class_ },
#include "catalog/aliases.def"
#undef LINE
#undef OWN
#undef KEEP
};
const size_t nv_alias_count = sizeof(nv_aliases) / sizeof(nv_aliases[0]);

_Static_assert(
	sizeof(nv_aliases) / sizeof(nv_aliases[0]) < NV_ALIAS_ROOM, "NV_ALIAS_ROOM is too small");

/* Lines that only one system prints: they say which system it is. */
static const struct {
	uint8_t platform;
	const char *section, *label;
} signs[] = {
#define SIGN(platform_, section_, label_) { NV_PLATFORM_##platform_, section_, label_ },
#include "catalog/platforms.def"
#undef SIGN
};

/* ---- stems ------------------------------------------------------------------------------- */

/* 0: a word ends here; otherwise the character to compare. */
static const uint8_t word_char[256] = {
/* clang-format off */
#define R(c) [c] = (c)
#define U(c) [c] = (c) + 32
	R('0'), R('1'), R('2'), R('3'), R('4'), R('5'), R('6'), R('7'), R('8'), R('9'),
	R('a'), R('b'), R('c'), R('d'), R('e'), R('f'), R('g'), R('h'), R('i'), R('j'), R('k'), R('l'), R('m'),
	R('n'), R('o'), R('p'), R('q'), R('r'), R('s'), R('t'), R('u'), R('v'), R('w'), R('x'), R('y'), R('z'),
	U('A'), U('B'), U('C'), U('D'), U('E'), U('F'), U('G'), U('H'), U('I'), U('J'), U('K'), U('L'), U('M'),
	U('N'), U('O'), U('P'), U('Q'), U('R'), U('S'), U('T'), U('U'), U('V'), U('W'), U('X'), U('Y'), U('Z'),
	R('\''), R('/'), R('<'), R('>'), R('#'), R('_'), R('%'), R('+'), R('*'), R('&'), R('='), R('@'), R('!'),
	R('$'), R('|'), R('~'), R('^'), R('?'), R('['), R(']'), R('{'), R('}'), R('\\'),
/* clang-format on */
#undef R
#undef U
};

static uint64_t hash_word(uint64_t hash, const char *at, const char *end)
{
	bool bent_y;

	if (end - at > 3 && end[-1] == 's' && end[-2] == 's' && end[-3] == 's')
		end--; /* BSD: "misss" */
	if (end - at > 1 && word_char[(uint8_t)end[-1]] == 's' &&
		word_char[(uint8_t)end[-2]] != 's')
		end--;
	if (end - at > 1 && word_char[(uint8_t)end[-1]] == 'e')
		end--;
	bent_y = end - at > 1 && word_char[(uint8_t)end[-1]] == 'y';
	if (bent_y)
		end--;
	for (; at < end; at++)
		hash = nv_hash_step(
			hash, (uint8_t)*at >= 0x80 ? (uint8_t)*at : word_char[(uint8_t)*at]);
	return nv_hash_step(bent_y ? nv_hash_step(hash, 'i') : hash, ' ');
}

static bool is_word_char(char c)
{
	return word_char[(uint8_t)c] || (uint8_t)c >= 0x80;
}

/* "is 10255", "(resulting in 5": a number after this word belongs to the value, not to the text. */
static bool announces_number(struct nv_text before, bool bracket)
{
	return nv_is(before, "is") || nv_is(before, "for") || nv_is(before, "including") ||
		nv_is(before, "of") || (bracket && nv_is(before, "in"));
}

/* The 0 of "ECT(0)" is part of a name. */
static bool is_index(struct nv_text text, struct nv_text word)
{
	return word.at - text.at >= 2 && word.at[-1] == '(' && is_word_char(word.at[-2]) &&
		word.end < text.end && *word.end == ')';
}

/* "-5" and "(-5", not the 5 of "fast-5". */
static bool has_sign(struct nv_text text, struct nv_text word)
{
	const char *sign = word.at - 1;

	return sign >= text.at && *sign == '-' &&
		(sign == text.at || sign[-1] == ' ' || sign[-1] == '\t' || sign[-1] == '(');
}

static bool read_number(struct nv_text digits, bool negative, uint64_t *number)
{
	if (!negative)
		return nv_number(digits, number);
	digits.at--;
	return nv_is_negative(digits, number);
}

/* A number that is said, and not part of the label: in brackets, announced, or, with all, alone. */
static bool is_counted(struct nv_text text, struct nv_text word, struct nv_text before, bool all,
	bool bracket, bool negative)
{
	if (is_index(text, word))
		return false;
	return all || (bracket && word.at[negative ? -2 : -1] == '(') ||
		announces_number(before, bracket);
}

void nv_label_read(struct nv_text text, bool all, struct nv_label *out)
{
	const char *p = text.at;
	struct nv_text before = { p, p };
	bool bracket = false;

	out->hash = NV_HASH_START;
	out->count = 0;
	out->negative = false;
	for (;;) {
		struct nv_text word, digits;
		uint64_t number;
		bool negative;

		while (p < text.end && !is_word_char(*p)) {
			bracket = *p == '(' || (bracket && *p != ')');
			p++;
		}
		if (p >= text.end)
			return;
		word.at = p;
		while (p < text.end && is_word_char(*p))
			p++;
		word.end = p;
		digits = word;
		if (digits.end[-1] == '%')
			digits.end--;
		if (word.at > text.at && word.at[-1] == '(' &&
			(nv_is(word, "s") || nv_is(word, "es")))
			continue; /* field(s) */
		negative = has_sign(text, word);
		if ((uint8_t)(*word.at - '0') <= 9 && read_number(digits, negative, &number) &&
			is_counted(text, word, before, all, bracket, negative)) {
			out->negative = out->negative || negative;
			if (out->count < NV_NUMBERS_MAX)
				out->number[out->count++] = number;
			out->hash = nv_hash_step(nv_hash_step(out->hash, '#'), ' ');
			if (all)
				all = false; /* further numbers are part of the text */
		} else {
			out->hash = hash_word(out->hash, word.at, word.end);
		}
		before = word;
	}
}

uint64_t nv_label_hash_text(struct nv_text text)
{
	struct nv_label label;

	nv_label_read(text, false, &label);
	return label.hash;
}

uint64_t nv_label_hash(const char *text)
{
	return nv_label_hash_text(nv_as_text(text));
}

/* ---- index ------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t section, uint64_t parent, uint64_t label)
{
	uint64_t h = section * UINT64_C(0x9e3779b97f4a7c15) ^
		parent * UINT64_C(0xc2b2ae3d27d4eb4f) ^ label;

	h ^= h >> 29;
	return h ? h : 1;
}

static int look_up(const struct nv_alias_index *x, uint64_t key)
{
	for (uint64_t i = key % NV_ALIAS_SLOTS;; i = (i + 1) % NV_ALIAS_SLOTS) {
		if (!x->at[i])
			return -1;
		if (x->key[i] == key)
			return x->at[i] - 1;
	}
}

int nv_alias_find(const struct nv_alias_index *x, uint64_t section, uint64_t parent, uint64_t label)
{
	int at = parent ? look_up(x, mix(section, parent, label)) : -1;

	return at >= 0 ? at : look_up(x, mix(section, 0, label));
}

static void insert(struct nv_alias_index *x, uint64_t key, unsigned at)
{
	uint64_t i = key % NV_ALIAS_SLOTS;

	while (x->at[i] && x->key[i] != key)
		i = (i + 1) % NV_ALIAS_SLOTS;
	if (x->at[i])
		return;
	x->key[i] = key;
	x->at[i] = (uint16_t)(at + 1);
}

/* Labels of all sections of netstat -s together, under a section that no text can have. */
#define ALONE UINT64_C(0xa10ce)

static bool has_sentences(const char *section)
{
	return strncmp(section, "windows", 7) != 0 && strcmp(section, "solaris") != 0 &&
		strcmp(section, "mbuf") != 0 && strcmp(section, "linux") != 0;
}

static void insert_alone(struct nv_alias_index *x, uint64_t label, unsigned at)
{
	const struct nv_alias *a = &nv_aliases[at];
	int other = look_up(x, mix(ALONE, 0, label));

	if (a->parent[0] || !has_sentences(a->section) || !strchr(a->label, ' '))
		return;
	if (other < 0) {
		insert(x, mix(ALONE, 0, label), at);
		x->alone[at] = 1;
	} else if (!x->to[at][0] || x->to[at][0] != x->to[other][0]) {
		x->alone[other] = 2;
	}
}

int nv_alias_find_alone(const struct nv_alias_index *x, uint64_t label)
{
	int at = look_up(x, mix(ALONE, 0, label));

	return at >= 0 && x->alone[at] == 1 ? at : -1;
}

/* Names of the catalog's counters, under a section that no text can have. */
#define CATALOG UINT64_C(0xca7a109)

static void insert_counters(struct nv_alias_index *x)
{
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counter_exists(id))
			insert(x, mix(CATALOG, 0, nv_label_hash(nv_counters[id].name)),
				(unsigned)nv_alias_count + id);
}

static uint16_t find_counter(const struct nv_alias_index *x, const char *name)
{
	int at = look_up(x, mix(CATALOG, 0, nv_label_hash(name)));
	size_t id = at < 0 ? 0 : (size_t)at - nv_alias_count;

	return id && strcmp(nv_counters[id].name, name) == 0 ? (uint16_t)id : NV_C_NONE;
}

/* Names of the kernel, row and name together as nstat prints them, follow the aliases. */
static void insert_kernel_names(struct nv_alias_index *x)
{
	for (unsigned id = 1; id < NV_C_END; id++) {
		const struct nv_counter *c = &nv_counters[id];
		char name[NV_NAME_SIZE];

		if (c->file != NV_FILE_SNMP && c->file != NV_FILE_NETSTAT &&
			c->file != NV_FILE_SNMP6)
			continue;
		if (strlen(c->row) + strlen(c->key) >= sizeof(name))
			continue;
		strcpy(name, c->row);
		strcat(name, c->key);
		insert(x, mix(x->kernel_names, 0, nv_label_hash(name)),
			(unsigned)nv_alias_count + id);
	}
}

static void mark_signs(struct nv_alias_index *x)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		int at = nv_alias_find(
			x, nv_label_hash(signs[i].section), 0, nv_label_hash(signs[i].label));

		if (at >= 0)
			x->sign[at] = signs[i].platform;
	}
}

/* Entries of one section, or below one parent, stand together: most have the hash of the one
 * before. */
static uint64_t hash_as_before(const char *before, const char *text, uint64_t hash)
{
	return before && strcmp(before, text) == 0 ? hash : nv_label_hash(text);
}

static void insert_aliases(struct nv_alias_index *x)
{
	uint64_t section = 0, parent = 0;

	for (unsigned i = 0; i < nv_alias_count; i++) {
		const struct nv_alias *a = &nv_aliases[i], *before = i ? a - 1 : NULL;

		section = hash_as_before(before ? before->section : NULL, a->section, section);
		parent = a->parent[0]
			? hash_as_before(before ? before->parent : NULL, a->parent, parent)
			: 0;
		x->section_key[i] = section;
		x->parent_of[i] = parent;
		insert(x, mix(section, parent, nv_label_hash(a->label)), i);
		for (unsigned k = 0; k < 2; k++)
			x->to[i][k] = a->to[k] ? a->to[k]
				: a->own[k][0] ? find_counter(x, a->own[k])
					       : NV_C_NONE;
	}
}

static void mark_parents(struct nv_alias_index *x)
{
	for (unsigned i = 0; i < nv_alias_count; i++) {
		uint64_t parent = x->parent_of[i];
		int at = parent ? nv_alias_find(x, x->section_key[i], 0, parent) : -1;

		if (at >= 0)
			x->parent_key[at] = parent;
	}
}

void nv_alias_index_make(struct nv_alias_index *x)
{
	memset(x, 0, sizeof(*x));
	x->kernel_names = nv_label_hash("linux");
	x->solaris = nv_label_hash("solaris");
	x->mbuf = nv_label_hash("mbuf");
	x->any = nv_label_hash("*");
	insert_counters(x);
	insert_aliases(x);
	mark_parents(x);
	for (unsigned i = 0; i < nv_alias_count; i++)
		insert_alone(x, nv_label_hash(nv_aliases[i].label), i);
	insert_kernel_names(x);
	nv_counter_classes(x->class_of);
	mark_signs(x);
}

/* ---- names ------------------------------------------------------------------------------- */

static size_t camel(char *name, size_t used, struct nv_text text)
{
	bool start = true;

	for (const char *p = text.at; p < text.end && used < NV_NAME_SIZE - 1; p++) {
		unsigned char c = (unsigned char)*p;
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z');

		if (!alnum) {
			start = true;
			continue;
		}
		name[used++] = (char)(start && c >= 'a' ? c - 32 : c);
		start = false;
	}
	return used;
}

void nv_own_name(
	const char *section, const char *parent, struct nv_text label, char name[NV_NAME_SIZE])
{
	size_t used = 0;
	const char *end = strchr(section, ' ');

	for (const char *p = section; *p && p != end && used < 16; p++)
		name[used++] = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	used = camel(name, used, nv_as_text(parent));
	used = camel(name, used, label);
	name[used] = 0;
}

enum nv_counter_id nv_counter_v6(
	const struct nv_alias_index *x, enum nv_counter_id id, char six[NV_NAME_SIZE])
{
	static const char *const protocols[] = { "icmp", "ip", "udp" };
	const char *name = nv_counters[id].name;

	if (id == NV_C_ipForwDatagrams)
		return NV_C_ip6OutForwDatagrams;
	for (unsigned i = 0; i < 3; i++) {
		size_t n = strlen(protocols[i]);

		if (strncmp(name, protocols[i], n) != 0 || name[n] < 'A' || name[n] > 'Z' ||
			strlen(name) + 2 > NV_NAME_SIZE)
			continue;
		memcpy(six, name, n);
		six[n] = '6';
		strcpy(six + n + 1, name + n);
		return (enum nv_counter_id)find_counter(x, six);
	}
	return id;
}
