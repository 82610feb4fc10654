/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing queue of bytes. Zero-initialise. The user bounds what it puts in. */
#ifndef DEVICES_BYTES_H
#define DEVICES_BYTES_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	uint8_t *data;
	size_t head, len, cap; /* len bytes from data + head */
};

static inline void bytes_free(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){ 0 };
}

/* 0, or -ENOMEM and nothing was put in. */
static inline int bytes_put(struct bytes *b, const void *data, size_t len)
{
	if (b->head) {
		memmove(b->data, b->data + b->head, b->len);
		b->head = 0;
	}
	if (len > b->cap - b->len) {
		size_t cap = (b->len + len) * 2;
		uint8_t *p = realloc(b->data, cap);

		if (!p)
			return -ENOMEM;
		b->data = p;
		b->cap = cap;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

/* Drop n <= len bytes from the front; an empty queue gives its memory back. */
static inline void bytes_drop(struct bytes *b, size_t n)
{
	b->head += n;
	b->len -= n;
	if (b->len == 0)
		bytes_free(b);
}

#endif
