/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes in memory, and the list of host files they were read from. The list is
 * what decides later whether a finished archive is still current (memo.h).
 */
#ifndef GUEST_IMAGE_BLOB_H
#define GUEST_IMAGE_BLOB_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "vmm/diag.h"

struct blob {
	uint8_t *data; /* owned, from malloc; NULL when empty */
	size_t size;
};

/* No input of an initramfs is larger than this. */
#define BLOB_MAX (1ull << 30)

void blob_free(struct blob *b);

/* Append n bytes. 0, -ENOMEM, -EFBIG beyond BLOB_MAX; b is unchanged on failure. */
int blob_append(struct blob *b, const void *data, size_t n);

struct input {
	char *path;
	struct stat st;
};

struct inputs {
	struct input *list;
	size_t count;
};

void inputs_free(struct inputs *in);
/* Note a file that is not read but matters all the same. Negative errno. */
int inputs_note(struct inputs *in, const char *path);

/*
 * Read a whole regular file into *ret (owned by the caller) and note it in *in
 * (may be NULL) together with its state at the time of opening. Negative errno,
 * with d filled.
 */
int file_read(struct blob *ret, struct inputs *in, const char *path, struct diag *d);

/* printf into a malloc'ed string; NULL when out of memory. */
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
