/* SPDX-License-Identifier: MIT */
/* Passes over the lines of a pasted text: what stands before them, behind them, and what broke
 * them. Each looks first and copies only what it will change. */
#include "captures/paste.h"

#include <string.h>

#define BIT(kind) (1u << NV_PASTE_##kind)

/* Lines that are looked at before a pass decides; more would say the same. */
enum { SAMPLE_LINES = 200, PREFIX_MOST = 160 };

static bool is_blank_line(struct nv_text line)
{
	line = nv_trim(line);
	return line.at >= line.end;
}

static bool has_letter(struct nv_text text)
{
	for (; text.at < text.end; text.at++)
		if (nv_is_letter(*text.at))
			return true;
	return false;
}

/* ---- one line for everything ------------------------------------------------------------- */

/* "= 35Datagrams Forwarded = 0 TCP Statistics for IPv4Active Opens = 1": a number ends a line, and
 * so does a title. */
static void split_by_equals(struct nv_text from, struct nv_buffer *to)
{
	static const char *const titles[] = { "Statistics", "for IPv4", "for IPv6" };
	const char *p = from.at;

	while (p < from.end) {
		bool ends = false;

		if (*p == '=' && p + 2 < from.end && p[1] == ' ' && nv_is_digit(p[2])) {
			to->at[to->used++] = *p++;
			to->at[to->used++] = *p++;
			while (p < from.end && nv_is_digit(*p))
				to->at[to->used++] = *p++;
			ends = true;
		} else {
			to->at[to->used++] = *p++;
		}
		for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
			size_t n = strlen(titles[i]);

			ends = ends ||
				(to->used >= n &&
					memcmp(to->at + to->used - n, titles[i], n) == 0 &&
					!nv_starts((struct nv_text){ p, from.end }, " for"));
		}
		if (!ends)
			continue;
		to->at[to->used++] = '\n';
		while (p < from.end && *p == ' ')
			p++;
	}
}

/* The name of a section that ends here, though it may touch the word before it: its length. */
static size_t section_length(const struct nv_buffer *to)
{
	static const char *const names[] = { "IcmpMsg", "Icmp6", "Icmp", "UdpLite6", "UdpLite",
		"Udp6", "Udp", "TcpExt", "MPTcpExt", "IpExt", "Ip6", "Ip", "Tcp", "tcp", "udp",
		"icmp6", "icmp", "ip6", "ip", "igmp", "arp" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (to->used >= n && memcmp(to->at + to->used - n, names[i], n) == 0)
			return n;
	}
	return 0;
}

/* A number between blanks begins a line, unless it stands behind the colon of a name. */
static void split_by_numbers(struct nv_text from, struct nv_buffer *to)
{
	bool named = false;

	for (const char *p = from.at; p < from.end; p++) {
		bool begins = nv_is_digit(*p) && (p == from.at || p[-1] == ' ');
		size_t section = *p == ':' ? section_length(to) : 0;

		if (begins && !named)
			to->at[to->used++] = '\n';
		if (named && *p == ' ' && nv_is_digit(p[-1])) {
			to->at[to->used++] = '\n';
			named = false;
		}
		if (section) {
			memmove(to->at + to->used - section + 1, to->at + to->used - section,
				section);
			to->at[to->used - section] = '\n';
			to->used++;
		}
		to->at[to->used++] = *p;
		if (section)
			to->at[to->used++] = '\n';
		named = (named && (nv_is_digit(*p) || *p == ' ')) || (*p == ':' && !section);
	}
}

/* A text without line ends, but for some at its very end. */
unsigned nv_paste_one_line(struct nv_text from, struct nv_buffer *to)
{
	size_t length = (size_t)(from.end - from.at), equals = 0;
	const char *newline = memchr(from.at, '\n', length);

	if (length < 200 || length > 1 << 20 || *from.at == '{' ||
		(newline && newline - from.at < (ptrdiff_t)length - 8))
		return 0;
	for (const char *p = from.at; p + 2 < from.end; p++)
		equals += p[0] == '=' && p[1] == ' ' && nv_is_digit(p[2]);
	if (equals > 5)
		split_by_equals(from, to);
	else
		split_by_numbers(from, to);
	return BIT(ONE_LINE);
}

/* ---- the same words before each line ----------------------------------------------------- */

