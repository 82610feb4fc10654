/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what the user named to files that can be loaded: kernel, initial RAM disk. */
#ifndef VMM_CLI_FILES_H
#define VMM_CLI_FILES_H

#include <stdbool.h>

#include "vmm/cli/options.h"

struct guest_files {
	char kernel_dir[4096]; /* directory with vmlinuz and modules; empty: -k named a plain file */
	char kernel[4096];
	char initrd[4096];     /* empty: none */
	bool agent;	       /* the initrd holds our agent: there is a channel */
};

/*
 * Resolves o->kernel (fetching a named kernel when it is not cached) and o->initrd
 * (building our own when none was given). Errors with d filled; a child that already
 * explained itself leaves d empty with only its status set.
 */
int files_resolve(struct guest_files *f, const struct options *o, struct diag *d);

/* A whole file, mapped read-only. 0 or negative errno with d filled; *data is munmap'ed by the caller. */
int files_map(const char *path, const void **data, size_t *size, struct diag *d);

#endif
