/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of an initramfs before they become an archive. Paths are the guest's,
 * absolute; missing parent directories are added; a later entry replaces an earlier
 * one of the same path, so that a user's file wins over a busybox link.
 */
#ifndef GUEST_IMAGE_TREE_H
#define GUEST_IMAGE_TREE_H

#include <stddef.h>
#include <sys/types.h>

#include "guest/image/blob.h"

struct entry {
	char *path; /* without the leading slash, as cpio wants it */
	mode_t mode;
	dev_t device;     /* of character and block devices */
	struct blob data; /* contents, or the target of a symbolic link */
};

struct tree {
	struct entry *list;
	size_t count;
};

void tree_free(struct tree *t);

/*
 * All return 0, -ENOMEM, or -EINVAL for a path that is not absolute, is "/", or has
 * "." or ".." or an empty component in it.
 */
int tree_directory(struct tree *t, const char *path, mode_t permissions);
/* Takes over *data, also on failure. */
int tree_file(struct tree *t, const char *path, mode_t permissions, struct blob *data);
int tree_link(struct tree *t, const char *path, const char *target);
int tree_character_device(struct tree *t, const char *path, mode_t permissions, dev_t device);

/*
 * Add missing parents (0755) and sort by path, parents first. -ENOTDIR when a file
 * stands where a directory is needed.
 */
int tree_finish(struct tree *t);

#endif
