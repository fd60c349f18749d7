/* SPDX-License-Identifier: MIT */
/*
 * From a program and its arguments to what it printed. No shell, no privileges of the daemon, no
 * open files of it, a time limit, and an end to the patience with output.
 */
#include "frontend.h"

#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define REPORT_FD 3 /* in the child that waits */

static void set_error(struct nv_error *err, const char *format, const char *what, const char *why)
{
	err->line = 0;
	snprintf(err->text, sizeof(err->text), format, what, why);
}

void program_init(struct frontend_program *program)
{
	memset(program, 0, sizeof(*program));
	pthread_mutex_init(&program->lock, NULL);
}

int program_check(struct frontend_program *program, struct nv_error *err)
{
	struct passwd entry, *found = NULL;
	char words[4096];

	if (!program->arguments || program->arguments[0][0] != '/') {
		set_error(err, "Command \"%s\": expected an absolute path%s",
			program->arguments ? program->arguments[0] : "", "");
		return -1;
	}
	if (!program->user[0]) {
		if (geteuid() != 0)
			return 0;
		set_error(err,
			"Command \"%s\" needs a User other than root, because the daemon is root%s",
			program->arguments[0], "");
		return -1;
	}
	if (getpwnam_r(program->user, &entry, words, sizeof(words), &found) != 0 || !found) {
		set_error(err, "User \"%s\": there is no such user%s", program->user, "");
		return -1;
	}
	if (entry.pw_uid == 0 || (geteuid() != 0 && entry.pw_uid != geteuid())) {
		set_error(err, "User \"%s\": expected %s", program->user,
			entry.pw_uid == 0 ? "a user other than root"
					  : "the daemon's own user, as it is not root");
		return -1;
	}
	program->uid = entry.pw_uid;
	program->gid = entry.pw_gid;
	snprintf(program->home, sizeof(program->home), "HOME=%s", entry.pw_dir);
	return 0;
}

/* In a child of a child: only what is safe between fork and exec of a program with threads. */
static _Noreturn void become(const struct frontend_program *program, char *const environment[])
{
	syscall(SYS_close_range, (unsigned)REPORT_FD, ~0U, 0U);
	/* System calls, as the C library's functions would look for the daemon's other threads. */
	if (program->user[0] && geteuid() == 0 &&
		(syscall(SYS_setgroups, 1, &program->gid) != 0 ||
			syscall(SYS_setresgid, program->gid, program->gid, program->gid) != 0 ||
			syscall(SYS_setresuid, program->uid, program->uid, program->uid) != 0))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* after the change of user, which forgets it */
	if (chdir("/") != 0)
		_exit(126);
	execve(program->arguments[0], program->arguments, environment);
	_exit(127);
}

/*
 * The daemon ignores SIGCHLD, so that nobody ever learns how its children ended; and that is not
 * ours to change. A child of our own waits for the program instead and writes the status into a
 * pipe.
 */
static _Noreturn void guard(struct frontend_program *program, int output, int report)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", lang[] = "LANG=C",
		    all[] = "LC_ALL=C";
	char *home = program->home[0] ? program->home : NULL;
	char *environment[] = { path, lang, all, home, NULL };
	struct pollfd gone = { .fd = REPORT_FD };
	int null = open("/dev/null", O_RDWR), status = -1;
	sigset_t none;
	pid_t pid;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, STDIN_FILENO);
	dup2(null, STDERR_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(report, REPORT_FD);
	syscall(SYS_close_range, REPORT_FD + 1U, ~0U, 0U);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	pid = _Fork();
	if (pid == 0)
		become(program, environment);
	dup2(STDIN_FILENO, STDOUT_FILENO); /* the end of the output is the program's own */
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* The number of the group, which the reader kills, stays ours until the reader has gone. */
	if (write(REPORT_FD, &status, sizeof(status)) == (ssize_t)sizeof(status))
		poll(&gone, 1, -1);
	_exit(0);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Read until the end; NULL in *why, or what is wrong. */
static char *read_all(int fd, double until_s, size_t *length, const char **why)
{
	size_t room = 65536;
	char *text = malloc(room);

	*length = 0;
	*why = text ? NULL : "out of memory";
	while (!*why) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		double left_s = until_s - now_s();
		ssize_t got;

		if (left_s <= 0 || poll(&wait, 1, (int)(left_s * 1000) + 1) <= 0) {
			if (left_s <= 0)
				*why = "took longer than its Timeout";
			continue;
		}
		got = read(fd, text + *length, room - *length);
		if (got <= 0) {
			*why = got < 0 && errno != EINTR ? strerror(errno) : NULL;
			if (got == 0)
				return text;
			continue;
		}
		*length += (size_t)got;
		if (*length == room && room >= FRONTEND_OUTPUT_MOST) {
			*why = "printed more than 4 MiB";
		} else if (*length == room) {
			char *grown = realloc(text, room *= 4);

			if (!grown)
				*why = "out of memory";
			else
				text = grown;
		}
	}
	free(text);
	return NULL;
}

