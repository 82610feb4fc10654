/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting the command on pipes or on a pseudo-terminal. */
#include "guest/agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TERMINAL_SIZE (256u << 10) /* more than a pseudo-terminal ever holds */

struct streams {
	int theirs[3], ours[3];
};

void child_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_all(int fds[3])
{
	for (unsigned i = 0; i < 3; i++)
		child_close(&fds[i]);
}

/* Three pipes: 0 to the command, 1 and 2 from it. */
static int make_pipes(struct streams *s)
{
	for (unsigned i = 0; i < 3; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) < 0)
			return -errno;
		s->theirs[i] = ends[i == 0 ? 0 : 1];
		s->ours[i] = ends[i == 0 ? 1 : 0];
	}
	return 0;
}

static int make_terminal(struct streams *s, const struct command *c)
{
	struct winsize size = { .ws_row = c->rows, .ws_col = c->columns };
	int master, slave;

	if (openpty(&master, &slave, NULL, NULL, c->rows ? &size : NULL) < 0)
		return -errno;
	s->ours[0] = master;
	s->ours[1] = fcntl(master, F_DUPFD_CLOEXEC, 0);
	fcntl(master, F_SETFD, FD_CLOEXEC);
	for (unsigned i = 0; i < 3; i++)
		s->theirs[i] = i == 0 ? slave : fcntl(slave, F_DUPFD_CLOEXEC, 0);
	return s->ours[1] < 0 || s->theirs[1] < 0 || s->theirs[2] < 0 ? -EMFILE : 0;
}

/* --- in the child's process -------------------------------------------------------------- */

static void set_environment(char *const *env)
{
	clearenv();
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "linux", 1);
	for (; *env; env++)
		putenv(*env);
}

/* Never returns. */
static void fail(const char *what, int err)
{
	dprintf(STDERR_FILENO, "shootdown: %s: %s\n", what, strerror(err));
	_exit(err == ENOENT ? 127 : 126);
}

static void become(const struct command *c, const int theirs[3])
{
	char *const shell[] = { strdup("-sh"), NULL };
	sigset_t none;

	setsid();
	if (c->tty)
		ioctl(theirs[0], TIOCSCTTY, 0);
	/* Ours are all above 2, as init keeps 0 to 2 open. */
	for (int i = 0; i < 3; i++)
		dup2(theirs[i], i);
	if (c->tty)
		close(theirs[0]); /* openpty made it without close-on-exec */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	set_environment(c->env);
	if (*c->cwd && chdir(c->cwd) < 0)
		fail(c->cwd, errno);
	if (c->argv[0])
		execvp(c->argv[0], c->argv);
	else
		execv("/bin/sh", shell);
	fail(c->argv[0] ? c->argv[0] : "/bin/sh", errno);
}

/* --- in ours ----------------------------------------------------------------------------- */

/* Fork, and wait until the child has executed its program or has failed to. */
static pid_t spawn(const struct command *c, const struct streams *s)
{
	int ends[2];
	char none;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		become(c, s->theirs);
	if (pid < 0)
		pid = -errno;
	close(ends[1]);
	while (pid > 0 && read(ends[0], &none, 1) < 0 && errno == EINTR)
		;
	close(ends[0]);
	return pid;
}

int child_start(struct child *ret, const struct command *c)
{
	struct streams s = { { -1, -1, -1 }, { -1, -1, -1 } };
	int err = c->tty ? make_terminal(&s, c) : make_pipes(&s);
	pid_t pid = err ? err : spawn(c, &s);

	close_all(s.theirs);
	if (pid < 0) {
		close_all(s.ours);
		return pid;
	}
	for (unsigned i = 0; i < 3; i++)
		if (s.ours[i] >= 0)
			fcntl(s.ours[i], F_SETFL, fcntl(s.ours[i], F_GETFL) | O_NONBLOCK);
	*ret = (struct child){
		.pid = pid, .in = s.ours[0], .out = s.ours[1], .err = s.ours[2], .tty = c->tty
	};
	return 0;
}

void child_signal(const struct child *c, int signal)
{
	pid_t group = c->tty && c->out >= 0 ? tcgetpgrp(c->out) : c->pid;

	/* Group 0 would be our own, and -1 everybody. */
	if (group > 1 && signal > 0 && signal <= SIGRTMAX)
		kill(-group, signal);
}

void child_winsize(const struct child *c, uint16_t rows, uint16_t columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	if (c->tty && c->out >= 0)
		ioctl(c->out, TIOCSWINSZ, &size);
}

static size_t capacity(int fd)
{
	int size = fd < 0 ? 0 : fcntl(fd, F_GETPIPE_SZ);

	return size >= 0 ? (size_t)size : TERMINAL_SIZE;
}

void child_ended(struct child *c, int wait_status)
{
	c->dead = true;
	c->left_out = capacity(c->out);
	c->left_err = capacity(c->err);
	c->status =
	    WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

void child_destroy(struct child *c)
{
	if (c->pid > 1)
		kill(-c->pid, SIGKILL);
	child_close(&c->in);
	child_close(&c->out);
	child_close(&c->err);
	c->pid = 0;
}
