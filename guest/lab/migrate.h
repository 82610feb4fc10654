/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's migration to and from a file, RAM left out (snapshot.h says where it is). */
#ifndef GUEST_LAB_MIGRATE_H
#define GUEST_LAB_MIGRATE_H

#include "guest/lab/emu.h"

/* Writes the state of a running L1, which then stands still. Negative errno with d filled. */
int migrate_save(struct emu *e, const char *path, struct diag *d);

/* Loads it into a QEMU started with QEMU_RESTORE; afterwards L1 runs. The same errors. */
int migrate_restore(struct emu *e, const char *path, struct diag *d);

#endif
