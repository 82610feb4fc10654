/* SPDX-License-Identifier: GPL-2.0-or-later */
/* newc cpio: a header of 13 eight-digit fields after the magic, a name, the contents. */
#include "guest/image/cpio.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#define ALIGN   4   /* names and contents end on this boundary */
#define BLOCK   512 /* and the archive on this one */
#define HEADER  110
#define TRAILER "TRAILER!!!"

struct writer {
	const struct sink *to;
	uint64_t offset;
};

static int put(struct writer *w, const void *data, size_t len)
{
	int err = len ? w->to->write(w->to->opaque, data, len) : 0;

	w->offset += len;
	return err;
}

static int pad(struct writer *w, size_t boundary)
{
	static const char zeros[BLOCK];
	size_t over = w->offset % boundary;

	return over ? put(w, zeros, boundary - over) : 0;
}

static int put_header(struct writer *w, const struct entry *e, size_t ino)
{
	size_t name = strlen(e->path) + 1;
	char head[HEADER + 1];
	int n, err;

	n = snprintf(head, sizeof(head),
		     "070701%08zX%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", ino,
		     (unsigned)e->mode, 0u /* uid */, 0u /* gid */, S_ISDIR(e->mode) ? 2u : 1u,
		     0u /* mtime */, e->data.size, 0u, 0u /* device of the file */,
		     (unsigned)major(e->device), (unsigned)minor(e->device), name, 0u /* check */);
	if (n != HEADER)
		return -EFBIG;
	err = put(w, head, HEADER);
	if (!err)
		err = put(w, e->path, name);
	return err ? err : pad(w, ALIGN);
}

static int put_entry(struct writer *w, const struct entry *e, size_t ino)
{
	int err;

	if (e->data.size > UINT32_MAX)
		return -EFBIG;
	err = put_header(w, e, ino);
	if (!err)
		err = put(w, e->data.data, e->data.size);
	return err ? err : pad(w, ALIGN);
}

int cpio_write(const struct tree *t, const struct sink *to)
{
	char name[] = TRAILER;
	struct entry trailer = { .path = name };
	struct writer w = { .to = to };
	int err = 0;

	for (size_t i = 0; i < t->count && !err; i++)
		err = put_entry(&w, &t->list[i], i + 1);
	if (!err)
		err = put_entry(&w, &trailer, 0);
	return err ? err : pad(&w, BLOCK);
}
