/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's terminal, handed to a guest: raw mode, and Ctrl-A x as the way out. */
#ifndef VMM_CLI_TTY_H
#define VMM_CLI_TTY_H

#include <stdint.h>
#include <termios.h>

struct machine;

/*
 * While it lives, keys go from standard input to the read end of a pipe (fd), as typed.
 * Ctrl-A x stops the machine, Ctrl-A a is a Ctrl-A.
 */
struct tty {
	struct termios saved;
	int fd, write_fd;
	struct machine *m;
};

/* Puts standard input into raw mode. 0 or -errno (-ENOTTY: not a terminal). */
int tty_open(struct tty *t);
/* Starts to pass keys on; m is what Ctrl-A x stops. The thread ends with the process. */
int tty_start(struct tty *t, struct machine *m);
/* Restores the terminal. */
void tty_close(struct tty *t);

/* Rows and columns of the terminal; 24 by 80 when there is none. */
void tty_size(uint16_t *rows, uint16_t *columns);

#endif