/* How the program ended: a status of waitpid, or -1 if it has not by then. */
static int ending(int report, double until_s)
{
	struct pollfd wait = { .fd = report, .events = POLLIN };
	double left_s = until_s - now_s();
	int status;

	while (poll(&wait, 1, left_s > 0 ? (int)(left_s * 1000) + 1 : 0) < 0 && errno == EINTR)
		left_s = until_s - now_s();
	if (!(wait.revents & POLLIN) ||
		read(report, &status, sizeof(status)) != (ssize_t)sizeof(status))
		return -1;
	return status;
}

/* NULL: it ended well. room: for what is said. */
static const char *complaint(int status, char *room, size_t size)
{
	if (status == 0)
		return NULL;
	if (status == -1)
		return "took longer than its Timeout";
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return "cannot be run, or has not found what it runs (status 127)";
	if (WIFSIGNALED(status))
		snprintf(room, size, "was ended by signal %d", WTERMSIG(status));
	else
		snprintf(room, size, "ended with status %d, expected 0", WEXITSTATUS(status));
	return room;
}

/* Call with the lock. */
static void kill_group(const struct frontend_program *program)
{
	if (program->running > 0)
		kill(-program->running, SIGKILL);
}

static void set_running(struct frontend_program *program, pid_t pid)
{
	pthread_mutex_lock(&program->lock);
	kill_group(program); /* also what it left behind */
	program->running = pid;
	if (program->forbidden)
		kill_group(program);
	pthread_mutex_unlock(&program->lock);
}

void program_forbid(struct frontend_program *program)
{
	pthread_mutex_lock(&program->lock);
	program->forbidden = true;
	kill_group(program);
	pthread_mutex_unlock(&program->lock);
}

/* Both pipes are open here, and closed by the caller. */
static char *run(struct frontend_program *program, int output[2], int report[2], size_t *length,
	const char **why, char room[64])
{
	double until_s = now_s() + program->limit_s;
	pid_t pid = fork();
	char *text;

	if (pid == 0)
		guard(program, output[1], report[1]);
	close(output[1]);
	close(report[1]);
	output[1] = report[1] = -1;
	if (pid < 0) {
		*why = strerror(errno);
		return NULL;
	}
	set_running(program, pid);
	text = read_all(output[0], until_s, length, why);
	if (!*why)
		*why = complaint(ending(report[0], until_s), room, 64);
	set_running(program, 0);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return text;
}

static void close_pipe(int ends[2])
{
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
}

char *program_run(struct frontend_program *program, size_t *length, struct nv_error *err)
{
	int output[2] = { -1, -1 }, report[2] = { -1, -1 };
	const char *why = NULL;
	char *text = NULL, room[64];

	if (pipe2(output, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0)
		why = strerror(errno);
	else
		text = run(program, output, report, length, &why, room);
	close_pipe(output);
	close_pipe(report);
	if (!why)
		return text;
	set_error(err, "Command \"%s\" %s", program->arguments[0], why);
	free(text);
	return NULL;
}
