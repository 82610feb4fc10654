/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last bytes of a stream: what L1's console or QEMU said before things went wrong. */
#ifndef GUEST_LAB_TAIL_H
#define GUEST_LAB_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TAIL_SIZE 8192u

struct tail {
	char data[TAIL_SIZE];
	size_t have;
};

void tail_put(struct tail *t, const void *data, size_t len);

/*
 * Read what fd (non-blocking) has, keep the last of it, and copy its text, without
 * control characters, to `echo` when that is not NULL. False at end of file or on error.
 */
bool tail_read(struct tail *t, int fd, FILE *echo);

/* The last line that is not empty, cut to size; "" when there is none. */
void tail_line(const struct tail *t, char *to, size_t size);

/* The last line that has `text` in it, cut to size; false, and to is untouched, when none has. */
bool tail_find(const struct tail *t, const char *text, char *to, size_t size);

/* The last `lines` lines, each with `indent` before it; control characters become '.'. */
void tail_print(const struct tail *t, unsigned lines, const char *indent, FILE *to);

#endif
