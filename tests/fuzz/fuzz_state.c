/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what a host keeps on its disk: the configuration, the mutes, and a memory of which
 * some bytes are others while its checksum fits, as in a file that was given to `baseline import`.
 * An engine that starts with them goes on sampling, judging and telling.
 */
#include "engine/engine.h"
#include "nv_present.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the file: magic, byte order, version, size, then the checksum of what follows. */
enum { CHECKSUM_AT = 24, HEADER_BYTES = 32, FILE_MOST = 1 << 21 };

static char directory[] = "/dev/shm/netvitals-fuzz-XXXXXX", path[64], mutes[64];
static uint8_t whole[FILE_MOST], copy[FILE_MOST];
static size_t whole_size;
static struct nv_config config;

static void remove_directory(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -r %s", directory);
	if (system(command) != 0)
		abort();
}

/* A macro, so that a finding names its line. */
#define check(well)                                                                                \
	do {                                                                                       \
		if (!(well)) {                                                                     \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #well);         \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* What an engine leaves behind after two hours with faults. */
static void make_memory(void)
{
	struct nv_error err = { 0, "" };
	struct nv_snapshot host = { .width_bits = 64,
		.platform = NV_PLATFORM_LINUX,
		.initial_netns = true,
		.time_s = 1700000000,
		.hour_of_week = 12 };
	struct nv_engine *engine = nv_engine_new(&config, &err);
	FILE *file;

	check(engine);
	for (unsigned i = 0; i < 800; i++) {
		host.mono_ns = host.boot_ns += UINT64_C(10000000000);
		host.time_s += 10;
		host.hour_of_week = 12 + (int)(i / 360);
		memset(host.present, 1, sizeof(host.present));
		for (unsigned id = 1; id < NV_C_END; id++)
			host.value[id] += 1000 + id % 7 + (i > 400 ? id : 0);
		nv_engine_feed(engine, &host);
	}
	nv_engine_free(engine);
	file = fopen(path, "rb");
	check(file);
	whole_size = fread(whole, 1, sizeof(whole), file);
	check(whole_size > HEADER_BYTES && whole_size < sizeof(whole));
	fclose(file);
}

static void write_file(const char *name, const void *data, size_t size)
{
	FILE *file = fopen(name, "wb");

	check(file && fwrite(data, 1, size, file) == size);
	fclose(file);
}

/* FNV-1a over 64 bits, as core/state.c has it. */
static void mend_checksum(void)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = HEADER_BYTES; i < whole_size; i++)
		sum = (sum ^ copy[i]) * UINT64_C(0x100000001b3);
	memcpy(copy + CHECKSUM_AT, &sum, sizeof(sum));
}

/* Three bytes of place, one of length, then what stands there instead. */
static void spoil(const uint8_t *data, size_t size)
{
	memcpy(copy, whole, whole_size);
	while (size > 4) {
		size_t at = HEADER_BYTES +
			((size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2]) %
				(whole_size - HEADER_BYTES);
		size_t length = data[3] % 16u + 1u;

		data += 4;
		size -= 4;
		length = length < size ? length : size;
		length = length < whole_size - at ? length : whole_size - at;
		memcpy(copy + at, data, length);
		data += length;
		size -= length;
	}
	mend_checksum();
}

static void ignore(void *context, enum nv_config_result result, const struct nv_error *err)
{
	(void)context;
	check(err->text[0] && err->line &&
		(result == NV_CONFIG_BAD || result == NV_CONFIG_UNKNOWN));
}

static void read_config(const uint8_t *data, size_t size)
{
	struct nv_error err = { 0, "" };
	char *text = malloc(size + !size);
	struct nv_config read;

	check(text);
	if (size)
		memcpy(text, data, size);
	nv_config_init(&read);
	nv_config_read(&read, text, size, ignore, &err);
	check(nv_interfaces_valid(read.interfaces) && read.interval_s > 0 && read.window_s > 0);
	for (unsigned i = 1; i < NV_I_END; i++)
		check(!(read.limits[i].warn <= 0) && !(read.limits[i].crit <= 0));
	free(text);
}

static void tell(struct nv_engine *engine)
{
	static char buffer[1 << 18];
	struct nv_out out = { buffer, sizeof(buffer), 0 };
	const struct nv_style style = { false, true, 80 };
	const struct nv_report *r = nv_engine_report(engine);

	nv_report_text(&out, r, NULL, &style);
	out.used = 0;
	nv_report_json(&out, r);
}

static void run_engine(void)
{
	static struct nv_event events[300];
	struct nv_error err = { 0, "" };
	struct nv_engine *engine = nv_engine_new(&config, &err);
	struct nv_snapshot host = { .width_bits = 64,
		.platform = NV_PLATFORM_LINUX,
		.time_s = 1700010000,
		.hour_of_week = 14 };

	check(engine);
	for (unsigned i = 0; i < 12; i++) {
		host.mono_ns = host.boot_ns += UINT64_C(10000000000);
		host.time_s += 10;
		memset(host.present, 1, sizeof(host.present));
		for (unsigned id = 1; id < NV_C_END; id++)
			host.value[id] += 1000 + id;
		nv_engine_feed(engine, &host);
	}
	tell(engine);
	for (unsigned n = nv_engine_events(engine, 0, events, 300); n > 0; n--) {
		nv_event_offender(nv_engine_report(engine), &events[n - 1]);
		nv_event_interface(nv_engine_report(engine), &events[n - 1]);
	}
	nv_engine_free(engine);
}

/* False: it was refused. */
static bool read_memory(void)
{
	static struct nv_event events[300];
	struct nv_error err = { 0, "" };
	struct nv_state *state = nv_state_open(path, &err);
	struct nv_usual usual;

	check(state || err.text[0]);
	if (!state)
		return false;
	for (unsigned i = 0; i < NV_I_END; i++)
		for (int hour = -1; hour < NV_WEEK; hour += 13)
			nv_state_usual(state, i, hour, &usual);
	for (unsigned n = nv_state_events(state, 0, events, 300); n > 0; n--) {
		check(memchr(events[n - 1].text, 0, sizeof(events[0].text)));
		check(events[n - 1].klass < NV_CLASS_END && events[n - 1].indicator < NV_I_END);
		nv_status_name(events[n - 1].now);
	}
	nv_state_close(state);
	return true;
}

static void begin(void)
{
	check(mkdtemp(directory) && atexit(remove_directory) == 0);
	nv_config_init(&config);
	config.fed = true;
	snprintf(config.front_end, sizeof(config.front_end), "fuzz");
	snprintf(config.state_dir, sizeof(config.state_dir), "%s", directory);
	snprintf(path, sizeof(path), "%s/fuzz.state", directory);
	snprintf(mutes, sizeof(mutes), "%s/mutes", directory);
	make_memory();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nv_mute list[NV_MUTES];
	struct nv_error err = { 0, "" };

	if (!whole_size)
		begin();
	read_config(data, size);
	write_file(mutes, data, size);
	check(nv_mutes_read(directory, NULL, 1700000000, list, NV_MUTES, &err) >= 0 || err.text[0]);
	spoil(data, size);
	write_file(path, copy, whole_size);
	if (read_memory() && size % 4 == 0) /* the dearest part: now and then */
		run_engine();
	return 0;
}
