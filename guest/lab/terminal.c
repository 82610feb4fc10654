// SPDX-License-Identifier: GPL-2.0-or-later
/* The user's terminal; see terminal.h. */
#include "guest/lab/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

void terminal_init(struct terminal *t)
{
	*t = (struct terminal){ .interactive = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) };
}

void terminal_size(uint16_t *rows, uint16_t *columns)
{
	struct winsize w;

	*rows = 24;
	*columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || !w.ws_row || !w.ws_col)
		return;
	*rows = w.ws_row;
	*columns = w.ws_col;
}

void terminal_raw(struct terminal *t)
{
	struct termios raw;

	if (!t->interactive || t->raw || tcgetattr(STDIN_FILENO, &t->saved))
		return;
	raw = t->saved;
	cfmakeraw(&raw);
	t->raw = !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

void terminal_restore(struct terminal *t)
{
	if (t->raw)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t->saved);
	t->raw = false;
}
