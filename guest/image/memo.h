/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A note that a command line led to an archive, and from which files: while none of
 * them has changed (device, inode, size, times), the archive is the answer and nothing
 * is read. It only saves work: the archive's own name is the hash of its contents.
 */
#ifndef GUEST_IMAGE_MEMO_H
#define GUEST_IMAGE_MEMO_H

#include <stdbool.h>

#include "guest/image/blob.h"

/*
 * Looks the note up at path. True, with the archive's name (malloc'ed) in *archive,
 * when it exists and every file that it lists is unchanged.
 */
bool memo_lookup(const char *path, char **archive);

/*
 * Writes the note, whole or not at all. Quietly does nothing when a file is so young
 * that a later change might bear the same time. 0 or negative errno.
 */
int memo_write(const char *path, const char *archive, const struct inputs *in);

#endif
