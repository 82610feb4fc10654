/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host asks to run: the EXEC frames of channel.h, put together and taken apart. */
#ifndef GUEST_AGENT_COMMAND_H
#define GUEST_AGENT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command {
	bool tty;
	uint16_t rows, columns;
	char **argv; /* NULL-terminated, into text; argv[0] NULL: an interactive shell */
	char **env;  /* NULL-terminated, into text */
	const char *cwd;
	/* private */
	char *text;
	size_t size;
};

/*
 * Take one EXEC payload. 1 when the command is complete, 0 when more frames are to come,
 * -EPROTO for a malformed one, -E2BIG, -ENOMEM. c is zeroed before the first.
 */
int command_feed(struct command *c, const uint8_t *data, size_t len);
void command_free(struct command *c);

#endif
