/* SPDX-License-Identifier: MIT */
/*
 * A whole text of options -> configuration: lines and blocks, each line by nv_config_set(). A line
 * that is refused is reported with its number; reading goes on.
 */
#include "nv_config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { COMPLAINTS_MAX = 20 }; /* a file that is no configuration must not fill the log */

struct reader {
	struct nv_config *config;
	char indicator[NV_NAME_SIZE];
	bool foreign; /* in a block that is none of ours: refused once, as a whole */
	unsigned line;
	int bad;
	unsigned complaints;
	void (*complain)(void *context, enum nv_config_result, const struct nv_error *);
	void *context;
};

static void refuse_line(struct reader *r, enum nv_config_result result, struct nv_error *err)
{
	err->line = r->line;
	r->bad += result == NV_CONFIG_BAD;
	if (r->complaints++ > COMPLAINTS_MAX || !r->complain)
		return;
	if (r->indicator[0]) {
		char text[sizeof(err->text)];

		memcpy(text, err->text, sizeof(text));
		snprintf(err->text, sizeof(err->text), "%s: %.*s", r->indicator,
			(int)(sizeof(text) - sizeof(r->indicator) - 4), text);
	}
	if (r->complaints > COMPLAINTS_MAX)
		snprintf(err->text, sizeof(err->text),
			"refused too; refused lines below it are not reported");
	r->complain(r->context, result, err);
}

/* Cut off blanks at both ends, and one pair of quotes. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t\r");
	length = strlen(text);
	while (length && strchr(" \t\r", text[length - 1]))
		text[--length] = 0;
	if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
		text[length - 1] = 0;
		text++;
	}
	return text;
}

static void read_block(struct reader *r, char *text)
{
	struct nv_error err = { 0, "" };
	size_t length = strlen(text);
	char *name;

	if (strcasecmp(text, "</Indicator>") == 0 || (r->foreign && text[1] == '/')) {
		r->indicator[0] = 0;
		r->foreign = false;
		return;
	}
	if (length < 12 || strncasecmp(text, "<Indicator ", 11) != 0 || text[length - 1] != '>') {
		snprintf(err.text, sizeof(err.text),
			"\"%.60s\": expected <Indicator \"name\"> or </Indicator>", text);
		refuse_line(r, NV_CONFIG_BAD, &err);
		r->foreign = text[1] != '/';
		return;
	}
	text[length - 1] = 0;
	name = trim(text + 11);
	if (nv_indicator_find(name)) {
		snprintf(r->indicator, sizeof(r->indicator), "%s", name);
		return;
	}
	/* Once, for all its lines; in the words of the table of options. */
	(void)nv_config_set(r->config, name, "", "", &err);
	snprintf(err.text + strlen(err.text), sizeof(err.text) - strlen(err.text),
		"; the block is left out");
	refuse_line(r, NV_CONFIG_BAD, &err);
	r->foreign = true;
}

static void read_line(struct reader *r, char *text)
{
	struct nv_error err = { 0, "" };
	enum nv_config_result result;
	size_t word;

	text = trim(text);
	if (!*text || *text == '#')
		return;
	if (*text == '<') {
		read_block(r, text);
		return;
	}
	if (r->foreign)
		return;
	word = strcspn(text, " \t");
	if (!text[word]) {
		snprintf(err.text, sizeof(err.text), "%.200s: expected a value after it", text);
		refuse_line(r, NV_CONFIG_BAD, &err);
		return;
	}
	text[word] = 0;
	result = nv_config_set(r->config, r->indicator[0] ? r->indicator : NULL, text,
		trim(text + word + 1), &err);
	if (result != NV_CONFIG_SET)
		refuse_line(r, result, &err);
}

int nv_config_read(struct nv_config *config, const char *text, size_t length,
	void (*complain)(void *context, enum nv_config_result, const struct nv_error *),
	void *context)
{
	struct reader r = { .config = config, .complain = complain, .context = context };
	const char *end = text + length, *zero = memchr(text, 0, length);

	if (zero) {
		struct nv_error err = {
			0,
			"not text (a byte 0), expected lines of Option and value; nothing is taken"
		};

		for (r.line = 1; text < zero; text++)
			r.line += *text == '\n';
		refuse_line(&r, NV_CONFIG_BAD, &err);
		return r.bad;
	}
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t size = (size_t)((newline ? newline : end) - text);
		char line[1024];

		r.line++;
		if (size >= sizeof(line)) {
			struct nv_error err = { 0,
				"line is too long, expected at most 1023 characters" };

			refuse_line(&r, NV_CONFIG_BAD, &err);
		} else {
			memcpy(line, text, size);
			line[size] = 0;
			read_line(&r, line);
		}
		text += size + 1;
	}
	return r.bad;
}
