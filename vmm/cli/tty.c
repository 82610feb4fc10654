/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw terminal with an escape key. */
#include "vmm/cli/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmm/machine.h"

#define ESCAPE 1 /* Ctrl-A */

int tty_open(struct tty *t)
{
	struct termios raw;
	int fds[2];

	if (tcgetattr(STDIN_FILENO, &t->saved) < 0)
		return -errno;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	t->fd = fds[0];
	t->write_fd = fds[1];
	raw = t->saved;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	return 0;
}

static bool key(struct tty *t, char c, bool *escaped)
{
	if (*escaped && c == 'x') {
		machine_stop(t->m, STOP_HOST, 0, NULL);
		return false;
	}
	if (!*escaped && c == ESCAPE) {
		*escaped = true;
		return true;
	}
	if (*escaped && c == 'a')
		c = ESCAPE;
	*escaped = false;
	return write(t->write_fd, &c, 1) == 1;
}

static void *pump(void *arg)
{
	struct tty *t = arg;
	bool escaped = false;
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1)
		if (!key(t, c, &escaped))
			return NULL;
	close(t->write_fd);
	return NULL;
}

int tty_start(struct tty *t, struct machine *m)
{
	pthread_t thread;
	int err;

	t->m = m;
	err = -pthread_create(&thread, NULL, pump, t);
	if (!err)
		pthread_detach(thread);
	return err;
}

void tty_close(struct tty *t)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &t->saved);
}

void tty_size(uint16_t *rows, uint16_t *columns)
{
	struct winsize w;

	*rows = 24;
	*columns = 80;
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row && w.ws_col) {
		*rows = w.ws_row;
		*columns = w.ws_col;
	}
}
