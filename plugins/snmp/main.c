/* SPDX-License-Identifier: MIT */
/*
 * netvitals-agentx: the core as an AgentX subagent.
 *
 * The main thread samples and minds the signals; a second thread speaks SNMP. Neither can hold up
 * the other: a stuck master never delays a sample, nor the end of the program.
 */
#include "text/clean.h"
#include "agent.h"
#include "sampler.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_FILE    "/etc/netvitals/netvitals.conf"
#define TEXT_MAX        (1 << 20)
#define INJECT_PAUSE_NS 2000000

static bool log_to_stderr;

struct program {
	const char *file, *socket; /* from the command line; NULL: not given */
	bool foreground;
	unsigned inject; /* NETVITALS_INJECT: made-up events a SIGUSR1 */
	struct nv_sampler sampler;
	struct nv_agent agent;
	struct nv_exchange exchange;
};

void nv_log(int priority, const char *format, ...)
{
	va_list list;
	char text[NV_TEXT_SIZE + NV_PATH_SIZE + 64];

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	nv_clean_text(text); /* what is quoted from a file may act on no terminal */
	if (log_to_stderr)
		fprintf(stderr, "netvitals-agentx: %s\n", text);
	else
		syslog(priority, "%s", text);
}

static void complain(void *context, enum nv_config_result result, const struct nv_error *err)
{
	nv_log(result == NV_CONFIG_BAD ? LOG_ERR : LOG_WARNING, "%s:%u: %s", (const char *)context,
		err->line, err->text);
}

/* The whole file, NULL and errno if it cannot be read. The caller frees. */
static char *read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return NULL;
	char *text = malloc(TEXT_MAX);
	*length = text ? fread(text, 1, TEXT_MAX, file) : 0;
	int error = ferror(file)      ? errno
		: *length == TEXT_MAX ? EFBIG
				      : 0; /* a directory can be opened */
	fclose(file);
	if (text && error) {
		free(text);
		text = NULL;
		errno = error;
	}
	return text;
}

