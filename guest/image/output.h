/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing a finished tree to its file, whole or not at all. */
#ifndef GUEST_IMAGE_OUTPUT_H
#define GUEST_IMAGE_OUTPUT_H

#include "guest/image/tree.h"

/* Write the archive to path. Negative errno with d filled; path is then untouched. */
int output_file(const struct tree *t, const char *path, struct diag *d);

/*
 * The archive in directory (made when missing) under the hash of its contents; written
 * only when it is not there. *path is malloc'ed.
 */
int output_cached(const struct tree *t, const char *directory, char **path, struct diag *d);

#endif
