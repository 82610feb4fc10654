/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A few instructions of 64-bit kernel code on a private one-vCPU machine: the way to ask
 * this host's KVM what it does, by trying.
 */
#ifndef VMM_SNIPPET_H
#define VMM_SNIPPET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/diag.h"

struct machine;

#define SNIPPET_AT 0x10000 /* where the code is; RSP points there, so the stack is below it */

struct snippet {
	const uint8_t *code; /* ends with an OUT to LAYOUT_PORT_DEBUG_EXIT */
	size_t size;
	uint64_t cr4; /* bits to set besides those of long mode */
	/* May be NULL: memory to prepare, before the start. */
	void (*prepare)(struct machine *m);
	/* May be NULL: state to look at when the code has come to its OUT. */
	void (*look)(void *opaque, struct machine *m);
	void *opaque;
};

/*
 * *finished: the code ran to its OUT; else d says what stopped it. 0, or negative errno with d
 * filled when no machine could be made to try it on.
 */
int snippet_run(const struct snippet *s, bool *finished, struct diag *d);

#endif
