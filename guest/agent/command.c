/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers EXEC payloads and splits their strings. */
#include "guest/agent/command.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest/agent/channel.h"

#define FIXED    8u         /* flags, rows, columns */
#define TEXT_MAX (2u << 20) /* of all strings; the host's own bound is lower */

/* The next string, or NULL when there is none before the end. */
static char *next_string(struct command *c, size_t *at)
{
	char *s = c->text + *at;
	size_t len = strnlen(s, c->size - *at);

	if (len == c->size - *at)
		return NULL;
	*at += len + 1;
	return s;
}

static int split_arguments(struct command *c, size_t argc, size_t *at)
{
	const char *end;

	if (argc > c->size) /* each takes a byte at least */
		return -EPROTO;
	c->argv = calloc(argc + 1, sizeof(*c->argv));
	if (!c->argv)
		return -ENOMEM;
	for (size_t i = 0; i < argc; i++) {
		c->argv[i] = next_string(c, at);
		if (!c->argv[i])
			return -EPROTO;
	}
	end = next_string(c, at);
	return end && !*end ? 0 : -EPROTO;
}

static int split_environment(struct command *c, size_t *at)
{
	size_t count = 0, look = *at;
	char *s;

	while ((s = next_string(c, &look)) && *s)
		count++;
	if (!s)
		return -EPROTO;
	c->env = calloc(count + 1, sizeof(*c->env));
	if (!c->env)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		c->env[i] = next_string(c, at);
	*at = look;
	return 0;
}

int command_feed(struct command *c, const uint8_t *data, size_t len)
{
	uint32_t flags;
	uint16_t window[2];
	size_t at = 0;
	char *grown;
	int err;

	if (len < FIXED)
		return -EPROTO;
	memcpy(&flags, data, sizeof(flags));
	memcpy(window, data + sizeof(flags), sizeof(window));
	flags = le32toh(flags);
	data += FIXED;
	len -= FIXED;
	if (len > TEXT_MAX - c->size)
		return -E2BIG;
	grown = realloc(c->text, c->size + len + 1);
	if (!grown)
		return -ENOMEM;
	c->text = grown;
	memcpy(c->text + c->size, data, len);
	c->size += len;
	if (flags & CHANNEL_EXEC_MORE)
		return 0;
	c->tty = flags & CHANNEL_EXEC_TTY;
	c->rows = le16toh(window[0]);
	c->columns = le16toh(window[1]);
	err = split_arguments(c, flags >> CHANNEL_EXEC_ARGC_SHIFT, &at);
	if (!err)
		err = split_environment(c, &at);
	if (err)
		return err;
	c->cwd = next_string(c, &at);
	return c->cwd && at == c->size ? 1 : -EPROTO;
}

void command_free(struct command *c)
{
	free(c->argv);
	free(c->env);
	free(c->text);
	*c = (struct command){ 0 };
}