/* Defaults, then the file, then the command line. -1: the named file cannot be read. */
static int configure(
	const struct program *program, struct nv_config *config, struct nv_options *options)
{
	const char *path = program->file ? program->file : DEFAULT_FILE;
	size_t length;

	nv_config_init(config);
	config->mode = NV_DAEMON;
	snprintf(config->front_end, sizeof(config->front_end), "agentx");
	nv_options_init(options);
	char *text = read_file(path, &length);
	if (!text && (program->file || errno != ENOENT)) {
		nv_log(LOG_ERR, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (text && memchr(text, 0, length)) {
		nv_log(LOG_ERR, "%s: not text (a byte 0), expected lines of Option and value",
			path);
		free(text);
		return -1;
	}
	if (text) {
		nv_options_read(options, text, length, complain, (void *)(uintptr_t)path);
		nv_config_read(config, text, length, complain, (void *)(uintptr_t)path);
		free(text);
	}
	if (program->socket)
		snprintf(options->socket, sizeof(options->socket), "%s", program->socket);
	return 0;
}

/* The file that keeps what was set by SNMP, beside the state of the core. */
static void load_settings(struct program *program, const struct nv_config *config)
{
	char host[NV_NAME_SIZE] = "";
	struct nv_settings settings;
	struct nv_error err;

	if (config->state_dir[0] == 0)
		return;
	gethostname(host, sizeof(host) - 1);
	snprintf(program->agent.state_dir, sizeof(program->agent.state_dir), "%s",
		config->state_dir);
	snprintf(program->agent.settings_path, sizeof(program->agent.settings_path),
		"%s/agentx-%s.settings", config->state_dir, host);
	if (nv_settings_load(&settings, program->agent.settings_path, &err) < 0)
		nv_log(LOG_ERR, "%s", err.text);
	nv_exchange_put_settings(&program->exchange, &settings);
}

/* The configuration or what was set by SNMP has changed. */
static int reconfigure(struct program *program, const struct nv_config *config)
{
	struct nv_settings settings;
	struct nv_error err;

	nv_exchange_get_settings(&program->exchange, &settings);
	int result = nv_sampler_reconfigure(&program->sampler, config, &settings, &err);
	if (result < 0)
		nv_log(LOG_ERR, "the configuration stays as it was: %s", err.text);
	if (result == -2)
		exit(1);
	return result;
}

/* Something was set by SNMP. Limits are the engine's business; the rest is the other thread's. */
static void take_settings(struct program *program)
{
	struct nv_config config = program->sampler.configured, wanted = config;
	struct nv_settings settings;

	nv_exchange_get_settings(&program->exchange, &settings);
	nv_settings_overlay(&settings, &wanted);
	nv_sampler_forget(&program->sampler, &settings);
	if (memcmp(wanted.limits, program->sampler.config.limits, sizeof(wanted.limits)) != 0)
		reconfigure(program, &config);
}

static void reload(struct program *program)
{
	struct nv_config config;
	struct nv_options options;

	nv_supervise("RELOADING=1");
	if (configure(program, &config, &options) == 0 && reconfigure(program, &config) == 0)
		nv_log(LOG_NOTICE,
			"configuration read again (AgentXSocket, PingInterval, NotifyRepeat and SnmpWrite take a restart)");
	nv_supervise("READY=1");
}

static void sample(struct program *program)
{
	struct nv_error err = { .line = 0 };
	bool failed = nv_sampler_sample(&program->sampler, &err) < 0;

	if (failed && !program->sampler.failing)
		nv_log(LOG_ERR, "no sample: %s", err.text);
	else if (!failed && err.text[0] && !program->sampler.partial)
		nv_log(LOG_WARNING, "%s", err.text);
	if (!failed && program->sampler.failing)
		nv_log(LOG_NOTICE, "samples arrive again");
	char text[sizeof(err.text)];
	if (nv_engine_notice(program->sampler.engine, text, sizeof(text)))
		nv_log(LOG_WARNING, "%s", text);
	program->sampler.failing = failed;
	program->sampler.partial = err.text[0] != 0;
}

static int64_t interval_ns(const struct program *program)
{
	return (int64_t)(program->sampler.config.interval_s * 1e9);
}

/* Sample at even distances until SIGTERM or SIGINT; a late sample is never made up for. */
static void run(struct program *program, const sigset_t *signals)
{
	int64_t next_ns = nv_mono_ns() + interval_ns(program);

	for (;;) {
		int64_t left_ns = next_ns - nv_mono_ns();
		if (left_ns <= 0) {
			nv_sampler_late(&program->sampler, -left_ns);
			sample(program);
			next_ns += interval_ns(program);
			int64_t over_ns = nv_mono_ns() -
				next_ns; /* one that takes so long makes the next one late */
			nv_sampler_late(&program->sampler, over_ns > 0 ? over_ns : 0);
			if (over_ns > 0)
				next_ns += over_ns + interval_ns(program);
			continue;
		}
		if (program->sampler.to_inject > 0) {
			nv_sampler_inject(&program->sampler);
			left_ns = left_ns < INJECT_PAUSE_NS ? left_ns : INJECT_PAUSE_NS;
		}
		struct timespec wait = { .tv_sec = (time_t)(left_ns / 1000000000),
			.tv_nsec = (long)(left_ns % 1000000000) };
		int number = sigtimedwait(signals, NULL, &wait);
		if (number == SIGTERM || number == SIGINT)
			return;
		if (number == SIGHUP)
			reload(program);
		if (number == SIGUSR2)
			take_settings(program);
		if (number == SIGUSR1)
			program->sampler.to_inject += program->inject;
	}
}

/* The SNMP thread may hang in a stuck master's socket: then leave without it. */
static void stop(struct program *program, pthread_t thread)
{
	struct timespec until;

	nv_supervise("STOPPING=1");
	program->exchange.stop = true;
	nv_exchange_wake(&program->exchange);
	nv_sampler_fini(&program->sampler); /* saves the state, whatever the other thread does */
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 700000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	if (pthread_timedjoin_np(thread, NULL, &until) != 0)
		_exit(0);
	nv_exchange_fini(&program->exchange);
}

static const char usage[] =
	"usage: netvitals-agentx [-fhLV] [-c FILE] [-x ADDRESS]\n"
	"  -f          stay in the foreground\n"
	"  -h          this help\n"
	"  -L          log to standard error instead of syslog\n"
	"  -c FILE     configuration, default " DEFAULT_FILE "\n"
	"  -x ADDRESS  AgentX socket of the master, such as unix:/var/agentx/master\n"
	"  -V          print the version\n";

/* 0: go on; otherwise end with this exit status minus 1. */
static int arguments(struct program *program, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "fLVc:x:h")) != -1)
		switch (option) {
		case 'f':
			program->foreground = true;
			break;
		case 'L':
			log_to_stderr = true;
			break;
		case 'c':
			program->file = optarg;
			break;
		case 'x':
			program->socket = optarg;
			break;
		case 'V':
			puts("netvitals-agentx " NV_VERSION);
			return 1;
		case 'h':
			fputs(usage, stdout);
			return 1;
		default:
			fputs(usage, stderr);
			return 3;
		}
	if (optind < argc) {
		fputs(usage, stderr);
		return 3;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct program program;
	struct nv_config config;
	struct nv_settings settings;
	struct nv_error err;
	sigset_t signals;
	pthread_t thread;
	int end = arguments(&program, argc, argv);

	if (end != 0)
		return end - 1;
	openlog("netvitals-agentx", LOG_PID, LOG_DAEMON);
	setenv("MIBS", "", 1); /* no MIB file is read: numbers suffice */
	setenv("MIBDIRS", "/dev/null", 1);
	const char *inject = getenv("NETVITALS_INJECT");
	program.inject = inject ? (unsigned)strtoul(inject, NULL, 10) : 0;
	if (configure(&program, &config, &program.agent.options) < 0)
		return 1;
	if (nv_exchange_init(&program.exchange) < 0) {
		nv_log(LOG_ERR, "no eventfd: %s", strerror(errno));
		return 1;
	}
	load_settings(&program, &config);
	nv_exchange_get_settings(&program.exchange, &settings);
	if (nv_sampler_init(&program.sampler, &config, &settings, &program.exchange, &err) < 0) {
		nv_log(LOG_ERR, "%s", err.text);
		return 1;
	}
	if (!program.foreground && daemon(0, log_to_stderr) < 0) {
		nv_log(LOG_ERR, "cannot go to the background: %s", strerror(errno));
		return 1;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &signals, NULL); /* inherited by the thread */
	signal(SIGPIPE, SIG_IGN);
	program.agent.exchange = &program.exchange;
	sample(&program);
	if (pthread_create(&thread, NULL, nv_agent_run, &program.agent) != 0) {
		nv_log(LOG_ERR, "cannot start a thread");
		return 1;
	}
	run(&program, &signals);
	stop(&program, thread);
	return 0;
}
