/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules as distributions compress them. The agent loads plain .ko files, so
 * that a guest kernel without CONFIG_MODULE_DECOMPRESS does not matter.
 */
#ifndef GUEST_IMAGE_UNPACK_H
#define GUEST_IMAGE_UNPACK_H

#include "guest/image/blob.h"

/* What a file name adds for each kind; the first is "" (not compressed). NULL ends it. */
extern const char *const unpack_suffixes[];

/*
 * Unpack *b in place by the suffix of path (.xz, .zst, .gz; anything else stays as it
 * is). -EBADMSG for damaged data, -EFBIG when it unpacks to more than 64 MiB.
 */
int unpack(struct blob *b, const char *path);

#endif
