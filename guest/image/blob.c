/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing buffers and whole-file reads for the initramfs builder. */
#include "guest/image/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void blob_free(struct blob *b)
{
	free(b->data);
	*b = (struct blob){ 0 };
}

int blob_append(struct blob *b, const void *data, size_t n)
{
	uint8_t *grown;

	if (n == 0)
		return 0;
	if (n > BLOB_MAX - b->size)
		return -EFBIG;
	grown = realloc(b->data, b->size + n);
	if (!grown)
		return -ENOMEM;
	memcpy(grown + b->size, data, n);
	b->data = grown;
	b->size += n;
	return 0;
}

void inputs_free(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->list[i].path);
	free(in->list);
	*in = (struct inputs){ 0 };
}

static int note(struct inputs *in, const char *path, const struct stat *st)
{
	struct input *grown;

	if (!in)
		return 0;
	grown = realloc(in->list, (in->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	in->list = grown;
	grown[in->count].st = *st;
	grown[in->count].path = strdup(path);
	if (!grown[in->count].path)
		return -ENOMEM;
	in->count++;
	return 0;
}

int inputs_note(struct inputs *in, const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -errno : note(in, path, &st);
}

/* Exactly size bytes: a file that changes while it is read is an error. */
static int read_all(int fd, struct blob *b, size_t size)
{
	b->data = malloc(size ? size : 1);
	if (!b->data)
		return -ENOMEM;
	while (b->size < size) {
		ssize_t n = read(fd, b->data + b->size, size - b->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		b->size += (size_t)n;
	}
	return 0;
}

int file_read(struct blob *ret, struct inputs *in, const char *path, struct diag *d)
{
	struct blob b = { 0 };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err = 0;

	if (fd < 0)
		return diag_errno(d, -errno, path, NULL);
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else if ((uint64_t)st.st_size > BLOB_MAX)
		err = -EFBIG;
	if (!err)
		err = read_all(fd, &b, (size_t)st.st_size);
	if (!err)
		err = note(in, path, &st);
	close(fd);
	if (err) {
		blob_free(&b);
		return diag_errno(d, err, path, NULL);
	}
	*ret = b;
	return 0;
}

char *format(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : s;
}