/* Numbers of any value look the same: time stamps and numbers of processes move on. */
static char shape(char c)
{
	return nv_is_digit(c) ? '0' : c;
}

/* Length of the beginning of the line that has the shape of this one; runs of digits of any
 * length are the same. 0: it has another. */
static size_t matching(struct nv_text prefix, struct nv_text line)
{
	const char *p = prefix.at, *q = line.at;

	while (p < prefix.end) {
		if (q >= line.end || shape(*p) != shape(*q))
			return 0;
		if (!nv_is_digit(*p)) {
			p++;
			q++;
			continue;
		}
		while (p < prefix.end && nv_is_digit(*p))
			p++;
		while (q < line.end && nv_is_digit(*q))
			q++;
	}
	return (size_t)(q - line.at);
}

/* Dated, or named like a file: no name of an interface and no row of the kernel is. */
static bool may_be_prefix(struct nv_text prefix)
{
	unsigned clock = 0;
	bool file = false;

	for (const char *p = prefix.at; p < prefix.end; p++) {
		clock += p > prefix.at && p + 1 < prefix.end && *p == ':' && nv_is_digit(p[-1]) &&
			nv_is_digit(p[1]);
		file = file || *p == '/' || (*p == '.' && p + 1 < prefix.end && nv_is_letter(p[1]));
	}
	return clock >= 2 || file;
}

/* How many of the first lines begin so and go on with words. */
static bool is_common(struct nv_text text, struct nv_text prefix)
{
	unsigned lines = 0, with = 0, words = 0;
	struct nv_text line;

	while (lines < SAMPLE_LINES && nv_next_line(&text, &line)) {
		size_t n;

		if (is_blank_line(line))
			continue;
		lines++;
		n = matching(prefix, line);
		with += n > 0;
		words += n && has_letter((struct nv_text){ line.at + n, line.end });
	}
	return lines >= 3 && with * 10 >= lines * 8 && words * 10 >= with * 6;
}

static bool find_prefix(struct nv_text text, struct nv_text *prefix)
{
	struct nv_text rest = text, line, best = { NULL, NULL };

	for (unsigned tries = 0; tries < 3 && nv_next_line(&rest, &line); tries++) {
		for (const char *p = line.at; p < line.end && p - line.at < PREFIX_MOST; p++) {
			struct nv_text candidate = { line.at, p + 1 };

			if ((*p != ':' && *p != ']' && *p != '|' && *p != '>') ||
				!may_be_prefix(candidate))
				continue;
			if (is_common(text, candidate))
				best = candidate;
		}
		if (best.at)
			break;
	}
	*prefix = best;
	return best.at != NULL;
}

unsigned nv_paste_prefix(struct nv_text from, struct nv_buffer *to)
{
	struct nv_text prefix, line;

	if (!find_prefix(from, &prefix))
		return 0;
	while (nv_next_line(&from, &line)) {
		size_t n = matching(prefix, line);

		line.at += n;
		line.at += n && line.at < line.end && *line.at == ' ';
		nv_paste_put_line(to, line);
	}
	return BIT(PREFIX);
}

/* ---- quotes, comments, bars -------------------------------------------------------------- */

/* The sign that a quoted line begins with; 0: none. */
static char quote_of(struct nv_text line)
{
	const char *p = line.at;

	while (p < line.end && (*p == ' ' || *p == '\t'))
		p++;
	if (p >= line.end || !strchr(">#|;*%/", *p))
		return 0;
	if (*p == '/' && (p + 1 >= line.end || p[1] != '/'))
		return 0;
	/* "*:80", "#kernel", "##": words, titles */
	if ((*p == '*' || *p == '%') && p + 1 < line.end && p[1] != ' ')
		return 0;
	return *p;
}

static struct nv_text unquoted(struct nv_text line, char sign)
{
	line = (struct nv_text){ memchr(line.at, sign, (size_t)(line.end - line.at)), line.end };
	while (line.at < line.end &&
		(*line.at == sign ||
			(sign == '>' && line.end - line.at > 1 && *line.at == ' ' &&
				line.at[1] == sign)))
		line.at++;
	line.at += line.at < line.end && *line.at == ' ';
	if (sign != '|')
		return line;
	line = (struct nv_text){ line.at, nv_trim(line).end };
	line.end -= line.end > line.at && line.end[-1] == '|';
	return line;
}

