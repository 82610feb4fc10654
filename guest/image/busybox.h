/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's user land: one static busybox and a link for each of its applets. */
#ifndef GUEST_IMAGE_BUSYBOX_H
#define GUEST_IMAGE_BUSYBOX_H

#include "guest/image/tree.h"

/*
 * Puts path at /bin/busybox and links every applet to it where busybox itself says it
 * belongs (`busybox --list-full`). With d filled: -ENOENT and status 77 when there is
 * no busybox, -EINVAL when it is not a static program.
 */
int busybox_add(struct tree *t, struct inputs *in, const char *path, struct diag *d);

/* True when elf is a program that needs an interpreter, so would not run alone. */
int elf_is_dynamic(const struct blob *elf);

#endif
