/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes into an initramfs: the agent as /init, busybox, the modules that the guest
 * needs to talk to the host, and files that the user adds.
 */
#ifndef GUEST_IMAGE_RECIPE_H
#define GUEST_IMAGE_RECIPE_H

#include "guest/image/tree.h"

struct recipe {
	const char *kind;     /* "run": a guest of shootdown; "lab": the lab's L1 under QEMU */
	const char *kernel;   /* kernel directory (modules.h); NULL: no modules */
	const char *agent;    /* program for /init */
	const char *busybox;  /* static busybox */
	char *const *modules; /* more modules, "NAME [PARAMETERS]"; all must exist */
	size_t module_count;
	char *const *files; /* HOSTPATH=GUESTPATH; the last "=/" separates */
	size_t file_count;
};

/* The kinds there are, for messages: "run, lab". */
const char *recipe_kinds(void);

/*
 * Fills *t (empty at entry, owned by the caller, finished on success) and notes the
 * files read in *in. Negative errno with d filled.
 *
 * In the guest: /init, /bin/busybox and its links, /dev/console, mount points, and
 * /modules/NN-NAME.ko with /modules/load, one "FILE PARAMETERS" a line in load order.
 */
int recipe_build(const struct recipe *r, struct tree *t, struct inputs *in, struct diag *d);

#endif
