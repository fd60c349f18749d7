/* SPDX-License-Identifier: MIT */
/*
 * From the <Plugin netvitals> block to the options of the core and of this plugin. What the core
 * knows by that name goes to the core, as words, because it also checks the range; the rest is
 * about value lists and stays here. A line that is refused is named with option, value and what was
 * expected; the default then stays, and the plugin runs.
 */
#include "frontend.h"

#include <strings.h>

#define VALUE_SIZE 512

static bool is(const char *word, const char *name)
{
	return strcasecmp(word, name) == 0;
}

/* The line's value i as it would be written in the file; false if it has none or it is too long. */
static bool word_at(const oconfig_item_t *line, int i, char *word, size_t size)
{
	int length = -1;

	if (i >= line->values_num)
		return false;
	switch (line->values[i].type) {
	case OCONFIG_TYPE_STRING:
		length = snprintf(word, size, "%s", line->values[i].value.string);
		break;
	case OCONFIG_TYPE_NUMBER:
		length = snprintf(word, size, "%.15g", line->values[i].value.number);
		break;
	case OCONFIG_TYPE_BOOLEAN:
		length = snprintf(
			word, size, "%s", line->values[i].value.boolean ? "true" : "false");
		break;
	}
	return length >= 0 && (size_t)length < size;
}

static void refuse_option(const char *option, const char *value, const char *expected)
{
	ERROR(FRONTEND_NAME " plugin: %s: \"%s\" is refused, expected %s; the value before stays.",
		option, value, expected);
}

/* The daemon's parser takes 2031-12-31 without quotes for three numbers, 2031 -12 -31. */
static bool is_bare_date(const oconfig_item_t *line)
{
	const oconfig_value_t *v = line->values;

	return line->values_num == 3 && v[0].type == OCONFIG_TYPE_NUMBER &&
		v[1].type == OCONFIG_TYPE_NUMBER && v[2].type == OCONFIG_TYPE_NUMBER &&
		v[0].value.number >= 1000 && v[0].value.number <= 9999 && v[1].value.number < 0 &&
		v[1].value.number > -100 && v[2].value.number < 0 && v[2].value.number > -100;
}

bool options_words(const oconfig_item_t *line, char *words, size_t size)
{
	size_t used = 0;

	if (is_bare_date(line)) {
		snprintf(words, size, "%04.0f-%02.0f-%02.0f", line->values[0].value.number,
			-line->values[1].value.number, -line->values[2].value.number);
		return true;
	}
	words[0] = 0;
	for (int i = 0; i < line->values_num; i++) {
		if (i && used + 1 < size)
			words[used++] = ' ';
		if (!word_at(line, i, words + used, size - used))
			return false;
		used += strlen(words + used);
	}
	return true;
}

static bool one_word(const oconfig_item_t *line, char *word, size_t size, const char *expected)
{
	if (line->values_num == 1 && word_at(line, 0, word, size))
		return true;
	options_words(line, word, size);
	refuse_option(line->key, word, expected);
	return false;
}

/* 1 true, 0 false, -1 neither. */
static int truth(const char *word)
{
	bool yes;

	return nv_boolean(word, &yes) ? yes : -1;
}

static void read_boolean(const oconfig_item_t *line, bool *value)
{
	char word[VALUE_SIZE];

	if (!one_word(line, word, sizeof(word), "true or false"))
		return;
	if (truth(word) < 0)
		refuse_option(line->key, word, "true or false");
	else
		*value = truth(word) == 1;
}

/* ---- options of the core ---- */

/* indicator: NULL, or the name of the block. complain false: try, and say nothing. True: it is set.
 */
static bool read_core(
	struct nv_config *config, const char *indicator, const oconfig_item_t *line, bool complain)
{
	const char *block = indicator ? indicator : "", *colon = indicator ? ": " : "";
	char words[VALUE_SIZE];
	struct nv_error error = { 0 };

	if (!options_words(line, words, sizeof(words))) {
		if (complain)
			refuse_option(line->key, words, "a shorter value");
		return false;
	}
	switch (nv_config_set(config, indicator, line->key, words, &error)) {
	case NV_CONFIG_SET:
		return true;
	case NV_CONFIG_BAD:
		if (complain)
			ERROR(FRONTEND_NAME " plugin: %s%s%s.", block, colon, error.text);
		return false;
	case NV_CONFIG_UNKNOWN:
		if (complain)
			WARNING(FRONTEND_NAME " plugin: %s%s%s; the line is ignored.", block, colon,
				error.text);
		return false;
	}
	return false;
}

static void read_indicator(struct nv_config *config, const oconfig_item_t *block)
{
	char name[VALUE_SIZE];

	if (!options_words(block, name, sizeof(name)) || nv_indicator_find(name) == NV_I_NONE) {
		ERROR(FRONTEND_NAME
			" plugin: <Indicator>: \"%s\" is refused, expected the name of an "
			"indicator (netvitals catalog lists them); the block is left out.",
			name);
		return;
	}
	/* Twice: a new Warning may fit only to the new Failure, in whichever order they stand. */
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < block->children_num; i++)
			read_core(config, name, &block->children[i], pass == 1);
}

/* ---- options of this plugin ---- */

static void read_indicators(struct frontend_options *options, const oconfig_item_t *line)
{
	bool chosen[NV_I_END] = { false };
	char word[VALUE_SIZE] = "";

	for (int n = 0; n < line->values_num; n++) {
		bool all, headline, known = false;

		if (!word_at(line, n, word, sizeof(word)))
			break;
		all = is(word, "all");
		headline = is(word, "headline");
		for (unsigned i = 1; i < NV_I_END; i++) {
			if (!nv_indicator_exists(i))
				continue;
			if (all || (headline && nv_indicators[i].headline) ||
				is(word, nv_indicators[i].name))
				known = chosen[i] = true;
		}
		if (!known)
			break;
		if (n == line->values_num - 1) {
			memcpy(options->indicators, chosen, sizeof(chosen));
			return;
		}
	}
	refuse_option(line->key, word, "\"headline\", \"all\" or names of indicators");
}

