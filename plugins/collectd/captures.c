/* SPDX-License-Identifier: MIT */
/*
 * From the saved or freshly printed netstat output of a host on which no plugin can be installed to
 * values and notifications under that host's name. Each <Capture> has a thread, each node in it an
 * engine and memory of its own.
 */
#include "text/clean.h"
#include "nv_captures.h"
#include "captures.h"

#define NODES_MOST    256
#define CAPTURES_MOST 1000
#define LOOK_S        1.0 /* how soon a slow program is noticed to have ended */
#define LATE_MOST     3   /* intervals without new text, until nobody may believe the old values */

/* The daemon hands no context to its config and shutdown callbacks. */
static struct {
	struct capture **all;
	size_t count;
} captures;

/* ---- text to snapshots, in the thread ---- */

/* When a text was made. */
struct moment {
	uint64_t mono_ns, boot_ns;
	int64_t time_s;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void fail(struct capture *capture, const char *what, const char *why)
{
	snprintf(capture->error.text, sizeof(capture->error.text), "%s: %s", what, why);
}

/* The name of a node comes out of the text, and goes into names of files. */
static void name_host(const struct capture *capture, const char *name, struct node *node)
{
	size_t start = strlen(capture->host) + 1;

	char whole[NV_NAME_SIZE * 2 + 2];

	snprintf(whole, sizeof(whole), "%.60s%s%.60s", capture->host, name[0] ? "-" : "", name);
	nv_copy_text(node->host, sizeof(node->host), nv_as_text(whole));
	for (size_t i = start; name[0] && i < strlen(node->host); i++)
		if (!isalnum((unsigned char)node->host[i]) && !strchr("-_.", node->host[i]))
			node->host[i] = '_';
}

static struct node *find_node(struct capture *capture, const char *name)
{
	struct node *grown;