/* Three lines and more with one sign, which are a statistic without it. */
static unsigned quoted_lines(struct nv_text text, char sign)
{
	unsigned lines = 0, numbers = 0;
	struct nv_text line;

	while (nv_next_line(&text, &line) && quote_of(line) == sign) {
		struct nv_text inside = nv_trim(unquoted(line, sign));

		lines++;
		numbers += inside.at < inside.end &&
			(nv_begins_with_number(inside) || inside.end[-1] == ':' ||
				nv_is_digit(inside.end[-1]));
	}
	return lines >= 3 && numbers * 2 >= lines ? lines : 0;
}

unsigned nv_paste_quotes(struct nv_text from, struct nv_buffer *to)
{
	unsigned left = 0, taken = 0;
	char sign = 0;

	for (;;) {
		struct nv_text before = from, line;

		if (!nv_next_line(&from, &line))
			break;
		if (left) {
			left--;
		} else {
			sign = quote_of(line);
			left = sign ? quoted_lines(before, sign) : 0;
			taken |= !left ? 0 : sign == '|' ? BIT(TABLE) : BIT(QUOTE);
			if (!left)
				sign = 0;
			else
				left--;
		}
		if (sign) {
			line = unquoted(line, sign);
			for (const char *p = line.at; sign == '|' && p < line.end; p++)
				to->at[to->used++] = *p == '|' ? ' ' : *p;
			if (sign == '|')
				line.at = line.end;
		}
		nv_paste_put_line(to, line);
		if (!left)
			sign = 0;
	}
	return taken;
}

/* ---- numbers of lines -------------------------------------------------------------------- */

/* "   12\ttext", "12: text": where the text begins; NULL: no number stands before it. */
static const char *behind_number(struct nv_text line, uint64_t *number)
{
	struct nv_text digits = nv_trim(line);

	digits.end = digits.at;
	while (digits.end < line.end && nv_is_digit(*digits.end))
		digits.end++;
	if (!nv_number(digits, number) || digits.end >= line.end)
		return NULL;
	if (!strchr(":\t|.)-", *digits.end) &&
		!(digits.end + 1 < line.end && digits.end[0] == ' ' && digits.end[1] == ' '))
		return NULL;
	return digits.end + 1;
}

/* Numbers that go up by one from line to line; those of grep -n go up by more. */
static bool has_numbers(struct nv_text text)
{
	unsigned lines = 0, steps = 0, rising = 0, colons = 0;
	uint64_t number, before = 0;
	struct nv_text line;

	while (lines < SAMPLE_LINES && nv_next_line(&text, &line)) {
		const char *behind;

		if (is_blank_line(line))
			continue;
		lines++;
		behind = behind_number(line, &number);
		if (!behind)
			continue;
		steps += number == before + 1;
		rising += number > before && number < 100000;
		colons += behind[-1] == ':' || behind[-1] == '-';
		before = number;
	}
	return lines >= 4 &&
		(steps * 10 >= lines * 8 || (rising * 10 >= lines * 9 && colons * 10 >= lines * 9));
}

unsigned nv_paste_numbers(struct nv_text from, struct nv_buffer *to)
{
	struct nv_text line;

	if (!has_numbers(from))
		return 0;
	while (nv_next_line(&from, &line)) {
		uint64_t number;
		const char *behind = behind_number(line, &number);

		line.at = behind ? behind : line.at;
		nv_paste_put_line(to, line);
	}
	return BIT(NUMBERS);
}

/* ---- indentation ------------------------------------------------------------------------- */

unsigned nv_paste_indent(struct nv_text from, struct nv_buffer *to)
{
	struct nv_text rest = from, line;
	size_t least = SIZE_MAX;

	while (least && nv_next_line(&rest, &line)) {
		const char *p = line.at;

		if (is_blank_line(line))
			continue;
		while (*p == ' ' || *p == '\t')
			p++;
		least = (size_t)(p - line.at) < least ? (size_t)(p - line.at) : least;
	}
	if (!least || least == SIZE_MAX)
		return 0;
	while (nv_next_line(&from, &line)) {
		line.at = (size_t)(line.end - line.at) < least ? line.end : line.at + least;
		nv_paste_put_line(to, line);
	}
	return BIT(INDENT);
}
