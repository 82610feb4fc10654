/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The .modinfo section of a kernel module: NUL-separated KEY=VALUE strings. Debian's
 * packages carry no modules.dep (depmod makes it at installation), but every module
 * says here what it needs.
 */
#ifndef GUEST_IMAGE_MODINFO_H
#define GUEST_IMAGE_MODINFO_H

#include "guest/image/blob.h"

/*
 * Points *info and *size into ko. -ENOEXEC for what is not a sound ELF64 file,
 * -ENOENT when it has no .modinfo.
 */
int modinfo_find(const struct blob *ko, const char **info, size_t *size);

/*
 * The next value of key after *at (start with *at = 0), or NULL. The string is
 * NUL-terminated inside the section.
 */
const char *modinfo_next(const char *info, size_t size, size_t *at, const char *key);

#endif