/* A truth is about value lists and stays here; anything else says which ones are counted in class
 * status. */
static void read_interfaces(struct frontend_options *options, const oconfig_item_t *line)
{
	char word[VALUE_SIZE];

	if (line->values_num == 1 && word_at(line, 0, word, sizeof(word)) && truth(word) >= 0)
		options->interfaces = truth(word) == 1;
	else
		read_core(&options->engine, NULL, line, true);
}

static void read_counters(struct frontend_options *options, const oconfig_item_t *line)
{
	const char *expected = "\"used\", \"all\" or \"none\"";
	char word[VALUE_SIZE];

	if (!one_word(line, word, sizeof(word), expected))
		return;
	if (is(word, "used"))
		options->counters = FRONTEND_COUNTERS_USED;
	else if (is(word, "all"))
		options->counters = FRONTEND_COUNTERS_ALL;
	else if (is(word, "none") || truth(word) == 0)
		options->counters = FRONTEND_COUNTERS_NONE;
	else
		refuse_option(line->key, word, expected);
}

static void read_event_log(struct frontend_options *options, const oconfig_item_t *line)
{
	const char *expected = "an absolute path of at most 511 bytes";
	char word[VALUE_SIZE];

	if (!one_word(line, word, sizeof(word), expected))
		return;
	if (word[0] != '/')
		refuse_option(line->key, word, expected);
	else
		sstrncpy(options->event_log, word, sizeof(options->event_log));
}

/* Who names an interface wants to see it. */
static void read_interface(struct frontend_options *options, const oconfig_item_t *line)
{
	if (read_core(&options->engine, NULL, line, true))
		options->interfaces = true;
}

static void read_interval(void)
{
	WARNING(FRONTEND_NAME " plugin: Interval belongs into the block <LoadPlugin " FRONTEND_NAME
			      ">; the line is ignored.");
}

static void read_state_dir(struct frontend_options *options, const oconfig_item_t *line)
{
	options->state_dir_given = true; /* also "": no memory on disk */
	read_core(&options->engine, NULL, line, true);
}

static void read_line(struct frontend_options *options, const oconfig_item_t *line)
{
	if (is(line->key, "Indicator"))
		read_indicator(&options->engine, line);
	else if (is(line->key, "Capture"))
		captures_config(line);
	else if (is(line->key, "Indicators"))
		read_indicators(options, line);
	else if (is(line->key, "Usual"))
		read_boolean(line, &options->usual);
	else if (is(line->key, "Parts"))
		read_boolean(line, &options->parts);
	else if (is(line->key, "Self"))
		read_boolean(line, &options->self);
	else if (is(line->key, "Interfaces"))
		read_interfaces(options, line);
	else if (is(line->key, "Interface"))
		read_interface(options, line);
	else if (is(line->key, "Counters"))
		read_counters(options, line);
	else if (is(line->key, "EventLog"))
		read_event_log(options, line);
	else if (is(line->key, "Interval"))
		read_interval();
	else if (is(line->key, "StateDir"))
		read_state_dir(options, line);
	else
		read_core(&options->engine, NULL, line, true);
}

void options_read(struct frontend_options *options, const oconfig_item_t *block)
{
	for (int i = 0; i < block->children_num; i++)
		read_line(options, &block->children[i]);
}

/* ---- life and use ---- */

static void mark_used(bool used[NV_C_END], const struct nv_term terms[NV_TERMS_MAX])
{
	for (unsigned i = 0; i < NV_TERMS_MAX && terms[i].counter; i++)
		used[terms[i].counter] = true;
}

void options_init(struct frontend_options *options)
{
	memset(options, 0, sizeof(*options));
	nv_config_init(&options->engine);
	for (unsigned i = 1; i < NV_I_END; i++) {
		if (!nv_indicator_exists(i))
			continue;
		options->indicators[i] = nv_indicators[i].headline;
		mark_used(options->counter_used, nv_indicators[i].num);
		mark_used(options->counter_used, nv_indicators[i].den);
	}
}

/* The daemon's interval is the engine's; the core knows which intervals it can work with. */
static void take_interval(struct nv_config *config)
{
	struct nv_error error;
	char seconds[32];

	/* As someone wrote it: what the daemon makes of 0.1 is less than that. */
	snprintf(seconds, sizeof(seconds), "%.6g", CDTIME_T_TO_DOUBLE(plugin_get_interval()));
	if (nv_config_set(config, NULL, "Interval", seconds, &error) != NV_CONFIG_SET)
		ERROR(FRONTEND_NAME " plugin: the daemon's %s (%g s).", error.text,
			config->interval_s);
}

void options_finish(struct frontend_options *options)
{
	const char *base = global_option_get("BaseDir");

	options->interval = plugin_get_interval();
	take_interval(&options->engine);
	snprintf(options->engine.front_end, sizeof(options->engine.front_end), "collectd");
	/* The daemon's own place for such things. A recording is not this host, and has no memory.
	 */
	if (!options->state_dir_given && !options->engine.root[0] && base && base[0] == '/') {
		sstrncpy(options->engine.state_dir, base, sizeof(options->engine.state_dir));
		/* What a person mutes is muted for all front ends: once, where the command looks.
		 */
		sstrncpy(
			options->engine.mutes_dir, NV_STATE_DIR, sizeof(options->engine.mutes_dir));
	}
}
