/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command's process, and our ends of its standard streams. */
#ifndef GUEST_AGENT_CHILD_H
#define GUEST_AGENT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "guest/agent/command.h"

struct child {
	pid_t pid;        /* also its session and process group */
	int in, out, err; /* non-blocking; -1 when closed. tty: in and out are the master */
	bool tty;
	bool dead;
	int status; /* as channel.h says, once dead */
	/*
	 * Once dead: how much of its output can still be in each stream. What comes after
	 * that is from processes that it left behind, who may never stop.
	 */
	size_t left_out, left_err;
};

/*
 * Start a command in a session of its own. A command that cannot be run makes a child
 * that says so on its stderr and exits with 127 (not found) or 126. Negative errno when
 * there is no process at all. Returns after the new program has been loaded, so that a
 * signal sent then reaches it.
 */
int child_start(struct child *ret, const struct command *c);

/* Send it a signal: its process group, or the terminal's foreground one. */
void child_signal(const struct child *c, int signal);
void child_winsize(const struct child *c, uint16_t rows, uint16_t columns);

/* Note a wait status from waitpid(). */
void child_ended(struct child *c, int wait_status);

/* Kill what is left of its process group and close the streams. */
void child_destroy(struct child *c);

/* Close one of the streams, unless it is closed. */
void child_close(int *fd);

#endif
