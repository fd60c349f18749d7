/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program under test: on a fatal signal writes the frames of the thread that it
 * hit to standard error, each with the file that it lies in, so that a test can tell whose crash it
 * was.
 */
#include <execinfo.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#define FRAMES 32

static const int fatal[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };

static void on_fatal(int number)
{
	static const char begin[] = "\nCRASH\n", end[] = "END OF CRASH\n";
	void *frames[FRAMES];
	ssize_t written = write(STDERR_FILENO, begin, sizeof(begin) - 1);

	backtrace_symbols_fd(frames, backtrace(frames, FRAMES), STDERR_FILENO);
	written = write(STDERR_FILENO, end, sizeof(end) - 1);
	(void)written;
	raise(number); /* by now with its default action */
}

__attribute__((constructor)) static void install(void)
{
	void *frame[1];
	struct sigaction action = { .sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND };

	(void)backtrace(frame, 1); /* loads what it needs, which a handler must not */
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &action, NULL);
}
