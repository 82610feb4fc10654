/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules and what they need, in the order in which they must be loaded.
 *
 * A kernel directory holds release and modules/ (the lib/modules/RELEASE tree).
 * Names come from modules/modules.order, or modules.dep where that is missing;
 * modules/modules.builtin tells what needs no loading; the needs of a module are read
 * from the module itself (modinfo.h).
 */
#ifndef GUEST_IMAGE_MODULES_H
#define GUEST_IMAGE_MODULES_H

#include <stdbool.h>

#include "guest/image/blob.h"

struct module {
	char *name;   /* as the user or a dependency named it */
	char *file;   /* "virtio_blk.ko" */
	char *params; /* for finit_module, may be empty */
	struct blob ko;
};

struct modules {
	const char *directory; /* KERNELDIR, borrowed */
	struct inputs *inputs; /* files read, borrowed */
	struct blob order, builtin;
	struct module *list; /* in load order */
	size_t count;
};

/* Reads the lists. Negative errno with d filled when directory is no kernel directory. */
int modules_open(struct modules *ret, const char *directory, struct inputs *inputs, struct diag *d);
void modules_close(struct modules *m);

/*
 * Add a module, after all that it needs. want is "NAME" or "NAME PARAMETERS"; '-' and
 * '_' are the same in a name. A built-in one is left out. One that does not exist is
 * an error (-ENOENT) when essential, else left out.
 */
int modules_add(struct modules *m, const char *want, bool essential, struct diag *d);

#endif