	for (size_t i = 0; i < capture->node_count; i++)
		if (strcmp(capture->nodes[i].name, name) == 0)
			return &capture->nodes[i];
	if (capture->node_count >= NODES_MOST)
		return NULL;
	grown = realloc(capture->nodes, (capture->node_count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	capture->nodes = grown;
	grown += capture->node_count;
	memset(grown, 0, sizeof(*grown));
	sstrncpy(grown->name, name, sizeof(grown->name));
	name_host(capture, name, grown);
	/* A memory of its own: the name of the front end is a part of the file's name. */
	snprintf(capture->config.front_end, sizeof(capture->config.front_end), "collectd-%.50s",
		grown->host);
	grown->engine = nv_engine_new(&capture->config, &capture->error);
	if (!grown->engine)
		return NULL;
	grown->reported = grown->written = nv_engine_report(grown->engine)->last_event;
	capture->node_count++;
	return grown;
}

static void feed_capture(struct capture *capture, const struct nv_captures *text, unsigned at,
	const struct moment *when)
{
	struct nv_snapshot snapshot = *nv_captures_snapshot(text, at);
	struct node *node = find_node(capture, nv_captures_node(text, at));

	if (!node) {
		if (!capture->error.text[0])
			fail(capture, nv_captures_node(text, at), "no memory for another node");
		return;
	}
	snapshot.mono_ns = when->mono_ns;
	snapshot.boot_ns = when->boot_ns;
	snapshot.time_s = when->time_s;
	snapshot.initial_netns = true; /* the text speaks for the whole host */
	node->fed = true;
	if (nv_engine_feed(node->engine, &snapshot) < 0)
		fail(capture, node->host, "out of memory");
	node->written = notices_write(capture->options, node->host, node->engine, node->written);
}

static void digest(
	struct capture *capture, const char *text, size_t length, const struct moment *when)
{
	const char *platform = capture->platform[0] ? capture->platform : NULL;
	struct nv_captures *parsed = nv_captures_new(platform, &capture->error);

	if (!parsed)
		return;
	if (nv_captures_add(parsed, capture->name, text, length, &capture->error) == 0 &&
		nv_captures_finish(parsed, &capture->error) == 0) {
		capture->error.text[0] = 0;
		capture->old = 0;
		for (unsigned i = 0; i < nv_captures_count(parsed); i++)
			feed_capture(capture, parsed, i, when);
	}
	nv_captures_free(parsed);
}

static void run_command(struct capture *capture)
{
	struct moment when = { clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_BOOTTIME),
		(int64_t)time(NULL) };
	size_t length;
	char *text = program_run(&capture->program, &length, &capture->error);

	if (text)
		digest(capture, text, length, &when);
	free(text);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The whole file, if it is another one than last time. NULL: nothing new, or the error is set. */
static char *read_file(struct capture *capture, size_t *length, struct stat *now)
{
	int fd = open(capture->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *text = NULL;
	ssize_t got = 0;

	if (fd < 0 || fstat(fd, now) != 0) {
		fail(capture, capture->file, strerror(errno));
	} else if (!S_ISREG(now->st_mode) || now->st_size > FRONTEND_OUTPUT_MOST) {
		fail(capture, capture->file, "expected a file of at most 4 MiB");
	} else if (!is_same(now, &capture->seen)) {
		text = malloc((size_t)now->st_size + 1);
		for (*length = 0; text && *length < (size_t)now->st_size; *length += (size_t)got) {
			got = read(fd, text + *length, (size_t)now->st_size - *length);
			if (got <= 0)
				break;
		}
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static void look_at_file(struct capture *capture)
{
	struct moment when;
	struct stat now;
	size_t length;
	char *text = read_file(capture, &length, &now);

	if (!text)
		return;
	capture->seen = now;
	when.mono_ns = (uint64_t)now.st_mtim.tv_sec * 1000000000U + (uint64_t)now.st_mtim.tv_nsec;
	when.boot_ns = when.mono_ns;
	when.time_s = (int64_t)now.st_mtim.tv_sec;
	digest(capture, text, length, &when);
	free(text);
}

/* Of whom there is no new text, and why; a node may be missing where others are not. */
static void miss_others(struct capture *capture)
{
	const char *what = capture->file[0] ? capture->file : capture->program.arguments[0];
	char why[NV_TEXT_SIZE];

	for (size_t i = 0; i < capture->node_count; i++) {
		struct node *node = &capture->nodes[i];

		if (node->fed)
			continue;
		if (capture->error.text[0])
			snprintf(why, sizeof(why), "%.250s", capture->error.text);
		else
			snprintf(why, sizeof(why), "%.200s %s", what,
				capture->old ? "has not changed" : "says nothing of this host");
		nv_engine_miss(node->engine, (int64_t)time(NULL), why);
		node->written = notices_write(
			capture->options, node->host, node->engine, node->written);
	}
}

static void capture_work(void *context)
{
	struct capture *capture = context;

	capture->old++;
	capture->error.text[0] = 0;
	for (size_t i = 0; i < capture->node_count; i++)
		capture->nodes[i].fed = false;
	if (capture->file[0])
		look_at_file(capture);
	else
		run_command(capture);
	miss_others(capture);
}

/* ---- snapshots to values, in the reader ---- */

static const char *capture_name(void *context)
{
	return ((struct capture *)context)->title;
}

static void capture_give_up(void *context)
{
	const struct capture *capture = context;
	struct frontend_when when = { .interval = DOUBLE_TO_CDTIME_T(capture->interval_s) };

	if (!capture->node_count)
		lists_dispatch(capture->options, capture->host, when, NULL, NULL);
	for (size_t i = 0; i < capture->node_count; i++)
		lists_dispatch(capture->options, capture->nodes[i].host, when, NULL, NULL);
}

static void capture_publish(void *context, cdtime_t asked)
{
	struct capture *capture = context;
	struct frontend_when when = { asked, DOUBLE_TO_CDTIME_T(capture->interval_s),
		worker_held_us(capture->worker) };

	if (capture->error.text[0])
		c_complain(LOG_ERR, &capture->failing, FRONTEND_NAME " plugin: %s: %s",
			capture->title, capture->error.text);
	else if (capture->old > LATE_MOST)
		c_complain(LOG_WARNING, &capture->failing,
			FRONTEND_NAME " plugin: %s: %s has not changed for %u intervals.",
			capture->title, capture->file, capture->old);
	else
		c_release(LOG_NOTICE, &capture->failing,
			FRONTEND_NAME " plugin: %s can be read again.", capture->title);
	if (!capture->node_count)
		capture_give_up(capture);
	for (size_t i = 0; i < capture->node_count; i++) {
		struct node *node = &capture->nodes[i];
		const struct nv_report *report = nv_engine_report(node->engine);

		notices_log(node->engine);
		lists_dispatch(capture->options, node->host, when, report,
			report->stale ? NULL : nv_engine_snapshot(node->engine));
		node->reported = notices_dispatch(
			capture->options, node->host, node->engine, node->reported);
	}
}

static const struct frontend_job capture_job = {
	.name = capture_name,
	.work = capture_work,
	.publish = capture_publish,
	.give_up = capture_give_up,
	.late_most = LATE_MOST,
};

/* Asks at each interval, and looks in between whether slow work is done. */
static int capture_read(user_data_t *data)
{
	struct capture *capture = data->data;
	cdtime_t now = cdtime(), interval = DOUBLE_TO_CDTIME_T(capture->interval_s);

	if (now + interval / 10 < capture->due) {
		worker_collect(capture->worker);
		return 0;
	}
	capture->due = (capture->due && now < capture->due + interval ? capture->due : now) +
		interval;
	worker_read(capture->worker);
	return 0;
}

/* ---- life ---- */

static void capture_free(struct capture *capture)
{
	program_forbid(&capture->program);
	if (!worker_free(capture->worker))
		return;
	for (size_t i = 0; i < capture->node_count; i++)
		nv_engine_free(capture->nodes[i].engine);
	free(capture->nodes);
	for (size_t i = 0; capture->program.arguments && capture->program.arguments[i]; i++)
		free(capture->program.arguments[i]);
	free(capture->program.arguments);
	pthread_mutex_destroy(&capture->program.lock);
	free(capture);
}

static bool is_taken(const struct capture *capture)
{
	for (size_t i = 0; i < captures.count; i++) {
		if (strcmp(captures.all[i]->name, capture->name) != 0 &&
			strcmp(captures.all[i]->host, capture->host) != 0)
			continue;
		ERROR(FRONTEND_NAME
			" plugin: %s: another one has this name or Host; it is left out.",
			capture->title);
		return true;
	}
	return false;
}

void captures_config(const oconfig_item_t *block)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	struct capture **grown;

	if (!capture)
		return;
	program_init(&capture->program);
	grown = captures.count < CAPTURES_MOST
		? realloc(captures.all, (captures.count + 1) * sizeof(struct capture *))
		: NULL;
	if (grown)
		captures.all = grown;
	if (!grown || !capture_configure(capture, block) || is_taken(capture)) {
		capture_free(capture);
		return;
	}
	captures.all[captures.count++] = capture;
}

static void capture_init(struct capture *capture, const struct frontend_options *options)
{
	user_data_t data = { .data = capture };
	double often_s = capture->interval_s < LOOK_S ? capture->interval_s : LOOK_S;
	char name[DATA_MAX_NAME_LEN + 16];

	if (strcasecmp(capture->host, hostname_g) == 0) {
		ERROR(FRONTEND_NAME
			" plugin: %s: its Host is %s, this daemon's own; give it another one. It is left out.",
			capture->title, capture->host);
		return;
	}
	capture->options = options;
	capture->config = options->engine;
	capture->config.interval_s = capture->interval_s;
	capture->config.root[0] = 0;
	capture->config.fed = true;
	capture->worker = worker_new(&capture_job, capture, "nv-capture");
	if (!capture->worker)
		return;
	snprintf(name, sizeof(name), FRONTEND_NAME "/%s", capture->name);
	plugin_register_complex_read(NULL, name, capture_read, DOUBLE_TO_CDTIME_T(often_s), &data);
}

void captures_init(const struct frontend_options *options)
{
	for (size_t i = 0; i < captures.count; i++)
		capture_init(captures.all[i], options);
}

void captures_fini(void)
{
	for (size_t i = 0; i < captures.count; i++)
		capture_free(captures.all[i]);
	free(captures.all);
	captures.all = NULL;
	captures.count = 0;
}
