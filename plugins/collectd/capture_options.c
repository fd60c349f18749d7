/* SPDX-License-Identifier: MIT */
/*
 * From a <Capture "name"> block to where the text of that host comes from. A host whose block
 * cannot be understood is left out and named; the others are not concerned.
 */
#include "nv_captures.h"
#include "captures.h"

#include <strings.h>

#define VALUE_SIZE 512

static bool leave_out(const struct capture *capture, const char *why)
{
	ERROR(FRONTEND_NAME " plugin: %s: %s; this host is left out.", capture->title, why);
	return false;
}

static bool refuse_option(
	const struct capture *capture, const oconfig_item_t *line, const char *expected)
{
	char value[VALUE_SIZE], why[2 * VALUE_SIZE];

	options_words(line, value, sizeof(value));
	snprintf(why, sizeof(why), "%.60s: \"%s\" is refused, expected %s", line->key, value,
		expected);
	return leave_out(capture, why);
}

static bool read_command(struct capture *capture, const oconfig_item_t *line)
{
	size_t count = line->values_num > 0 ? (size_t)line->values_num : 0;
	char **arguments = calloc(count + 1, sizeof(*arguments));

	if (!arguments || capture->program.arguments || !count) {
		free(arguments);
		return refuse_option(capture, line, "a program and its arguments, once");
	}
	capture->program.arguments = arguments;
	for (size_t i = 0; i < count; i++) {
		if (line->values[i].type != OCONFIG_TYPE_STRING)
			return refuse_option(capture, line, "each argument in quotes");
		arguments[i] = strdup(line->values[i].value.string);
		if (!arguments[i])
			return refuse_option(capture, line, "more memory");
	}
	return true;
}

static bool read_text(struct capture *capture, const oconfig_item_t *line, char *to, size_t size)
{
	const char *text;

	if (line->values_num != 1 || line->values[0].type != OCONFIG_TYPE_STRING)
		return refuse_option(capture, line, "one word in quotes");
	text = line->values[0].value.string;
	if (!text[0] || strlen(text) >= size)
		return refuse_option(capture, line, "a shorter word, and not an empty one");
	sstrncpy(to, text, size);
	return true;
}

static bool read_seconds(
	const struct capture *capture, const oconfig_item_t *line, double most, double *to)
{
	char expected[64];
	double seconds;

	snprintf(expected, sizeof(expected), "seconds, 0.1 to %g", most);
	if (line->values_num != 1 || line->values[0].type != OCONFIG_TYPE_NUMBER)
		return refuse_option(capture, line, expected);
	seconds = line->values[0].value.number;
	if (!(seconds >= 0.1 && seconds <= most))
		return refuse_option(capture, line, expected);
	*to = seconds;
	return true;
}

static bool read_line(struct capture *capture, const oconfig_item_t *line)
{
	if (strcasecmp(line->key, "File") == 0)
		return read_text(capture, line, capture->file, sizeof(capture->file));
	if (strcasecmp(line->key, "Command") == 0)
		return read_command(capture, line);
	if (strcasecmp(line->key, "User") == 0)
		return read_text(
			capture, line, capture->program.user, sizeof(capture->program.user));
	if (strcasecmp(line->key, "Platform") == 0)
		return read_text(capture, line, capture->platform, sizeof(capture->platform));
	if (strcasecmp(line->key, "Host") == 0)
		return read_text(capture, line, capture->host, sizeof(capture->host));
	if (strcasecmp(line->key, "Interval") == 0)
		return read_seconds(capture, line, 3600, &capture->interval_s);
	if (strcasecmp(line->key, "Timeout") == 0)
		return read_seconds(capture, line, 600, &capture->program.limit_s);
	WARNING(FRONTEND_NAME " plugin: %s: %s: unknown option; the line is ignored.",
		capture->title, line->key);
	return true;
}

static bool check_platform(const struct capture *capture)
{
	struct nv_error error = { 0 };
	struct nv_captures *text = nv_captures_new(
		capture->platform[0] ? capture->platform : NULL, &error);

	if (!text)
		return leave_out(capture, error.text);
	nv_captures_free(text);
	return true;
}

static bool check(struct capture *capture)
{
	struct nv_error error = { 0 };
	char why[VALUE_SIZE];

	if (capture->file[0] && capture->program.arguments)
		return leave_out(capture, "File and Command, expected one of them");
	if (!capture->file[0] && !capture->program.arguments)
		return leave_out(capture, "expected File or Command");
	if (strlen(capture->host) > 60 || strpbrk(capture->host, "/\n")) {
		snprintf(why, sizeof(why),
			"Host: \"%.128s\" is refused, expected a name of at most 60 bytes without /",
			capture->host);
		return leave_out(capture, why);
	}
	if (capture->program.arguments && program_check(&capture->program, &error) != 0)
		return leave_out(capture, error.text);
	return check_platform(capture);
}

bool capture_configure(struct capture *capture, const oconfig_item_t *block)
{
	snprintf(capture->title, sizeof(capture->title), "Capture");
	if (block->values_num != 1 || block->values[0].type != OCONFIG_TYPE_STRING ||
		!block->values[0].value.string[0])
		return leave_out(capture, "expected one name in quotes");
	sstrncpy(capture->name, block->values[0].value.string, sizeof(capture->name));
	sstrncpy(capture->host, capture->name, sizeof(capture->host));
	snprintf(capture->title, sizeof(capture->title), "Capture \"%s\"", capture->name);
	capture->interval_s = 60;
	capture->program.limit_s = 10;
	for (int i = 0; i < block->children_num; i++)
		if (!read_line(capture, &block->children[i]))
			return false;
	return check(capture);
}
